using System.Globalization;
using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary>
/// What one price version has rated in one rating period of one customer. The period's charges always sum to
/// round(cap(<see cref="Total"/>)) − round(cap(<see cref="OffsetTotal"/>)), or zero where that is negative.
/// </summary>
/// <param name="Quantity">The meter's quantity.</param>
/// <param name="Events">Events taken and not wholly reversed.</param>
/// <param name="Total">Their exact price, before the cap and the rounding.</param>
/// <param name="OffsetQuantity">The quantity carried from the version before, which this one never charges.</param>
/// <param name="OffsetTotal">What stands for the carried part inside <paramref name="Total"/>.</param>
public sealed record PeriodState(decimal Quantity, long Events, Exact Total, decimal OffsetQuantity, Exact OffsetTotal)
{
    private const char Separator = ';';

    /// <summary>A period in which nothing has happened.</summary>
    public static PeriodState Empty { get; } = new(0, 0, Exact.Zero, 0, Exact.Zero);

    /// <summary><c>quantity;events;total</c>, and <c>;quantity;total</c> of a carried part where there is one.</summary>
    public string ToText()
    {
        string own = string.Create(CultureInfo.InvariantCulture, $"{Money.Quantity.Format(Quantity)};{Events};{Total}");
        return OffsetQuantity == 0 && OffsetTotal.IsZero ? own : $"{own};{Money.Quantity.Format(OffsetQuantity)};{OffsetTotal}";
    }

    /// <exception cref="FormatException">Not a text of <see cref="ToText"/>.</exception>
    public static PeriodState Parse(string text)
    {
        string[] parts = text.Split(Separator);
        return parts.Length switch
        {
            3 => new(Number(parts[0]), Count(parts[1]), Exact.Parse(parts[2]), 0, Exact.Zero),
            5 => new(Number(parts[0]), Count(parts[1]), Exact.Parse(parts[2]), Number(parts[3]), Exact.Parse(parts[4])),
            _ => throw new FormatException($"\"{text}\" is not a period's state"),
        };
    }

    private static decimal Number(string text) =>
        decimal.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    private static long Count(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}

/// <summary>What one event, or one reversal, does to a period.</summary>
/// <param name="After">The period's state to keep.</param>
/// <param name="Charge">In units of the asset; negative when the period's price fell.</param>
/// <param name="Capped">The period costs its <c>max_per_period</c> now.</param>
public readonly record struct PriceStep(PeriodState After, long Charge, bool Capped);

/// <summary>What was kept with the charge of an event that is now reversed, whole or in part.</summary>
/// <param name="LeftBefore">What is left of the quantity that the event added to its period, before this reversal.</param>
/// <param name="LeftAfter">The same after it; 0 when the event is reversed whole.</param>
/// <param name="QuantityBefore">The period's quantity just before the event was taken.</param>
/// <param name="EventsBefore">The period's events just before the event was taken.</param>
/// <param name="Properties">The event's properties.</param>
public readonly record struct RemovedEvent(
    decimal LeftBefore, decimal LeftAfter, decimal QuantityBefore, long EventsBefore, IReadOnlyDictionary<string, string> Properties);
