using McpBilling.Pricing;
using McpBilling.Tests.Money;

namespace McpBilling.Tests.Pricing;

/// <summary>
/// A second, naive reading of pricing.md: whole periods from the list of their events, in unreduced fractions, written without looking at the
/// real code. It knows no state and no increments.
/// </summary>
internal static class PriceOracle
{
    public sealed record Event(decimal Quantity, string? Row = null);

    /// <summary>Whether a period costs the sum of its events' own fees.</summary>
    public static bool IsPerEvent(PriceDefinition p) => p.Model is "percentage" or "matrix" or "cost_plus";

    /// <summary>The exact price of a period, before the cap. Events are in the order in which they were taken.</summary>
    public static Fraction Period(PriceDefinition p, IReadOnlyList<Event> events)
    {
        if (IsPerEvent(p))
        {
            var fees = Fraction.Zero;
            for (int i = 0; i < events.Count; i++)
            {
                fees += Fee(p, [.. events.Take(i)], events[i]);
            }
            return fees;
        }
        return Cumulative(p, events.Sum(e => e.Quantity));
    }

    public static Fraction Fee(PriceDefinition p, IReadOnlyList<Event> earlier, Event taken) =>
        Fee(p, earlier.Sum(e => e.Quantity), earlier.Count, taken);

    public static Fraction Fee(PriceDefinition p, decimal quantityBefore, long eventsBefore, Event taken)
    {
        Fraction before = Billable(p, quantityBefore), after = Billable(p, quantityBefore + taken.Quantity);
        return p.Model switch
        {
            "matrix" => Matrix(p, after - before, taken.Row),
            "cost_plus" => CostPlus(p, before, after),
            _ => Percentage(p, before, after, eventsBefore),
        };
    }

    /// <summary>The exact price of a quantity under a model that looks at the whole period, before the cap.</summary>
    public static Fraction Cumulative(PriceDefinition p, decimal quantity)
    {
        var q = Billable(p, quantity);
        if (q <= Fraction.Zero)
        {
            return Fraction.Zero;
        }
        var per = Fraction.Of(p.Per ?? 1);
        switch (p.Model)
        {
            case "per_unit":
                return q * Fraction.Of(p.UnitPrice!.Value) / per;
            case "flat":
                return Fraction.Of(p.Amount!.Value);
            case "package":
                // Whole packages needed = −floor(−q / size).
                var minus = Fraction.Zero - q / Fraction.Of(p.PackageSize!.Value);
                return new Fraction(-minus.Floor(), 1) * Fraction.Of(p.PackagePrice!.Value);
            case "stairstep":
                return Fraction.Of(TierOf(p, q).FlatPrice ?? 0);
            case "volume":
                var tier = TierOf(p, q);
                return q * Fraction.Of(tier.UnitPrice ?? 0) / per + Fraction.Of(tier.FlatPrice ?? 0);
            case "graduated":
                return Graduated(p, q, t => Fraction.Of(t.UnitPrice ?? 0) / per);
            default:
                return Graduated(p, q, t => Fraction.Of(t.Percent ?? 0) / Fraction.Of(100));
        }
    }

    // Tier by tier from the top: what lies above a tier's lower bound, less what a higher tier has taken.
    private static Fraction Graduated(PriceDefinition p, Fraction q, Func<PriceTier, Fraction> rate)
    {
        Fraction total = Fraction.Zero, left = q;
        for (int i = p.Tiers!.Count - 1; i >= 0; i--)
        {
            var lower = i == 0 ? Fraction.Zero : Fraction.Of(p.Tiers[i - 1].UpTo!.Value);
            if (left > lower)
            {
                total += (left - lower) * rate(p.Tiers[i]) + Fraction.Of(p.Tiers[i].FlatPrice ?? 0);
                left = lower;
            }
        }
        return total;
    }

    private static PriceTier TierOf(PriceDefinition p, Fraction q) =>
        p.Tiers!.Where(t => t.UpTo is not null).OrderBy(t => t.UpTo).FirstOrDefault(t => Fraction.Of(t.UpTo!.Value) >= q) ?? p.Tiers![^1];

    private static Fraction Matrix(PriceDefinition p, Fraction amount, string? row)
    {
        decimal price = p.Rows!.Where(r => r.Values[0] == row).Select(r => (decimal?)r.UnitPrice).SingleOrDefault() ?? p.Default!.Value;
        return amount * Fraction.Of(price) / Fraction.Of(p.Per ?? 1);
    }

    private static Fraction Percentage(PriceDefinition p, Fraction before, Fraction after, long eventsBefore)
    {
        decimal? freeAmount = p.FreeAmount ?? p.FreeUnits;
        bool eventsEnded = p.FreeEvents is not null && eventsBefore >= p.FreeEvents;
        bool amountEnded = freeAmount is not null && before >= Fraction.Of(freeAmount.Value);
        bool anyAllowance = p.FreeEvents is not null || freeAmount is not null;
        var paid = after - before;
        if (anyAllowance && !eventsEnded && !amountEnded)
        {
            bool crosses = freeAmount is not null && after > Fraction.Of(freeAmount.Value);
            if (!crosses)
            {
                return Fraction.Zero;
            }
            paid = after - Fraction.Of(freeAmount!.Value);
        }
        var fee = paid * Fraction.Of(p.Percent!.Value) / Fraction.Of(100) + Fraction.Of(p.FixedPerEvent ?? 0);
        if (p.MinPerEvent is { } least && fee < Fraction.Of(least))
        {
            fee = Fraction.Of(least);
        }
        return p.MaxPerEvent is { } most && fee > Fraction.Of(most) ? Fraction.Of(most) : fee;
    }

    // cost × (100 + markup) / 100, of what lies beyond the free cost; no fee at all where nothing does.
    private static Fraction CostPlus(PriceDefinition p, Fraction before, Fraction after)
    {
        var free = Fraction.Of(p.FreeUnits ?? 0);
        bool startsFree = before < free;
        if (startsFree && !(after > free))
        {
            return Fraction.Zero;
        }
        var charged = startsFree ? after - free : after - before;
        return charged * (Fraction.Of(100) + Fraction.Of(p.MarkupPercent!.Value)) / Fraction.Of(100) + Fraction.Of(p.FixedPerEvent ?? 0);
    }

    private static Fraction Billable(PriceDefinition p, decimal quantity)
    {
        var q = Fraction.Of(quantity) - Fraction.Of(p.Model is "percentage" or "cost_plus" ? 0 : p.FreeUnits ?? 0);
        q = q < Fraction.Zero ? Fraction.Zero : q;
        var per = Fraction.Of(p.Per ?? 1);
        return p.QuantityRounding switch
        {
            QuantityRounding.Up => new Fraction(-(Fraction.Zero - q / per).Floor(), 1) * per,
            QuantityRounding.Nearest => new Fraction((q / per + new Fraction(1, 2)).Floor(), 1) * per,
            _ => q,
        };
    }
}
