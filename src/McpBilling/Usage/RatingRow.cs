using McpBilling.Money;
using McpBilling.Pricing;

namespace McpBilling.Usage;

/// <summary>Which price version, and which of its periods. A period of one event has no row.</summary>
public readonly record struct RatingKey(long VersionKey, Instant PeriodStart);

/// <summary>What a price version has charged a customer in one rating period.</summary>
/// <param name="State">Quantity, events and exact total.</param>
/// <param name="Uses">Which grants paid.</param>
/// <param name="Charged">Sum of the charges, in units of the price's asset; equals what <paramref name="State"/> says (law 8).</param>
public sealed record RatingRow(PeriodState State, UseTrail Uses, long Charged)
{
    public string ToText() => State.ToText() + "|" + Uses.ToText();

    public static RatingRow Parse(string text, long charged)
    {
        int bar = text.IndexOf('|', StringComparison.Ordinal);
        return new(PeriodState.Parse(text[..bar]), UseTrail.Parse(text[(bar + 1)..]), charged);
    }
}

/// <summary>A value that a max, unique_count or latest meter has seen in one period.</summary>
/// <param name="Item">The value itself (max, unique_count) or the event's id (latest).</param>
/// <param name="Count">How many events that are not reversed have it; of a latest meter, whose values are one event's each, the order in which they were reported. 0: reversed.</param>
/// <param name="At">When it was reported (latest).</param>
/// <param name="Value">The number (max, latest).</param>
public sealed record MeterItem(string Item, long Count, Instant At, decimal Value);
