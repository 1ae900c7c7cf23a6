namespace McpBilling.Costs.Traces;

/// <summary>
/// Which spans are counted, so that usage which a parent repeats is counted once. Roll-ups by name (agents, chains, workflows, tools) never count, whenever they
/// come. What this remembers is for the rest: a parent that does not say what it is, and two libraries that both report one call. Its child usually ends, and is
/// exported, before it, so the links of recent traces are kept in memory across exports; the oldest traces are forgotten first.
/// </summary>
/// <remarks>A span keeps its first answer: an export that is sent again is counted as it was. Safe for use by many threads.</remarks>
/// <param name="maxSpans">Spans that are remembered together, about 150 bytes each.</param>
public sealed class TraceMemory(int maxSpans = 100_000)
{
    // Deeper nesting, or a circle of parents, is no real trace.
    private const int MaxDepth = 100;

    // A trace that never ends must not make each export walk through all of it.
    private const int MaxSpansOfTrace = 5_000;

    private readonly Lock turn = new();
    private readonly Dictionary<(long Workspace, string TraceId), Dictionary<string, Known>> traces = [];
    private readonly Queue<(long Workspace, string TraceId)> oldest = [];
    private int count;

    /// <summary>For each span, whether it is a call whose cost is to be recorded.</summary>
    public bool[] Count(long workspace, IReadOnlyList<Span> spans)
    {
        lock (turn)
        {
            var known = new Known[spans.Count];
            foreach (var (i, span) in spans.Index())
            {
                known[i] = Remember((workspace, span.TraceId), span);
            }
            foreach (var trace in spans.Select(s => s.TraceId).Distinct(StringComparer.Ordinal))
            {
                Decide(traces[(workspace, trace)]);
            }
            Forget();
            return [.. known.Select(k => k.Counted == true)];
        }
    }

    private static void Decide(Dictionary<string, Known> trace)
    {
        foreach (var span in trace.Values)
        {
            span.Below.Clear();
        }
        foreach (var span in trace.Values.Where(s => s.IsCandidate))
        {
            (span.Above, span.IsApart) = NearestAbove(span, trace);
            span.Above?.Below.Add(span);
        }
        // A parent decides before its children: what it was counted for, they repeat.
        foreach (var span in trace.Values.Where(s => s.IsCandidate && s.Counted is null))
        {
            span.Repeats = RepeatsBelow(span);
        }
        foreach (var span in trace.Values.Where(s => s.IsCandidate && s.Counted is null))
        {
            span.Counted = !span.Repeats && !(span.Above is { Counted: true, IsOld: true } above && (above.Role == SpanRole.Unsaid || RepeatsBelow(above)));
        }
        foreach (var span in trace.Values)
        {
            span.Counted ??= false;
            span.IsOld = true;
        }
    }

    // A parent of no said kind shows its children's usage. A call inside a call is work of its own (a search for context), unless both show the same usage, or are
    // the same response, or only the inner one shows any.
    private static bool RepeatsBelow(Known span)
    {
        if (span.Role == SpanRole.Unsaid)
        {
            return span.Below.Count > 0;
        }
        var inner = span.Below.Where(b => !b.IsApart).ToList();
        return inner.Count > 0
            && (span.Tokens is null || inner.Exists(b => b.ResponseId is not null && b.ResponseId == span.ResponseId) || span.Tokens == inner.Sum(b => b.Tokens ?? 0));
    }

    private static (Known? Above, bool IsApart) NearestAbove(Known span, Dictionary<string, Known> trace)
    {
        bool isApart = false;
        var at = span;
        for (int i = 0; i < MaxDepth && at.ParentId is { } parent && trace.TryGetValue(parent, out var above); i++)
        {
            if (above.IsCandidate)
            {
                return above == span ? (null, false) : (above, isApart);
            }
            isApart |= above.Role == SpanRole.RollUp;
            at = above;
        }
        return (null, false);
    }

    private Known Remember((long Workspace, string TraceId) key, Span span)
    {
        if (!traces.TryGetValue(key, out var trace))
        {
            traces[key] = trace = new(StringComparer.Ordinal);
            oldest.Enqueue(key);
        }
        if (trace.TryGetValue(span.SpanId, out var known))
        {
            return known;
        }
        if (trace.Count >= MaxSpansOfTrace)
        {
            Decide(trace);
            count -= trace.Count;
            trace.Clear();
        }
        count++;
        return trace[span.SpanId] = new Known(span);
    }

    private void Forget()
    {
        while (count > maxSpans && oldest.TryDequeue(out var key))
        {
            traces.Remove(key, out var trace);
            count -= trace!.Count;
        }
    }

    private sealed class Known(Span span)
    {
        public string? ParentId { get; } = span.ParentId;
        public SpanRole Role { get; } = SpanRoles.Of(span.Own);
        public decimal? Tokens { get; } = SpanRoles.HasUsage(span.Own) ? Sum(span.Own) : null;
        public string? ResponseId { get; } = span.Own.First(TraceNames.ResponseId)?.Text;
        public bool IsCandidate => Role is SpanRole.Call or SpanRole.Unsaid;

        /// <summary>The nearest candidate around it …</summary>
        public Known? Above { get; set; }

        /// <summary>… and whether an agent or a tool lies between the two.</summary>
        public bool IsApart { get; set; }
        public List<Known> Below { get; } = [];
        public bool Repeats { get; set; }
        public bool? Counted { get; set; }

        /// <summary>Decided by an earlier export.</summary>
        public bool IsOld { get; set; }

        private static decimal Sum(SpanAttributes own) => (own.First(TraceNames.InputTokens)?.Number ?? 0) + (own.First(TraceNames.OutputTokens)?.Number ?? 0);
    }
}
