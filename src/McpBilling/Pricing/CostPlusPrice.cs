using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary>
/// <c>cost_plus</c>: what the event cost in US dollars, raised by the markup, and a fixed fee. Its quantity is the event's cost, not what the meter measures; so
/// free units are dollars of cost. An event wholly within them costs nothing; the one that crosses pays the whole fixed fee, and its excess raised by the markup.
/// </summary>
public sealed class CostPlusPrice : PerEventModel
{
    /// <summary>What costs are counted in, and so the only asset that a charge by cost can have: there is no rate to another.</summary>
    public const string Asset = "usd";

    /// <summary>Decimals that a cost has at most.</summary>
    public const int CostDecimals = 18;

    /// <summary>The greatest cost of one period, 10^10 dollars: with its decimals it still fits the 28 digits of a decimal.</summary>
    public const decimal MaxCost = 10_000_000_000m;

    private static readonly Exact Hundred = 100m;

    private readonly Exact _factor;
    private readonly Exact _fixed;
    private readonly Exact _free;

    private CostPlusPrice(PriceFields fields)
    {
        var d = fields.Definition;
        _factor = (Hundred + fields.Required("markup_percent", d.MarkupPercent)) / Hundred;
        _fixed = fields.Optional("fixed_per_event", d.FixedPerEvent) ?? Exact.Zero;
        _free = d.FreeUnits is { } free ? Exact.From(free) : Exact.Zero;
        if (d.Asset != Asset)
        {
            fields.Wrong(
                "asset", $"costs are US dollars, and nothing says how many {d.Asset} a dollar is", $"Set asset to \"{Asset}\"; or charge {d.Asset} by a percentage price on a meter of an event property that your app fills.",
                $"\"{d.Asset}\"", $"\"{Asset}\"");
        }
    }

    internal override bool TakesFreeUnits => true;

    internal override bool TakesCost => true;

    public override Exact? Fee(in PricedEvent taken)
    {
        if (taken.Before >= _free)
        {
            return taken.Amount * _factor + _fixed;
        }
        return taken.After <= _free ? Exact.Zero : (taken.After - _free) * _factor + _fixed;
    }

    internal static CostPlusPrice Read(PriceFields fields) => new(fields);
}
