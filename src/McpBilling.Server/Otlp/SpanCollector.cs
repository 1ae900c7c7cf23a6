using McpBilling.Costs.Traces;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Server.Otlp;

/// <summary>A span as it came, in either encoding.</summary>
internal sealed class SpanParts
{
    /// <summary>The status code for an error; unset and ok are 0 and 1.</summary>
    public const int StatusError = 2;

    public string TraceId { get; set; } = "";
    public string SpanId { get; set; } = "";
    public string ParentId { get; set; } = "";
    public ulong StartNanoseconds { get; set; }
    public ulong EndNanoseconds { get; set; }
    public bool Failed { get; set; }
    public List<KeyValuePair<string, SpanValue>> Attributes { get; } = [];
}

/// <summary>Takes the spans of one export, whatever their encoding.</summary>
internal sealed class SpanCollector
{
    /// <summary>Tracing libraries send 512 at a time.</summary>
    public const int MaxSpans = 10_000;

    private readonly List<Span> spans = [];
    private SpanAttributes resource = SpanAttributes.None;

    public IReadOnlyList<Span> Spans => spans;

    /// <summary>Spans that are none by the protocol: without ids.</summary>
    public int Nameless { get; private set; }

    /// <summary>What the next spans are of.</summary>
    public void Resource(IEnumerable<KeyValuePair<string, SpanValue>> attributes) => resource = new SpanAttributes(attributes);

    /// <exception cref="BillingException"><c>too_large</c></exception>
    public void Add(SpanParts parts)
    {
        if (spans.Count + Nameless == MaxSpans)
        {
            throw new BillingException(ErrorCode.TooLarge, $"The export has more than {MaxSpans} spans: let the exporter send fewer at once (OTEL_BSP_MAX_EXPORT_BATCH_SIZE).");
        }
        if (!IsId(parts.TraceId, 32) || !IsId(parts.SpanId, 16))
        {
            Nameless++;
            return;
        }
        spans.Add(new Span(
            parts.TraceId, parts.SpanId, IsId(parts.ParentId, 16) ? parts.ParentId : null, Time(parts.StartNanoseconds), Time(parts.EndNanoseconds), parts.Failed,
            parts.Attributes.Count == 0 ? SpanAttributes.None : new SpanAttributes(parts.Attributes), resource));
    }

    // An id of zeros is none.
    private static bool IsId(string hex, int length) => hex.Length == length && hex.All(char.IsAsciiHexDigitLower) && hex.Any(c => c != '0');

    private static Instant? Time(ulong nanoseconds)
    {
        var time = new Instant((long)(nanoseconds / 1000));
        return time >= Instant.Earliest && time < Instant.Latest ? time : null;
    }
}
