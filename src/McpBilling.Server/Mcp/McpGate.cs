using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpBilling.Server.Mcp;

/// <summary>
/// What an HTTP request must show before any MCP work begins: a key. (That the host and the page are ours, the front gate has seen to.)
/// </summary>
internal sealed class McpGate(McpSurface surface)
{
    private const string MetadataPath = "/.well-known/oauth-protected-resource";

    public static async Task Pass(HttpContext context, RequestDelegate next)
    {
        if (context.Items[typeof(Caller)] is not Caller caller)
        {
            context.Response.Headers.WWWAuthenticate = $"Bearer resource_metadata=\"{Origin(context.Request)}{MetadataPath}{BillingMcp.Path}\"";
            var why = context.Items[typeof(BillingException)] as BillingException;
            await Answer(context, why?.Code ?? ErrorCode.Unauthenticated, why?.Detail ?? "The request carries no key.");
            return;
        }
        context.User = new CallerPrincipal(caller);
        await next(context);
    }

    /// <summary>RFC 9728. Keys are made on the command line, not by a token endpoint; the documentation link says so.</summary>
    public void MapMetadata(IEndpointRouteBuilder endpoints)
    {
        foreach (string path in new[] { MetadataPath, MetadataPath + BillingMcp.Path })
        {
            endpoints.MapGet(path, async context =>
            {
                string origin = Origin(context.Request);
                string[] issuers = surface.AuthorizationServers is { Count: > 0 } named ? [.. named] : [origin];
                await Write(context, "application/json", new JsonObject
                {
                    ["resource"] = origin + BillingMcp.Path,
                    ["authorization_servers"] = new JsonArray([.. issuers.Select(i => (JsonNode)i)]),
                    ["bearer_methods_supported"] = new JsonArray("header"),
                    ["scopes_supported"] = new JsonArray([.. Scopes.All.Order(StringComparer.Ordinal).Select(s => (JsonNode)s)]),
                    ["resource_name"] = "McpBilling",
                });
            });
        }
    }

    private static string Origin(HttpRequest request) => $"{request.Scheme}://{request.Host}";

    private static Task Answer(HttpContext context, ErrorCode code, string detail)
    {
        context.Response.StatusCode = code.Status;
        return Write(context, "application/problem+json", new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = code.Title,
            ["status"] = code.Status,
            ["code"] = code.Name,
            ["detail"] = detail,
            ["hint"] = code.Hint,
            ["retryable"] = code.Retryable,
            ["request_id"] = context.TraceIdentifier,
        });
    }

    private static async Task Write(HttpContext context, string type, JsonObject content)
    {
        context.Response.ContentType = type;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(content.ToJsonString(), context.RequestAborted);
    }
}
