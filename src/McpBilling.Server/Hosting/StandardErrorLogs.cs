using Microsoft.Extensions.Logging.Console;

namespace McpBilling.Server.Hosting;

/// <summary>Logs on standard error, a line each: standard output belongs to protocols and answers.</summary>
internal static class StandardErrorLogs
{
    // The framework's own lines and spans of requests; ours are RequestWatch's. While it may log, it makes a span for every request that nobody takes, and what
    // runs under a span costs a context at each step.
    private const string RequestsOfTheFramework = "Microsoft.AspNetCore.Hosting.Diagnostics";

    public static ILoggerFactory Create(LogLevel level, LogFormat format = LogFormat.Text) => new LateLogs(level, RequestsOfTheFramework, () => Make(level, format));

    private static LogLevel Least(LogLevel level) => level > LogLevel.Warning ? level : LogLevel.Warning;

    private static ILoggerFactory Make(LogLevel level, LogFormat format) => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(level)
        // What keeps the host from starting is told by the command, in one line and not with a stack trace.
        .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
        // Below a warning they write the addresses of requests, links to the portal among them, and whole messages: at no level is that for a log.
        .AddFilter("Microsoft", Least(level))
        .AddFilter("System", Least(level))
        .AddFilter("ModelContextProtocol", Least(level))
        .Written(format)
        .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));

    private static ILoggingBuilder Written(this ILoggingBuilder logging, LogFormat format) => format == LogFormat.Json
        ? logging.AddConsoleFormatter<JsonLines, ConsoleFormatterOptions>().AddConsole(static console => console.FormatterName = JsonLines.FormatterName)
        : logging.AddConsoleFormatter<TextLines, ConsoleFormatterOptions>().AddConsole(static console => console.FormatterName = TextLines.FormatterName);
}

/// <summary>How lines of the log look.</summary>
internal enum LogFormat
{
    Text,

    /// <summary>A JSON object a line, its fields in <see cref="JsonLines"/>.</summary>
    Json,
}
