using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace McpBilling.Server.Mcp;

/// <summary>
/// Answers a client of the discover era that asks for a protocol revision which does not exist here. The SDK would list the revisions of both eras where
/// sessions are known, though its own <c>server/discover</c> names those that need no session, and a client that believes the list fails again.
/// </summary>
internal static class UnknownRevision
{
    private const string Header = "MCP-Protocol-Version";
    private const string Meta = "io.modelcontextprotocol/protocolVersion";
    private const int UnsupportedProtocolVersion = -32022;

    private static readonly string[] Known = [.. RequestCaller.SessionRevisions, RequestCaller.DiscoverEra];

    /// <summary>Whether it was such a request, which then has its answer.</summary>
    public static async ValueTask<bool> Refuse(HttpContext context)
    {
        var asked = context.Request.Headers[Header];
        if (asked.Count != 1 || Known.Contains(asked[0], StringComparer.Ordinal))
        {
            return false;
        }
        using var message = await BodyMessage.Peek(context.Request);
        if (message?.Params()?.Member("_meta")?.Text(Meta) is not { } named || named != asked[0])
        {
            return false;
        }
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(
            new JsonObject
            {
                ["jsonrpc"] = "2.0",
                ["id"] = message.RootElement.Member("id") is { } id ? JsonNode.Parse(id.GetRawText()) : null,
                ["error"] = new JsonObject
                {
                    ["code"] = UnsupportedProtocolVersion,
                    ["message"] = "This protocol revision is not spoken here.",
                    ["data"] = new JsonObject { ["supported"] = new JsonArray(RequestCaller.DiscoverEra), ["requested"] = named },
                },
            }.ToJsonString(),
            context.RequestAborted);
        return true;
    }
}
