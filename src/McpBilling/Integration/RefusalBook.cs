namespace McpBilling.Integration;

/// <summary>The refusals that were noted; each is taken by the check that explains it, and what is left at the end is told as it is.</summary>
internal sealed class RefusalBook(IEnumerable<CountedSignal> signals)
{
    private readonly List<CountedSignal> _left = [.. signals.Where(s => s.Signal.Code is not (AppSignal.Replayed or AppSignal.EnvironmentSeen or AppSignal.Denied))];

    /// <summary>What no check has taken.</summary>
    public IReadOnlyList<CountedSignal> Left => _left;

    public List<CountedSignal> Take(Func<AppSignal, bool> which)
    {
        var taken = _left.Where(s => which(s.Signal)).ToList();
        _left.RemoveAll(s => which(s.Signal));
        return taken;
    }

    /// <summary>The last part of a dotted field: <c>event.id</c> and <c>events[3].id</c> are <c>id</c>.</summary>
    public static string LastPart(string field) => field[(field.LastIndexOf('.') + 1)..];

    public static Evidence EvidenceOf(IReadOnlyCollection<CountedSignal> signals) => new()
    {
        EventIds = Shown(signals.Where(s => !s.Signal.Item.StartsWith("hold_", StringComparison.Ordinal)).Select(s => s.Signal.Item)),
        HoldIds = Shown(signals.Where(s => s.Signal.Item.StartsWith("hold_", StringComparison.Ordinal)).Select(s => s.Signal.Item)),
        CustomerIds = Shown(signals.Select(s => s.Signal.CustomerId)),
        Count = signals.Sum(s => s.Count),
        FirstAt = signals.Count > 0 ? signals.Min(s => s.FirstAt) : null,
        LastAt = signals.Count > 0 ? signals.Max(s => s.LastAt) : null,
    };

    /// <summary>The first of different ids; null for none.</summary>
    public static IReadOnlyList<string>? Shown(IEnumerable<string> ids) =>
        ids.Where(i => i.Length > 0).Distinct(StringComparer.Ordinal).Take(IntegrationChecks.MaxShown).ToList() is { Count: > 0 } shown ? shown : null;
}
