using Microsoft.Extensions.Logging.Console;

namespace McpBilling.Server.Hosting;

/// <summary>Logs on standard error, a line each: standard output belongs to protocols and answers.</summary>
internal static class StandardErrorLogs
{
    public static ILoggerFactory Create(LogLevel level) => new LateLogs(level, () => Make(level));

    private static LogLevel Least(LogLevel level) => level > LogLevel.Warning ? level : LogLevel.Warning;

    private static ILoggerFactory Make(LogLevel level) => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(level)
        // What keeps the host from starting is told by the command, in one line and not with a stack trace.
        .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
        // Below a warning they write the addresses of requests, links to the portal among them, and whole messages: at no level is that for a log.
        .AddFilter("Microsoft", Least(level))
        .AddFilter("System", Least(level))
        .AddFilter("ModelContextProtocol", Least(level))
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.UseUtcTimestamp = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        })
        .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
}
