using System.Collections.Immutable;

namespace McpBilling.Costs;

/// <summary>What an event would cost by another price book. The event keeps what it was; the difference becomes an adjustment.</summary>
public static class Repricing
{
    /// <summary>The adjustment that brings an event to what the book says now; null when it says the same, or knows no price.</summary>
    /// <param name="reason">Why, for people.</param>
    public static CostAdjustment? Of(StoredCost stored, PriceBook prices, string reason)
    {
        // Other costs came with their amounts; no usage has no price.
        if (stored.Event.Api is null || stored.Now.Status == CostStatus.NoUsage)
        {
            return null;
        }
        var cost = prices.Price(stored.Event.Provider, stored.Event.RequestedModel ?? stored.Event.Model, stored.Event.RequestedAt, ReadingOf(stored));
        return cost.Amount is { } amount && (stored.Now.Status == CostStatus.Unpriced || amount != stored.Now.Amount)
            ? new CostAdjustment(amount - (stored.Now.Amount ?? 0), cost, reason)
            : null;
    }

    // The lines hold all that was used.
    private static UsageReading ReadingOf(StoredCost stored) => new()
    {
        Uses = [.. stored.Event.Cost.Lines.Select(l => new MeteredUse(l.Kind, l.Quantity) { Assumed = l.Assumed, Model = l.Model, Iteration = l.Iteration, Part = PartOf(stored.Event.Cost.Lines, l) })],
        State = stored.Event.Partial is null ? ReadingState.Complete : ReadingState.Partial,
        Reason = stored.Event.Partial,
        Model = stored.Event.Model,
        Context = stored.Event.Context,
        Inside = stored.Event.Inside,
    };

    // What bills beside the response's own usage has a context of its own: lines of one model and iteration, which are stored next to each other.
    private static int? PartOf(ImmutableArray<CostLine> lines, CostLine line) =>
        line.Iteration is null or "message" ? null : lines.Select(l => (l.Model, l.Iteration)).Distinct().Index().First(l => l.Item == (line.Model, line.Iteration)).Index;
}
