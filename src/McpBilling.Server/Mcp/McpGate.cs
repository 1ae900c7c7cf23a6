using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpBilling.Server.Mcp;

/// <summary>
/// What an HTTP request must show before any MCP work begins: a host name that is ours (else a page on the web could reach a local server by rebinding
/// its own name), an origin that is ours or none, and a key.
/// </summary>
internal sealed class McpGate(McpSurface surface)
{
    private const string MetadataPath = "/.well-known/oauth-protected-resource";

    private static readonly ErrorCode WrongHost = new("wrong_host", 421, "This host name is not served here", "Use 127.0.0.1, or start the server with --allowed-hosts NAME.");
    private static readonly ErrorCode WrongOrigin = new("wrong_origin", 403, "Pages of this origin may not call this server", "Call from a program, or start the server with --allowed-hosts NAME.");

    private readonly HashSet<string> hosts = new(["localhost", "127.0.0.1", "[::1]", "::1", .. surface.AllowedHosts], StringComparer.OrdinalIgnoreCase);

    public async Task Pass(HttpContext context, RequestDelegate next)
    {
        if (Refusal(context.Request) is { } refused)
        {
            await Answer(context, refused, refused.Title);
            return;
        }
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
                if (Refusal(context.Request) is { } refused)
                {
                    await Answer(context, refused, refused.Title);
                    return;
                }
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

    private ErrorCode? Refusal(HttpRequest request)
    {
        if (!hosts.Contains(request.Host.Host))
        {
            return WrongHost;
        }
        foreach (string? origin in request.Headers.Origin)
        {
            // "null" is what a sandboxed page or a file sends: it names nobody.
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var from) || from.Scheme is not ("http" or "https") || !hosts.Contains(from.Host))
            {
                return WrongOrigin;
            }
        }
        return null;
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
