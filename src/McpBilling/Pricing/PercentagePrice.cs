using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary>
/// <c>percentage</c>: a percent of each event's amount and a fixed fee, clamped together. Allowances of free events and of a free amount: whichever
/// ends first ends both; the event that crosses the amount pays the whole fixed fee and the percent of its excess; a free event skips
/// the minimum. An event of amount 0 pays: it is an event. Source: pricing.md, Percentage.
/// </summary>
public sealed class PercentagePrice : PerEventModel
{
    private static readonly Exact Hundred = 100m;

    private readonly Exact _rate;
    private readonly Exact _fixed;
    private readonly Exact? _least;
    private readonly Exact? _most;
    private readonly long? _freeEvents;
    private readonly Exact? _freeAmount;

    private PercentagePrice(PriceFields fields)
    {
        var d = fields.Definition;
        _rate = fields.Required("percent", d.Percent) / Hundred;
        _fixed = fields.Optional("fixed_per_event", d.FixedPerEvent) ?? Exact.Zero;
        _least = fields.Optional("min_per_event", d.MinPerEvent);
        _most = fields.Optional("max_per_event", d.MaxPerEvent);
        _freeEvents = d.FreeEvents;
        _freeAmount = fields.Optional("free_amount", d.FreeAmount) ?? (d.FreeUnits is { } units ? Exact.From(units) : null);
        if (d.FreeEvents < 0)
        {
            fields.Wrong("free_events", "must not be negative", "Use 0.", allowed: "a whole number, not negative");
        }
        if (d.FreeAmount is not null && d.FreeUnits is not null)
        {
            fields.Wrong("free_units", "means the same as free_amount here, and both are given", "Remove free_units.", PriceFields.Json(d.FreeUnits.Value), "one of the two");
        }
        if (_least > _most)
        {
            fields.Wrong("max_per_event", "is below min_per_event", $"Use {PriceFields.Json(d.MinPerEvent!.Value)} or more.", PriceFields.Json(d.MaxPerEvent!.Value), $"{Quantity.Format(d.MinPerEvent!.Value)} or more");
        }
    }

    internal override bool TakesFreeUnits => true;

    public override Exact? Fee(in PricedEvent taken)
    {
        var charged = taken.Amount;
        if (IsWithinAllowances(taken))
        {
            if (_freeAmount is not { } free || taken.After <= free)
            {
                return Exact.Zero;
            }
            charged = taken.After - free;
        }
        var fee = charged * _rate + _fixed;
        fee = _least is { } least ? Exact.Max(fee, least) : fee;
        return _most is { } most ? Exact.Min(fee, most) : fee;
    }

    internal static PercentagePrice Read(PriceFields fields) => new(fields);

    private bool IsWithinAllowances(in PricedEvent taken) =>
        (_freeEvents is not null || _freeAmount is not null)
        && (_freeEvents is not { } events || taken.EventsBefore < events)
        && (_freeAmount is not { } amount || taken.Before < amount);
}
