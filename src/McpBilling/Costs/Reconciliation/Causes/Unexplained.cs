using System.Collections.Immutable;

namespace McpBilling.Costs.Reconciliation.Causes;

/// <summary>
/// What of a model's day still differs, in one measure. Causes are looked for one after the other; each takes what it explains out of the figures, so that a
/// second fault of the same day shows in what is left.
/// </summary>
internal sealed class Unexplained
{
    private readonly Dictionary<string, (decimal Reported, decimal Recorded)> figures;
    private readonly HashSet<string> settled = new(StringComparer.Ordinal);

    public Unexplained(ModelDay day, Measure measure)
    {
        (Day, Measure) = (day, measure);
        figures = day.Of(measure).ToDictionary(f => f.Key, f => (f.Value.Reported, f.Value.Recorded), StringComparer.Ordinal);
        Differing = [.. figures.Keys.Where(k => !Agrees(k))];
    }

    public ModelDay Day { get; }

    public Measure Measure { get; }

    /// <summary>The kinds that differed at first: those that findings are about.</summary>
    public ImmutableSortedSet<string> Differing { get; }

    public IEnumerable<string> Kinds => figures.Keys.Order(StringComparer.Ordinal);

    /// <summary>Kinds that still differ.</summary>
    public IEnumerable<string> Left => Kinds.Where(k => !settled.Contains(k) && !Agrees(k));

    public decimal Reported(string kind) => figures.GetValueOrDefault(kind).Reported;

    public decimal Recorded(string kind) => figures.GetValueOrDefault(kind).Recorded;

    public bool Agrees(string kind) => Drift.Agree(Reported(kind), Recorded(kind));

    /// <summary>How much of what was reported is not recorded: 0.1 for a tenth; negative where more was recorded.</summary>
    public decimal Lacking(string kind) => Reported(kind) == 0 ? -1 : (Reported(kind) - Recorded(kind)) / Reported(kind);

    /// <summary>Of amounts: the provider's price of a unit over ours; null where one of them is not known.</summary>
    public decimal? RateFactor(string kind) =>
        Measure == Measure.Amount && Reported(kind) > 0 && Recorded(kind) >= 0 && Day.Quantities.TryGetValue(kind, out var use) && use.Reported > 0 && use.Recorded > 0
            ? Recorded(kind) == 0 ? decimal.MaxValue : Reported(kind) / use.Reported / (Recorded(kind) / use.Recorded)
            : null;

    /// <summary>Takes so much out of what was reported: a cause accounts for it.</summary>
    public void TakeAway(string kind, decimal amount) => figures[kind] = (Reported(kind) - amount, Recorded(kind));

    /// <summary>These kinds need no further cause.</summary>
    public void Settle(IEnumerable<string> kinds) => settled.UnionWith(kinds);

    public bool IsSettled(string kind) => settled.Contains(kind);

    public Finding Found(DriftCause cause, IEnumerable<string> kinds, params ReadOnlySpan<string> evidence) =>
        new(cause, Day.Provider, Day.Day, Day.Model, [.. kinds], [.. evidence]) { Measures = [Measure] };
}
