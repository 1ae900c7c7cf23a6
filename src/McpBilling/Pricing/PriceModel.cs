using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary>
/// How usage becomes money, before the terms around it (free units, rounding of the quantity, cap) and without any rounding.
/// Two kinds: <see cref="CumulativeModel"/> and <see cref="PerEventModel"/>. Pure, immutable. Source: pricing.md, Price models.
/// </summary>
public abstract class PriceModel
{
    private protected PriceModel()
    {
    }

    /// <summary>True when the model itself gives away the first units, so that the terms around it must not do it again.</summary>
    internal virtual bool TakesFreeUnits => false;

    /// <summary>True when the quantity is what the event cost, in US dollars, whatever its meter measures.</summary>
    internal virtual bool TakesCost => false;
}

/// <summary>A model that prices a period's quantity as a whole; an event costs what it adds to that.</summary>
public abstract class CumulativeModel : PriceModel
{
    /// <summary>The price of a period's billable quantity (in meter units, not negative). Zero costs zero.</summary>
    public abstract Exact Total(Exact quantity);
}

/// <summary>A model that prices each event by itself; a period costs the sum.</summary>
public abstract class PerEventModel : PriceModel
{
    /// <summary>The fee of one event; null when the model has no price for its properties.</summary>
    public abstract Exact? Fee(in PricedEvent taken);
}

/// <summary>An event as a per-event model sees it.</summary>
/// <param name="Before">The period's billable quantity before the event.</param>
/// <param name="After">The same after it, never less: an event that lowers the quantity has no amount of its own.</param>
/// <param name="EventsBefore">The period's events before it.</param>
/// <param name="Properties">The event's properties, as text.</param>
public readonly record struct PricedEvent(Exact Before, Exact After, long EventsBefore, IReadOnlyDictionary<string, string> Properties)
{
    public Exact Amount => After - Before;
}
