using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Usage;

/// <summary>What an event means to one meter in one period: the quantity afterwards, and the value remembered for meters that need their past.</summary>
/// <param name="Contribution">What the event adds to the period's quantity; below zero when a latest value is lower.</param>
/// <param name="Item">A value to remember (max, unique_count, latest); null for sums and counts.</param>
public readonly record struct Metered(decimal Contribution, MeterItem? Item);

/// <summary>The aggregations of pricing.md.</summary>
public static class Metering
{
    /// <summary>Takes an event into a period whose quantity is <paramref name="quantity"/>.</summary>
    /// <exception cref="BillingException"><c>invalid_event</c>, naming the property; <c>amount_invalid</c> beyond the bounds.</exception>
    public static Metered Take(MeterDefinition meter, UsageEvent e, decimal quantity, RatingKey key, (Instant Start, Instant End) period, UsageSession session)
    {
        switch (meter.Aggregation)
        {
            case Aggregation.Count:
                return new(Within(quantity, 1), null);
            case Aggregation.Sum:
                decimal value = meter.Property is { } summed ? Number(meter, e, summed) : e.Quantity;
                return new(Within(quantity, meter.WeightBy is null ? value : Weighted(value, e.Timestamp, period)), null);
            case Aggregation.UniqueCount:
                string text = Text(meter, e);
                var seen = session.Item(key, text);
                return new(seen is { Count: > 0 } ? 0 : 1, new MeterItem(text, (seen?.Count ?? 0) + 1, e.Timestamp, 0));
            case Aggregation.Max:
                decimal high = Number(meter, e, meter.Property!);
                string item = Quantity.Format(high);
                return new(Math.Max(0, high - quantity), new MeterItem(item, (session.Item(key, item)?.Count ?? 0) + 1, e.Timestamp, high));
            default:
                decimal latest = Number(meter, e, meter.Property!);
                // Of two values of one instant the later reported is the latest, also once others are taken back: so they are numbered.
                var (isLatest, reported) = (true, 0L);
                foreach (var other in session.ItemsOf(key))
                {
                    isLatest &= other.At <= e.Timestamp;
                    reported = Math.Max(reported, other.Count);
                }
                return new(isLatest ? latest - quantity : 0, new MeterItem(e.Id, reported + 1, e.Timestamp, latest));
        }
    }

    /// <summary>Whether the meter can take the event, whatever it is charged by.</summary>
    /// <exception cref="BillingException"><c>invalid_event</c>, naming the property.</exception>
    public static void Check(MeterDefinition meter, UsageEvent e)
    {
        if (meter.Property is { } property && meter.Aggregation is not Aggregation.Count)
        {
            _ = meter.Aggregation is Aggregation.UniqueCount ? Text(meter, e) : Number(meter, e, property).ToString();
        }
    }

    /// <summary>What an event is to a price whose period is the event itself: nothing before it counts, and nothing of it is remembered.</summary>
    public static Metered TakeAlone(MeterDefinition meter, UsageEvent e) => new(meter.Aggregation switch
    {
        Aggregation.Count => 1,
        Aggregation.Sum when meter.Property is null => Within(0, e.Quantity),
        Aggregation.UniqueCount => Text(meter, e) is null ? 0 : 1,
        _ => Number(meter, e, meter.Property!),
    }, null);

    /// <summary>What an event is to a price that charges by cost: its cost, whatever the meter measures.</summary>
    /// <param name="quantity">What the period has cost so far.</param>
    /// <param name="told">The cost that came with the event; null: none.</param>
    /// <exception cref="BillingException"><c>cost_unpriced</c>; <c>amount_invalid</c> beyond the bounds.</exception>
    public static Metered TakeCost(string priceId, UsageEvent e, decimal quantity, CostEvent? told)
    {
        if (e.Cost is not { } cost)
        {
            string why = told is null ? "was not sent. Add cost: the provider's response"
                : $"is not known ({told.Cost.Reason ?? "no price"}), which is not the same as nothing. Add a price for {told.ModelKey} with set_model_price";
            throw new BillingException(ErrorCode.CostUnpriced, $"cost: the price {priceId} charges what the event cost and a markup, and what it cost {why}.", "cost");
        }
        return quantity + cost <= CostPlusPrice.MaxCost
            ? new(cost, null)
            : throw new BillingException(ErrorCode.AmountInvalid, "cost: the rating period's cost would be beyond 10^10 dollars.", "cost");
    }

