using McpBilling.Operations;

namespace McpBilling.Server.Telemetry;

/// <summary>
/// <c>GET /metrics</c> beside the runtime API. The figures are of the whole process, over all its workspaces and without a label that tells one from another; so a key of the
/// test workspace, which anybody who develops against this server has, does not open them.
/// </summary>
internal static class MetricsEndpoint
{
    public const string Path = "/metrics";

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet(Path, (RequestDelegate)(context =>
    {
        Require((Caller)context.Items[typeof(Caller)]!);
        return Write(context);
    }));

    /// <summary>Answers whoever asks: only for where nobody can ask who should not.</summary>
    public static Task Write(HttpContext context)
    {
        context.Response.ContentType = ExpositionText.ContentType;
        return context.Response.WriteAsync(MetricBook.OfProcess.Text(), context.RequestAborted);
    }

    // The user of the machine, who may call without a key, has the data file anyway.
    private static void Require(Caller caller)
    {
        caller.Require(Scopes.Admin);
        if (caller is { Mode: Mode.Test, KeyId: not null })
        {
            throw new BillingException(ErrorCode.Forbidden, "The figures are of the whole server: use a live key with the scope admin, or start the server with --metrics-urls.");
        }
    }
}
