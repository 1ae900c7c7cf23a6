using System.Collections.Immutable;
using McpBilling.Money;

namespace McpBilling.Costs;

/// <summary>A kind's rate as it was found.</summary>
/// <param name="Value">US dollars for <see cref="CostKinds.Per"/>; null: not known, for the reason in <paramref name="Note"/>.</param>
/// <param name="Note">Why it is not known, or what was assumed.</param>
internal readonly record struct FoundRate(decimal? Value, string? RowId, bool Assumed = false, string? Note = null);

/// <summary>
/// The rates of one model at one time under given circumstances: exactly one base row, and over it, kind by kind, the rows whose conditions hold. Of two rows
/// for one kind the more special one counts; of two that are equally special and differ, none.
/// </summary>
internal sealed class RateCard
{
    private readonly PriceRow? baseRow;
    private readonly ImmutableArray<PriceRow> overlays;
    private readonly decimal contextTokens;
    private readonly string? guess;
    private readonly string? unmatched;

    private RateCard(PriceRow? baseRow, ImmutableArray<PriceRow> overlays, decimal contextTokens, string? guess, string? unmatched, string? failure)
    {
        (this.baseRow, this.overlays, this.contextTokens, this.guess, this.unmatched, Failure) = (baseRow, overlays, contextTokens, guess, unmatched, failure);
    }

    /// <summary>Why there are no rates at all.</summary>
    public string? Failure { get; }

    public static RateCard Unknown(string reason) => new(null, [], 0, null, null, reason);

    public static RateCard Of(FoundModel found, string name, Instant at, PriceSituation situation, decimal contextTokens)
    {
        var rows = RowsAt(found, at);
        var bases = rows.Where(r => r.IsBase).ToList();
        if (bases.Count != 1)
        {
            return Unknown(bases.Count == 0 ? $"the price book has no price of {name} at {at}" : $"two rows are the price of {name} at {at}: {bases[0].Id} and {bases[1].Id}");
        }
        ImmutableArray<PriceRow> overlays = [.. rows.Where(r => !r.IsBase && r.When.Hold(situation, at))];
        string missing = string.Join(", ", situation.Circumstances.Where(c => !overlays.Any(o => o.When.Request.Contains(c))).Select(c => c.Key == PriceConditions.Batch ? c.Key : $"{c.Key} {c.Value}"));
        return new(bases[0], overlays, contextTokens, found.Guess, missing.Length == 0 ? null : $"no price of {name} for {missing} is known; its standard rate was used", null);
    }

    /// <summary>The rate of a kind, with what stands in for a kind that has none of its own (<see cref="KindFallbacks"/>).</summary>
    public FoundRate Rate(string kind)
    {
        if (Failure is not null)
        {
            return new(null, null, false, Failure);
        }
        var found = Own(kind);
        bool isGuess = false;
        string? note = null;
        if (found is null)
        {
            foreach (var (other, assumed) in KindFallbacks.Of(kind))
            {
                found = Own(other);
                if (found is not null)
                {
                    isGuess = assumed;
                    note = assumed ? $"{baseRow!.Id} has no rate for {kind}; that of {other} was used" : null;
                    break;
                }
            }
        }
        if (found is not { } rate)
        {
            return new(null, null, false, $"{baseRow!.Id} has no rate for {kind}");
        }
        if (rate.Value is null)
        {
            return rate;
        }
        string? circumstance = CostKinds.IsToken(kind) ? unmatched : null;
        return rate with { Assumed = isGuess || guess is not null || circumstance is not null, Note = note ?? circumstance ?? guess };
    }

    private FoundRate? Own(string kind)
    {
        FoundRate? best = null;
        PriceRow? bestRow = null;
        foreach (var row in overlays)
        {
            if (!row.Rates.ContainsKey(kind) || (bestRow is not null && bestRow.When.IsMoreSpecialThan(row.When)))
            {
                continue;
            }
            var rate = OfOverlay(row, kind);
            if (best is { } other && !row.When.IsMoreSpecialThan(bestRow!.When) && other.Value != rate.Value)
            {
                return ThirdOf(kind, bestRow, row);
            }
            (best, bestRow) = (rate, row);
        }
        return best ?? (baseRow!.Rates.TryGetValue(kind, out decimal value) ? new(Passed(baseRow) && baseRow.OverRates.TryGetValue(kind, out decimal over) ? over : value, baseRow.Id) : null);
    }

    // Two rows that neither goes before the other: a third that asks all of both settles it, wherever in the list it stands.
    private FoundRate ThirdOf(string kind, PriceRow one, PriceRow two)
    {
        var third = overlays.FirstOrDefault(r => r.Rates.ContainsKey(kind) && overlays.All(o => o == r || !o.Rates.ContainsKey(kind) || r.When.IsMoreSpecialThan(o.When)));
        return third is not null ? OfOverlay(third, kind) : new(null, null, false, $"two rows give {kind} a rate: {one.Id} and {two.Id}");
    }

    // A long request at a tier whose long rate nobody has told: neither the tier's short rate nor the standard long one is its price.
    private FoundRate OfOverlay(PriceRow row, string kind)
    {
        if (row.Threshold is not null)
        {
            return new(Passed(row) && row.OverRates.TryGetValue(kind, out decimal over) ? over : row.Rates[kind], row.Id);
        }
        return Passed(baseRow!) && baseRow!.OverRates.ContainsKey(kind)
            ? new(null, null, false, $"{row.Id} has no rate for {kind} of a request beyond {baseRow.Threshold!.Tokens} tokens")
            : new(row.Rates[kind], row.Id);
    }

    private bool Passed(PriceRow row) => row.Threshold?.IsPassedBy(contextTokens) == true;

    /// <summary>The rows that count at a time, whatever the circumstances: base rows and what may lie over them.</summary>
    public static ImmutableArray<PriceRow> RowsAt(FoundModel found, Instant at)
    {
        // The builder's own price of a model stands alone: the shipped conditional rows are parts of the list price that it replaces.
        var own = found.Own is null ? [] : InForce(found.Own.Rows, at, lastOnly: true);
        var shipped = found.Shipped is null ? [] : InForce(found.Shipped.Rows, at, lastOnly: false);
        return own.Any(r => r.IsBase) ? own : own.IsEmpty ? shipped : [.. own, .. shipped.Where(s => !own.Any(o => o.When.Equals(s.When)))];
    }

    // Among a builder's rows for the same circumstances the one that was recorded last counts; a cancelled one takes the earlier ones back.
    private static ImmutableArray<PriceRow> InForce(ImmutableArray<PriceRow> rows, Instant at, bool lastOnly)
    {
        var inForce = rows.Where(r => r.IsInForce(at));
        if (lastOnly)
        {
            inForce = inForce.GroupBy(r => r.When).Select(g => g.Last());
        }
        return [.. inForce.Where(r => r.Status != PriceRowStatus.Cancelled)];
    }
}
