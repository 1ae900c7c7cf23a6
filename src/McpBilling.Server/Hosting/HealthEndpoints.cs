using McpBilling.Operations;

namespace McpBilling.Server.Hosting;

/// <summary><c>/healthz</c>: the process lives. <c>/readyz</c>: it can do its work; a balancer sends requests elsewhere until then. Both say which data it has.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder endpoints, IHealth health)
    {
        endpoints.MapGet("/healthz", (RequestDelegate)(context => Answer(context, "ok", health.Data))).WithMetadata(PublicEndpoint.Itself);
        endpoints.MapGet("/readyz", (RequestDelegate)(context => health.Ready
            ? Answer(context, "ready", health.Data)
            : throw new BillingException(ErrorCode.TryAgain, health.Reason ?? "The server is not ready yet."))).WithMetadata(PublicEndpoint.Itself);
    }

    private static Task Answer(HttpContext context, string status, string? data)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(data is null ? $$"""{"status":"{{status}}"}""" : $$"""{"status":"{{status}}","data":"{{data}}"}""");
    }
}
