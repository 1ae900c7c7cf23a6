using System.Collections.Frozen;
using System.Text.Json;
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

    /// <summary>Null when the message needs none or cannot be read. The body can be read again afterwards.</summary>
    public async ValueTask<string?> By(HttpRequest request)
    {
        if (!HttpMethods.IsPost(request.Method))
        {
            return null;
        }
        // Bounded by the server's bound on bodies.
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        body.Position = 0;
        request.Body = body;
        try
        {
            using var message = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
            return In(message.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string? In(JsonElement message) =>
        message.ValueKind == JsonValueKind.Object && message.TryGetProperty("params", out var given) && given.ValueKind == JsonValueKind.Object
            ? Text(message, "method") switch
            {
                "tools/call" => Text(given, "name") is { } name ? tools.Value.GetValueOrDefault(name) : null,
                "resources/read" => Text(given, "uri") is { } uri ? Resources.ScopeOf(uri) : null,
                _ => null,
            }
            : null;

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
