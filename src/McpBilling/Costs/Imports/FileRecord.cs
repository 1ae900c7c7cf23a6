using System.Globalization;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs.Imports;

/// <summary>A record of an exported file. Exports write the same thing in several ways: a number as text, JSON as text within JSON or CSV, a time without its zone. This reads them all.</summary>
internal sealed class FileRecord(JsonElement value, int line)
{
    public int Line { get; } = line;

    public JsonElement Value { get; } = value;

    /// <summary>What stands at a dotted path; a name that has dots itself goes before. Undefined where there is nothing, or null.</summary>
    public JsonElement At(string path)
    {
        var at = Value;
        string rest = path;
        while (true)
        {
            at = Opened(at);
            if (at.ValueKind != JsonValueKind.Object)
            {
                return default;
            }
            if (at.TryGetProperty(rest, out var whole))
            {
                return whole.ValueKind == JsonValueKind.Null ? default : whole;
            }
            int dot = rest.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0 || !at.TryGetProperty(rest[..dot], out at))
            {
                return default;
            }
            rest = rest[(dot + 1)..];
        }
    }

    /// <summary>The first of these that is a text or a number, as text; null where none is or it is empty.</summary>
    public string? Text(params ReadOnlySpan<string> paths)
    {
        foreach (string path in paths)
        {
            var found = At(path);
            string? text = found.ValueKind == JsonValueKind.String ? found.GetString() : found.ValueKind == JsonValueKind.Number ? found.GetRawText() : null;
            if (!string.IsNullOrWhiteSpace(text))
            {
                return text;
            }
        }
        return null;
    }

    /// <summary>A text that is used as a name: null where it is longer than allowed, for then it is none.</summary>
    public string? Label(params ReadOnlySpan<string> paths) => Text(paths) is { } text && PlainText.Fits(text, LlmCall.MaxText) ? text : null;

    /// <summary>The first of these that is there, as a count.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>: no whole number from 0.</exception>
    public decimal? Count(params ReadOnlySpan<string> paths)
    {
        foreach (string path in paths)
        {
            if (Text(path) is not { } text)
            {
                continue;
            }
            bool isCount = decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal count) && count >= 0 && count == decimal.Truncate(count) && count <= 1_000_000_000_000_000m;
            return isCount ? count : throw new BillingException(ErrorCode.InvalidRequest, $"{path} must be a whole number from 0.", path);
        }
        return null;
    }

    /// <summary>The first of these that is an object or a list, also where it was written as text.</summary>
    public JsonElement? Json(params ReadOnlySpan<string> paths)
    {
        foreach (string path in paths)
        {
            var found = Opened(At(path));
            if (found.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            {
                return found;
            }
        }
        return null;
    }

    /// <summary>The first of these that is a time: RFC 3339, the same with a space and without a zone (then UTC), or Unix seconds, milliseconds or microseconds.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>: something stands there that is no time.</exception>
    public Instant? Time(params ReadOnlySpan<string> paths)
    {
        foreach (string path in paths)
        {
            if (Text(path) is { } text)
            {
                return TimeOf(text) ?? throw new BillingException(ErrorCode.InvalidRequest, $"{path} must be a time such as 2026-11-24T10:00:00Z, or Unix seconds.", path);
            }
        }
        return null;
    }

    /// <summary>As <see cref="Time"/>.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>: none is there.</exception>
    public Instant RequiredTime(params ReadOnlySpan<string> paths) =>
        Time(paths) ?? throw new BillingException(ErrorCode.InvalidRequest, $"{paths[0]} is missing: costs are priced by the time of their request.", paths[0]);

    private static Instant? TimeOf(string text)
    {
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) && number is > 0 and < 10_000_000_000_000_000m)
        {
            return new Instant((long)(number < 100_000_000_000m ? number * 1_000_000 : number < 100_000_000_000_000m ? number * 1_000 : number));
        }
        string spelled = text.Trim().Replace(' ', 'T').Replace("TUTC", "Z", StringComparison.Ordinal);
        return Instant.TryParse(spelled, out var exact) ? exact : Instant.TryParse(spelled + "Z", out var utc) ? utc : null;
    }

    private static JsonElement Opened(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 1 } text || text.AsSpan().TrimStart() is not ['{' or '[', ..])
        {
            return value;
        }
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return value;
        }
    }
}