    /// <summary>Takes an event out again: the period's quantity without it, and the value to forget.</summary>
    /// <param name="carried">The quantity that the period began with under this version, which stays whatever is taken back.</param>
    public static (decimal Quantity, MeterItem? Item) TakeBack(
        MeterDefinition meter, UsageEvent e, decimal quantity, decimal part, RatingKey key, decimal carried, UsageSession session)
    {
        switch (meter.Aggregation)
        {
            case Aggregation.Count or Aggregation.Sum:
                return (quantity - part, null);
            case Aggregation.UniqueCount:
                var seen = Forget(session, key, Text(meter, e));
                return (seen.Count == 0 ? quantity - 1 : quantity, seen);
            case Aggregation.Max:
                var high = Forget(session, key, Quantity.Format(Number(meter, e, meter.Property!)));
                return (session.ItemsOf(key).Where(i => i.Item != high.Item || high.Count > 0).Select(i => i.Value).Append(carried).Max(), high);
            default:
                var latest = session.Item(key, e.Id)! with { Count = 0 };
                var rest = session.ItemsOf(key).Where(i => i.Item != latest.Item).OrderBy(i => i.At).ThenBy(i => i.Count).ToList();
                return (rest.Count == 0 ? carried : rest[^1].Value, latest);
        }
    }

    /// <summary>Only sums and counts can be taken back in part.</summary>
    public static bool CanSplit(MeterDefinition meter) => meter.Aggregation is Aggregation.Sum or Aggregation.Count;

    private static MeterItem Forget(UsageSession session, RatingKey key, string item)
    {
        var seen = session.Item(key, item)!;
        return seen with { Count = seen.Count - 1 };
    }

    // Seats and storage: a value counts for the part of the period that is left of it (12 decimals, half to even).
    private static decimal Weighted(decimal value, Instant at, (Instant Start, Instant End) period)
    {
        if (period.End == Instant.Never)
        {
            return value;
        }
        var share = Exact.From((period.End - at).Ticks) / Exact.From((period.End - period.Start).Ticks);
        return (Exact.From(value) * share).ToDecimal(Quantity.MaxDecimals);
    }

    // A decimal keeps 28 digits: beyond the bound of a quantity sums would be rounded silently.
    private static decimal Within(decimal before, decimal added) =>
        before + added <= Quantity.Max
            ? added
            : throw new BillingException(ErrorCode.AmountInvalid, "quantity: the rating period's quantity would be beyond 10^15.", "quantity");

    private static string Text(MeterDefinition meter, UsageEvent e) =>
        e.Properties.Values.TryGetValue(meter.Property!, out string? text) ? text : throw Missing(meter, meter.Property!);

    private static decimal Number(MeterDefinition meter, UsageEvent e, string property)
    {
        if (!e.Properties.Values.TryGetValue(property, out string? text))
        {
            throw Missing(meter, property);
        }
        if (Quantity.TryParse(text, allowExponent: true, out decimal value) is { } wrong)
        {
            throw new BillingException(ErrorCode.InvalidEvent, $"properties.{property} {wrong}; the meter {meter.Id} needs a number.", $"properties.{property}");
        }
        return value >= 0
            ? value
            : throw new BillingException(ErrorCode.InvalidEvent, $"properties.{property} is {text}: it must not be negative.", $"properties.{property}");
    }

    private static BillingException Missing(MeterDefinition meter, string property) =>
        new(ErrorCode.InvalidEvent, $"properties.{property} is missing; the meter {meter.Id} needs it. Add properties.{property}: how much was used.", $"properties.{property}");
}
