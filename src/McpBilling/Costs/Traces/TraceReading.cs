using McpBilling.Operations;

namespace McpBilling.Costs.Traces;

/// <summary>What is recorded of a span, or why it is not.</summary>
/// <param name="Input">Null where the span is refused.</param>
public sealed record SpanReading(Span Span, RecordLlmCostInput? Input, BillingException? Refusal);

/// <summary>Reads an export: which of its spans are calls that cost something, and what each reports.</summary>
public static class TraceReading
{
    // Deeper nesting, or a circle of parents, is no real trace.
    private const int MaxDepth = 100;

    /// <summary>One reading per call, in the order of the export; spans that are no call, or whose usage others report, have none.</summary>
    /// <param name="memory">The workspace's recent traces; keeps what this export adds.</param>
    public static List<SpanReading> Read(long workspace, IReadOnlyList<Span> spans, TraceMemory memory)
    {
        bool[] counted = memory.Count(workspace, spans);
        var byId = new Dictionary<(string, string), Span>();
        foreach (var span in spans)
        {
            byId[(span.TraceId, span.SpanId)] = span;
        }
        var readings = new List<SpanReading>();
        foreach (var (i, span) in spans.Index())
        {
            if (!counted[i])
            {
                continue;
            }
            try
            {
                readings.Add(new SpanReading(span, SpanCost.Of(span, Around(span, byId)), null));
            }
            catch (BillingException refusal)
            {
                readings.Add(new SpanReading(span, null, refusal));
            }
        }
        return readings;
    }

    private static List<Span> Around(Span span, Dictionary<(string, string), Span> byId)
    {
        var around = new List<Span>();
        for (var at = span; around.Count < MaxDepth && at.ParentId is { } parent && byId.TryGetValue((span.TraceId, parent), out var above) && above != span; at = above)
        {
            around.Add(above);
        }
        return around;
    }
}
