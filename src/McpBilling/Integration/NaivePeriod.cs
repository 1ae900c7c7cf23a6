using System.Numerics;
using McpBilling.Money;
using McpBilling.Usage;

namespace McpBilling.Integration;

/// <summary>One price version's period of one customer in the naive model.</summary>
internal sealed class NaivePeriod
{
    private readonly List<(string EventId, string Text, NaiveFraction Value, Instant At, long Order)> _values = [];
    private NaiveFraction _carriedQuantity;
    private NaiveFraction _carriedTotal;

    public NaiveFraction Quantity { get; set; } = NaiveFraction.Zero;
    public NaiveFraction Total { get; set; } = NaiveFraction.Zero;
    public long Events { get; set; }

    public NaivePeriod() => (_carriedQuantity, _carriedTotal) = (NaiveFraction.Zero, NaiveFraction.Zero);

    /// <summary>What the period begins with under a version that goes on from this one.</summary>
    public NaivePeriod CarriedTo(NaivePrice price)
    {
        var total = price.IsPerEvent ? Total : price.Total(Quantity);
        return new NaivePeriod { Quantity = Quantity, Events = Events, Total = total, _carriedQuantity = Quantity, _carriedTotal = total };
    }

    /// <summary>What the period owes of a total: never less than what it began with, which another version charged.</summary>
    public BigInteger Owed(NaivePrice price, NaiveFraction total) => BigInteger.Max(price.Rounded(total), price.Rounded(_carriedTotal));

    /// <summary>What an event adds to the quantity.</summary>
    public NaiveFraction Measure(NaiveMeter meter, UsageEvent e, Instant start, Instant end)
    {
        switch (meter.Aggregation)
        {
            case "count":
                return NaiveFraction.Of(1);
            case "sum":
                var value = meter.Property is null ? QuantityOf(e) : Number(meter, e);
                if (!meter.ByTime || end == Instant.Never)
                {
                    return value;
                }
                return (value * NaiveFraction.Of(end.Microseconds - e.Timestamp.Microseconds, end.Microseconds - start.Microseconds)).RoundTo(Money.Quantity.MaxDecimals);
            case "unique_count":
                return _values.Any(v => v.Text == Text(meter, e)) ? NaiveFraction.Zero : NaiveFraction.Of(1);
            case "max":
                return NaiveFraction.Max(NaiveFraction.Zero, Number(meter, e) - Quantity);
            default:
                return _values.All(v => v.At <= e.Timestamp) ? Number(meter, e) - Quantity : NaiveFraction.Zero;
        }
    }

    /// <summary>What an event measures to a price whose period is the event.</summary>
    public static NaiveFraction MeasureAlone(NaiveMeter meter, UsageEvent e) => meter.Aggregation switch
    {
        "count" or "unique_count" => NaiveFraction.Of(1),
        "sum" when meter.Property is null => QuantityOf(e),
        _ => Number(meter, e),
    };

    public void Remember(NaiveMeter meter, UsageEvent e, long order)
    {
        if (meter.Aggregation is "unique_count" or "max" or "latest")
        {
            _values.Add((e.Id, Text(meter, e), meter.Aggregation == "unique_count" ? NaiveFraction.Zero : Number(meter, e), e.Timestamp, order));
        }
    }

    /// <summary>The quantity without what is taken back of an event.</summary>
    public NaiveFraction Forget(NaiveMeter meter, UsageEvent e, NaiveFraction part)
    {
        if (meter.Aggregation is "count" or "sum")
        {
            return Quantity - part;
        }
        _values.RemoveAll(v => v.EventId == e.Id);
        return meter.Aggregation switch
        {
            "unique_count" => _values.Any(v => v.Text == Text(meter, e)) ? Quantity : Quantity - NaiveFraction.Of(1),
            "max" => _values.Select(v => v.Value).Append(_carriedQuantity).Max(),
            _ => _values.Count == 0 ? _carriedQuantity : _values.OrderBy(v => v.At).ThenBy(v => v.Order).Last().Value,
        };
    }

    private static NaiveFraction QuantityOf(UsageEvent e) => NaiveFraction.Parse(Money.Quantity.Format(e.Quantity));

    private static NaiveFraction Number(NaiveMeter meter, UsageEvent e) => NaiveFraction.Parse(Text(meter, e));

    private static string Text(NaiveMeter meter, UsageEvent e) => e.Properties.Values[meter.Property!];
}
