using System.Collections.Frozen;
using McpBilling.Money;

namespace McpBilling.Costs.Traces;

/// <summary>What an attribute of a span says: a text or a number. What is neither (lists, maps, bytes) is not read.</summary>
public readonly record struct SpanValue
{
    private SpanValue(string? text, decimal? number) => (Text, Number) = (text, number);

    public string? Text { get; }
    public decimal? Number { get; }

    public static SpanValue Of(string text) => new(text, null);

    public static SpanValue Of(long number) => new(null, number);

    /// <summary>Null where it is no number that counts something: not finite, or beyond what is counted anywhere.</summary>
    public static SpanValue? Of(double number) => Math.Abs(number) < 1e18 ? new(null, (decimal)number) : null;

    /// <summary>As an identifier: apps number their customers too.</summary>
    public override string ToString() => Text ?? Number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "";
}

/// <summary>Attributes by name; only those of <see cref="TraceNames"/>, so that no prompt or completion comes in with them.</summary>
public sealed class SpanAttributes
{
    public static readonly SpanAttributes None = new([]);

    private readonly FrozenDictionary<string, SpanValue> values;

    public SpanAttributes(IEnumerable<KeyValuePair<string, SpanValue>> values)
    {
        var kept = new Dictionary<string, SpanValue>(StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            if (TraceNames.Reads(name))
            {
                kept[name] = value;
            }
        }
        this.values = kept.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public SpanValue? Find(string name) => values.TryGetValue(name, out var value) ? value : null;

    /// <summary>The first that is there, in the order of the names; an empty text is none.</summary>
    public SpanValue? First(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            if (Find(name) is { } value && value.Text != "")
            {
                return value;
            }
        }
        return null;
    }
}

/// <summary>A finished span as a tracing library exports it, as far as a cost is made of it. Its name, events and content are not read.</summary>
/// <param name="TraceId">32 hex digits, lower case.</param>
/// <param name="SpanId">16 hex digits, lower case.</param>
/// <param name="ParentId">As <paramref name="SpanId"/>; null: the trace's root.</param>
/// <param name="Start">Null where the span says no usable time.</param>
/// <param name="Failed">Its status is an error.</param>
/// <param name="Resource">What the exporting process says of itself.</param>
public sealed record Span(string TraceId, string SpanId, string? ParentId, Instant? Start, Instant? End, bool Failed, SpanAttributes Own, SpanAttributes Resource);
