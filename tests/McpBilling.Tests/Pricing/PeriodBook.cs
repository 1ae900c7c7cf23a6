using McpBilling.Money;
using McpBilling.Pricing;

namespace McpBilling.Tests.Pricing;

/// <summary>One customer's period under one price on a sum meter, as Usage will keep it: what was charged with each event stays with the event.</summary>
internal sealed class PeriodBook(Price price, Asset asset, PeriodState? carriedFrom = null)
{
    private readonly List<Taken> _taken = [];

    public PeriodState State { get; private set; } = price.Start(carriedFrom);

    /// <summary>Sum of the period's charges, in units.</summary>
    public long Charged { get; private set; }

    public bool Capped { get; private set; }

    public int Count => _taken.Count;

    public IEnumerable<(decimal Left, decimal QuantityBefore, long EventsBefore, IReadOnlyDictionary<string, string> Properties)> Remaining =>
        _taken.Select(t => (t.Left, t.QuantityBefore, t.EventsBefore, t.Properties));

    /// <returns>The event's charge in units; null when the price does not fit.</returns>
    public long? Add(decimal quantity, IReadOnlyDictionary<string, string>? properties = null)
    {
        properties ??= Prices.NoProperties;
        if (price.Add(State, State.Quantity + quantity, properties, asset) is not { } step)
        {
            return null;
        }
        _taken.Add(new(quantity, State.Quantity, State.Events, properties));
        return Keep(step);
    }

    /// <summary>Takes back a part of what is left of an event; all of it takes the event away.</summary>
    public long Remove(int index, decimal quantity)
    {
        var taken = _taken[index];
        decimal left = taken.Left - quantity;
        var step = price.Remove(State, State.Quantity - quantity, new RemovedEvent(taken.Left, left, taken.QuantityBefore, taken.EventsBefore, taken.Properties), asset);
        if (left == 0)
        {
            _taken.RemoveAt(index);
        }
        else
        {
            _taken[index] = taken with { Left = left };
        }
        return Keep(step);
    }

    private long Keep(PriceStep step)
    {
        // Through its text, as a store would.
        State = PeriodState.Parse(step.After.ToText());
        Assert.Equal(step.After, State);
        Charged += step.Charge;
        Capped = step.Capped;
        Assert.Equal(price.Charged(State, asset), Charged);
        return step.Charge;
    }

    private sealed record Taken(decimal Left, decimal QuantityBefore, long EventsBefore, IReadOnlyDictionary<string, string> Properties);
}
