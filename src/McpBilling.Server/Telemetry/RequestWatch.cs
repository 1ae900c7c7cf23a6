using System.Diagnostics;
using McpBilling.Operations;
using McpBilling.Server.Rest;

namespace McpBilling.Server.Telemetry;

/// <summary>
/// One line and one span for each request: by which route and operation, in which workspace, with which code. Never the address itself, a header or a body: links into the portal
/// are addresses. Costs two looks where neither is asked for. (The durations are the framework's own metric, <c>http.server.request.duration</c>.)
/// </summary>
internal sealed partial class RequestWatch(ILogger log, TimeProvider time)
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Post, HttpMethods.Delete, HttpMethods.Head, HttpMethods.Options, HttpMethods.Put, HttpMethods.Patch];

    /// <summary>Whether an endpoint should leave the caller in the request's items for <see cref="End"/>.</summary>
    public static bool IsWanted(ILogger log) => log.IsEnabled(LogLevel.Information) || Spans.AreTaken;

    /// <summary>To be given to <see cref="End"/>; default where nobody wants to know.</summary>
    public Watched Begin(HttpContext context)
    {
        bool told = log.IsEnabled(LogLevel.Information);
        if (!told && !Spans.AreTaken)
        {
            return default;
        }
        var headers = context.Request.Headers;
        var span = Spans.Begin(MethodOf(context), ActivityKind.Server, Spans.ParentOf(headers.TraceParent, headers.TraceState));
        return new Watched(span, time.GetTimestamp(), told);
    }

    public void End(HttpContext context, Watched watched)
    {
        if (!watched.IsTold && watched.Span is null)
        {
            return;
        }
        var endpoint = context.GetEndpoint() as RouteEndpoint;
        string? route = endpoint?.RoutePattern.RawText;
        string? operation = OperationOf(context);
        string? workspace = WorkspaceOf(context);
        string? code = (context.Items[typeof(ErrorCode)] as ErrorCode)?.Name;
        int status = context.Response.StatusCode;
        if (watched.IsTold)
        {
            double milliseconds = Math.Round(time.GetElapsedTime(watched.Began).TotalMilliseconds, 3);
            Answered(log, MethodOf(context), route ?? "-", status, milliseconds, context.TraceIdentifier, operation ?? "-", workspace ?? "-", code ?? "-");
        }
        if (watched.Span is { } span)
        {
            span.DisplayName = route is null ? MethodOf(context) : $"{MethodOf(context)} {route}";
            span.SetTag("http.request.method", MethodOf(context)).SetTag("http.response.status_code", status).SetTag("http.route", route).SetTag("url.scheme", context.Request.Scheme)
                .SetTag("mcp_billing.request_id", SecretText.Masked(context.TraceIdentifier)).SetTag("mcp_billing.operation", operation).SetTag("mcp_billing.workspace", workspace).SetTag("mcp_billing.code", code);
            if (status >= 500)
            {
                span.SetTag("error.type", code ?? status.ToString(System.Globalization.CultureInfo.InvariantCulture)).SetStatus(ActivityStatusCode.Error);
            }
            span.Dispose();
        }
    }

    /// <summary>The operation behind an address, where there is one.</summary>
    public static string? OperationOf(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RestEndpoint>()?.OperationName;

    /// <summary>The caller's workspace by its number, where one was found.</summary>
    public static string? WorkspaceOf(HttpContext context) => (context.Items[typeof(Caller)] as Caller)?.WorkspaceKey.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string MethodOf(HttpContext context) => Array.Find(Methods, m => HttpMethods.Equals(m, context.Request.Method)) ?? "_OTHER";

    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Route} answered {Status} in {Milliseconds} ms: request {RequestId}, operation {Operation}, workspace {Workspace}, code {Code}")]
    private static partial void Answered(ILogger log, string method, string route, int status, double milliseconds, string requestId, string operation, string workspace, string code);
}

/// <summary>A request that is watched.</summary>
internal readonly record struct Watched(Activity? Span, long Began, bool IsTold);
