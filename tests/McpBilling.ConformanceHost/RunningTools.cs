using System.Text.Json;
using McpBilling.Server.Mcp;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpBilling.ConformanceHost;

/// <summary>Tools that say something while they run.</summary>
internal static class RunningTools
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    public static IEnumerable<ConversationTool> All =>
    [
        Fixture.Tool<Nothing>("test_tool_with_logging", "Logs three times while it runs.", Log),
        Fixture.Tool<Nothing>("test_tool_with_progress", "Reports progress while it runs.", Report),
        Fixture.Tool("test_logging_tool", "Logs, which must reach only a client that asked for it in this request.", LogIfAsked),
        Fixture.Tool("test_streaming_elicitation", "Answers with a result only.", _ => Fixture.Text("A stream holds notifications and the result, never requests.")),
    ];

    private static async ValueTask<CallToolResult> Log(ConversationCall call, CancellationToken cancellation)
    {
        foreach (string message in (string[])["Tool execution started", "Tool processing data", "Tool execution completed"])
        {
            await call.Request.Server.SendNotificationAsync(
                NotificationMethods.LoggingMessageNotification,
                new LoggingMessageNotificationParams { Level = LoggingLevel.Info, Logger = "conformance", Data = JsonElement.Parse($"\"{message}\"") },
                cancellationToken: cancellation);
            await Task.Delay(Step, cancellation);
        }
        return Fixture.Text("Logged three times.");
    }

    private static async ValueTask<CallToolResult> Report(ConversationCall call, CancellationToken cancellation)
    {
        foreach (int done in (int[])[0, 50, 100])
        {
            if (call.Request.Params?.ProgressToken is { } token)
            {
                await call.Request.Server.NotifyProgressAsync(token, new ProgressNotificationValue { Progress = done, Total = 100 }, cancellationToken: cancellation);
            }
            await Task.Delay(Step, cancellation);
        }
        return Fixture.Text("All of it is done.");
    }

    private static CallToolResult LogIfAsked(ConversationCall call)
    {
        using var provider = call.Request.Server.AsClientLoggerProvider();
        provider.CreateLogger("conformance").LogInformation("test_logging_tool ran");
        return Fixture.Text("Logged, for whoever asked.");
    }

    private sealed record Nothing;
}
