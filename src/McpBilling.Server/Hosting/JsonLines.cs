using System.Globalization;
using System.Text;
using System.Text.Json;
using McpBilling.Operations;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace McpBilling.Server.Hosting;

/// <summary>
/// A line of the log as one JSON object: <c>time</c>, <c>level</c>, <c>category</c>, <c>message</c>, then what the message was made of under its own names in snake_case
/// (<c>request_id</c>, <c>operation</c>, <c>workspace</c>, <c>code</c> …), then <c>exception</c>. Keys and card numbers in them are masked.
/// </summary>
internal sealed class JsonLines() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "json-lines";

    private const string OriginalFormat = "{OriginalFormat}";

    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.WriteLine(Line(TimeProvider.System, logEntry.LogLevel, logEntry.Category, message, logEntry.State as IReadOnlyList<KeyValuePair<string, object?>>, logEntry.Exception));
    }

    /// <summary>A note that goes past the log, such as where the server listens.</summary>
    public static string Note(string message) => Line(TimeProvider.System, LogLevel.Information, "McpBilling", message, null, null);

    internal static string Line(TimeProvider time, LogLevel level, string category, string message, IReadOnlyList<KeyValuePair<string, object?>>? fields, Exception? exception)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("level", level.ToString().ToLowerInvariant());
            json.WriteString("category", category);
            json.WriteString("message", Whole(message));
            foreach (var (name, value) in fields ?? [])
            {
                if (name != OriginalFormat)
                {
                    Write(json, JsonNamingPolicy.SnakeCaseLower.ConvertName(name), value);
                }
            }
            if (exception is not null)
            {
                json.WriteString("exception", Whole(exception.ToString()));
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void Write(Utf8JsonWriter json, string name, object? value)
    {
        // What is not there is not written: "-" stands for it in the line as text.
        if (value is null or "-")
        {
            return;
        }
        json.WritePropertyName(name is "time" or "level" or "category" or "message" or "exception" ? name + "_of" : name);
        switch (value)
        {
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int or long or short or byte:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case IFormattable other:
                json.WriteStringValue(Whole(other.ToString(null, CultureInfo.InvariantCulture)));
                break;
            default:
                json.WriteStringValue(Whole(value.ToString() ?? ""));
                break;
        }
    }

    // A library repeats what a client sent, such as the name of a tool that is none. Half a surrogate pair, as in a text that was cut, would fail the line.
    private static string Whole(string text)
    {
        text = SecretText.Masked(text);
        return text.Any(char.IsSurrogate) ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;
    }
}
