using System.Globalization;
using McpBilling.Operations;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace McpBilling.Server.Hosting;

/// <summary>A line of the log for people: time, level, category, message, and the exception, all in one. Keys and card numbers that a library repeats in it are masked.</summary>
internal sealed class TextLines() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "text-lines";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter) =>
        textWriter.WriteLine(Line(TimeProvider.System, logEntry.LogLevel, logEntry.Category, logEntry.EventId, logEntry.Formatter(logEntry.State, logEntry.Exception), logEntry.Exception));

    internal static string Line(TimeProvider time, LogLevel level, string category, EventId id, string message, Exception? exception)
    {
        string text = exception is null ? message : $"{message} {exception}";
        return string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {Short(level)}: {category}[{id.Id}] {SecretText.Masked(text).ReplaceLineEndings(" ")}");
    }

    private static string Short(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
