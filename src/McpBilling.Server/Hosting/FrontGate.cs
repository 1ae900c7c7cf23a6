using McpBilling.Operations;
using McpBilling.Server.Rest;
using McpBilling.Server.Telemetry;

namespace McpBilling.Server.Hosting;

/// <summary>The outermost part of every request: names it, refuses foreign hosts and pages before any work, and turns every failure into a problem.</summary>
internal sealed partial class FrontGate(AllowedHosts hosts, ILogger log, TimeProvider time)
{
    private readonly RequestWatch watch = new(log, time);
    private static readonly ErrorCode ForeignHost = new("foreign_host", 403, "This host name is not served here", "Use 127.0.0.1, or start the server with --allowed-hosts NAME.");
    private static readonly ErrorCode ForeignOrigin = new("foreign_origin", 403, "Pages of this origin may not call this server", "Call from your server, or start this one with --allowed-hosts NAME.");

    public async Task Run(HttpContext context, RequestDelegate next)
    {
        string requestId = RequestIds.For(context);
        context.TraceIdentifier = requestId;
        var headers = context.Response.Headers;
        headers[RequestIds.Header] = requestId;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        RequestBody.Announce(context);
        var watched = watch.Begin(context);
        try
        {
            RequireOurs(context.Request);
            await next(context);
            if (!context.Response.HasStarted && context.GetEndpoint() is not RouteEndpoint)
            {
                RefuseUnrouted(context);
            }
        }
        catch (BillingException refusal)
        {
            await ProblemWriter.Write(context, refusal);
        }
        catch (BadHttpRequestException bad)
        {
            RequestBody.BrokeOff(context);
            await ProblemWriter.Write(context, Translate(bad));
        }
        catch (IOException bad) when (bad.InnerException is OverflowException)
        {
            // A chunk that says it is longer than 64 bits can count: the framework's reader has no words of its own for it.
            RequestBody.BrokeOff(context);
            await ProblemWriter.Write(context, new BillingException(ErrorCode.InvalidRequest, "The request is not valid HTTP."));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered.
        }
        catch (IOException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            Failed(log, requestId, RequestWatch.OperationOf(context) ?? "-", RequestWatch.WorkspaceOf(context) ?? "-", e);
            await ProblemWriter.Write(context, new BillingException(ErrorCode.Internal, "Something went wrong here, not in the request."));
        }
        finally
        {
            RequestBody.DropRest(context);
            watch.End(context, watched);
        }
    }

    private void RequireOurs(HttpRequest request)
    {
        var host = request.Headers.Host;
        if (host.Count != 1 || !hosts.AllowsHost(host[0]))
        {
            throw new BillingException(ForeignHost, "The Host header does not name this server.");
        }
        var origin = request.Headers.Origin;
        if (origin.Count > 0 && (origin.Count > 1 || !hosts.AllowsOrigin(origin[0] ?? "")))
        {
            throw new BillingException(ForeignOrigin, "The Origin header does not name this server.");
        }
        if (request.QueryString.HasValue && HasKey(Uri.UnescapeDataString(request.QueryString.Value!)))
        {
            throw new BillingException(ErrorCode.InvalidRequest, "A key must not be in the address, where it is logged: send it in the Authorization header, revoke this one and make another.");
        }
    }

    private static void RefuseUnrouted(HttpContext context)
    {
        var request = context.Request;
        if (context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed)
        {
            throw new BillingException(ErrorCode.MethodNotAllowed, $"This address takes {string.Join(", ", context.Response.Headers.Allow.ToArray())}.");
        }
        if (context.Response.StatusCode == StatusCodes.Status415UnsupportedMediaType)
        {
            throw new BillingException(ErrorCode.UnsupportedMediaType, "This address takes application/json.");
        }
        if (HasKey(request.Path.Value ?? ""))
        {
            throw new BillingException(ErrorCode.InvalidRequest, "A key must not be in the address, where it is logged: send it in the Authorization header, revoke this one and make another.");
        }
        throw new BillingException(ErrorCode.NotFound, "There is nothing at this address.");
    }

    private static bool HasKey(string text) => text.Contains("mb_test_", StringComparison.OrdinalIgnoreCase) || text.Contains("mb_live_", StringComparison.OrdinalIgnoreCase);

    private static BillingException Translate(BadHttpRequestException bad) => bad.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => new(ErrorCode.TooLarge, $"The body has more than {RequestBody.MaxBytes} bytes."),
        StatusCodes.Status408RequestTimeout => new(new ErrorCode("request_timeout", 408, "The body came too slowly", "Send the same request again.", true), "The body did not arrive in time."),
        _ => new(ErrorCode.InvalidRequest, "The request is not valid HTTP."),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed: operation {Operation}, workspace {Workspace}")]
    private static partial void Failed(ILogger log, string requestId, string operation, string workspace, Exception exception);
}
