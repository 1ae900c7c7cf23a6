using System.Collections.Frozen;
using McpBilling.Operations;
using Microsoft.AspNetCore.Http;

namespace McpBilling.Server.Mcp;

/// <summary>
/// The scope that the message in a request needs, known before the SDK begins an answer, whose status would be 200. Where this sees none, the tool's own
/// check still stands.
/// </summary>
internal sealed class NeededScope(McpSurface surface)
{
    private readonly Lazy<FrozenDictionary<string, string>> tools = new(() =>
        surface.Tools.Select(o => KeyValuePair.Create(o.Name, o.Scope)).Concat(surface.Conversation.Tools.Select(t => KeyValuePair.Create(t.Definition.Name, t.Scope)))
            .ToFrozenDictionary(StringComparer.Ordinal));

    /// <summary>Null when the message needs none or cannot be read.</summary>
    public async ValueTask<string?> By(HttpRequest request)
    {
        using var message = await BodyMessage.Peek(request);
        if (message?.Params() is not { } given)
        {
            return null;
        }
        return message.RootElement.Text("method") switch
        {
            "tools/call" => given.Text("name") is { } name ? tools.Value.GetValueOrDefault(name) : null,
            "resources/read" => given.Text("uri") is { } uri ? Resources.ScopeOf(uri) : null,
            _ => null,
        };
    }
}
