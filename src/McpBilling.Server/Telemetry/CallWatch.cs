using System.Diagnostics;
using System.Text.Json.Nodes;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Telemetry;

/// <summary>
/// Duration and span of each MCP request, by the conventions of OpenTelemetry for MCP; a line in the log for each call of a tool. Names that a client made up are no
/// labels: only tools that exist are named. Without listeners a call goes straight through.
/// </summary>
internal sealed partial class CallWatch(McpSurface surface)
{
    private const string ToolError = "tool_error";

    private readonly ILogger log = surface.Logs.CreateLogger("McpBilling.Mcp");

    /// <summary>The handler of a method, watched.</summary>
    /// <param name="tool">The tool that a request names, if there is one of that name.</param>
    public McpRequestHandler<TParams, TResult> Of<TParams, TResult>(string method, McpRequestHandler<TParams, TResult> handler, Func<TParams?, string?>? tool = null)
        where TParams : RequestParams => (request, cancellation) =>
        ServerMeter.McpCalls.Enabled || Spans.AreTaken || (tool is not null && log.IsEnabled(LogLevel.Information))
            ? Watch(method, tool?.Invoke(request.Params), handler, request, cancellation)
            : handler(request, cancellation);

    private async ValueTask<TResult> Watch<TParams, TResult>(string method, string? tool, McpRequestHandler<TParams, TResult> handler, RequestContext<TParams> request, CancellationToken cancellation)
        where TParams : RequestParams
    {
        long began = surface.Clock.GetTimestamp();
        using var span = Spans.Begin(tool is null ? method : $"{method} {tool}", ActivityKind.Server, ParentOf(request.Params?.Meta));
        string? error = null, code = null;
        try
        {
            var result = await handler(request, cancellation);
            if (result is CallToolResult { IsError: true } refused)
            {
                error = ToolError;
                code = refused.Meta?[ToolResults.ErrorMeta]?["code"]?.GetValue<string>();
            }
            return result;
        }
        // A question to the user is no error.
        catch (Exception e) when (e is not InputRequiredException)
        {
            error = e is McpProtocolException protocol ? ((int)protocol.ErrorCode).ToString(System.Globalization.CultureInfo.InvariantCulture) : e.GetType().Name;
            throw;
        }
        finally
        {
            var took = surface.Clock.GetElapsedTime(began);
            var tags = TagsOf(method, tool, error);
            ServerMeter.McpCalls.Record(took.TotalSeconds, tags);
            if (span is not null)
            {
                foreach (var (name, value) in tags)
                {
                    span.SetTag(name, value);
                }
                span.SetTag("mcp_billing.code", code).SetTag("mcp_billing.workspace", WorkspaceOf(request));
                if (error is not null)
                {
                    span.SetStatus(ActivityStatusCode.Error);
                }
            }
            if (tool is not null)
            {
                Called(log, tool, Math.Round(took.TotalMilliseconds, 3), WorkspaceOf(request) ?? "-", code ?? error ?? "-");
            }
        }
    }

    private TagList TagsOf(string method, string? tool, string? error)
    {
        var tags = new TagList { { "mcp.method.name", method }, { "network.transport", surface.LocalCaller is null ? "tcp" : "pipe" } };
        if (tool is not null)
        {
            tags.Add("gen_ai.tool.name", tool);
            tags.Add("gen_ai.operation.name", "execute_tool");
        }
        if (error is not null)
        {
            tags.Add("error.type", error);
        }
        return tags;
    }

    private string? WorkspaceOf(MessageContext request)
    {
        try
        {
            return request.CallerIn(surface).WorkspaceKey.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (BillingException)
        {
            return null;
        }
    }

    // A client that traces says so in the request's metadata, whatever carries the request.
    private static ActivityContext ParentOf(JsonObject? meta) => Spans.ParentOf(Text(meta, "traceparent"), Text(meta, "tracestate"));

    private static string? Text(JsonObject? meta, string name) => meta?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    [LoggerMessage(Level = LogLevel.Information, Message = "Tool {Operation} answered in {Milliseconds} ms: workspace {Workspace}, code {Code}")]
    private static partial void Called(ILogger log, string operation, double milliseconds, string workspace, string code);
}
