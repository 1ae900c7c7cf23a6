using System.Text.Json.Nodes;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.OAuth;
using McpBilling.Server.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpBilling.Server.Mcp;

/// <summary>
/// What an HTTP request must show before any MCP work begins: a key or a token. (That the host and the page are ours, the front gate has seen to.)
/// </summary>
internal sealed class McpGate(McpSurface surface)
{
    private const string MetadataPath = "/.well-known/oauth-protected-resource";

    private readonly NeededScope needed = new(surface);
    private readonly SessionSeals seals = new();

    public async Task Pass(HttpContext context, RequestDelegate next)
    {
        if (context.Items[typeof(Caller)] is not Caller caller)
        {
            var why = context.Items[typeof(BillingException)] as BillingException ?? new BillingException(ErrorCode.Unauthenticated, "The request carries no key.");
            context.Response.Headers.WWWAuthenticate = BearerChallenge.ForUnauthenticated(MetadataOf(context.Request), sent: context.Request.Headers.Authorization.Count > 0, why.Detail);
            await ProblemWriter.Write(context, why);
            return;
        }
        // Before whoever reads it finds out halfway, and the connection with it.
        RequestBody.RequireShort(context);
        // A client with a token can get one with more scopes, if it is told over HTTP. One with a key cannot: its model reads the refusal as the tool's answer.
        if (IAccessTokens.CanStepUp(caller) && await needed.By(context.Request) is { } scope && !caller.ScopeNames.Contains(scope))
        {
            context.Response.Headers.WWWAuthenticate = BearerChallenge.ForMissingScope(MetadataOf(context.Request), caller, scope);
            await ProblemWriter.Write(context, new BillingException(ErrorCode.Forbidden, $"This token lacks the scope {scope}."));
            return;
        }
        if (await UnknownRevision.Refuse(context))
        {
            return;
        }
        var principal = new CallerPrincipal(caller);
        context.User = principal;
        seals.Apply(context, principal.Owner);
        await next(context);
    }

    /// <summary>RFC 9728. Without an issuer, keys are made on the command line, not by a token endpoint: then the server names itself.</summary>
    public void MapMetadata(IEndpointRouteBuilder endpoints)
    {
        foreach (string path in new[] { MetadataPath, MetadataPath + BillingMcp.Path })
        {
            endpoints.MapGet(path, async context =>
            {
                string origin = Origin(context.Request);
                string[] issuers = surface.AuthorizationServers is { Count: > 0 } named ? [.. named] : [origin];
                context.Response.ContentType = "application/json";
                context.Response.Headers.CacheControl = "no-store";
                await context.Response.WriteAsync(
                    new JsonObject
                    {
                        ["resource"] = origin + BillingMcp.Path,
                        ["authorization_servers"] = new JsonArray([.. issuers.Select(i => (JsonNode)i)]),
                        ["bearer_methods_supported"] = new JsonArray("header"),
                        ["scopes_supported"] = new JsonArray([.. Scopes.All.Order(StringComparer.Ordinal).Select(s => (JsonNode)s)]),
                        ["resource_name"] = "McpBilling",
                    }.ToJsonString(),
                    context.RequestAborted);
            }).WithMetadata(PublicEndpoint.Itself);
        }
    }

    private string MetadataOf(HttpRequest request) => Origin(request) + MetadataPath + BillingMcp.Path;

    /// <summary>What the command line says, else what the request says, whose host the front gate has checked. Never what a proxy's headers say.</summary>
    private string Origin(HttpRequest request) => surface.PublicUrl ?? $"{request.Scheme}://{request.Host}";
}
