using McpBilling.Money;
using McpBilling.Pricing;

namespace McpBilling.Insights;

/// <summary>What one event of a type costs the builder, by assumption.</summary>
/// <param name="PerUnit">In whole assets per unit of the events' quantity.</param>
internal sealed record AssumedCost(string EventType, decimal PerUnit, Asset Asset);

/// <summary>Counts what one customer pays on one catalog, from the period's beginning on: what came before only leads up to it.</summary>
internal sealed class Tally(Instant from, IReadOnlyList<AssumedCost> costs)
{
    /// <summary>No product: a hold captured by plain amount, or usage that no price took.</summary>
    public const string NoProduct = "";

    private readonly Dictionary<(string Product, string Asset), (Asset Asset, long Units)> _charges = [];
    private readonly Dictionary<(string Product, int Cost), Exact> _used = [];
    private readonly Dictionary<string, Instant> _ranOut = new(StringComparer.Ordinal);

    /// <summary>Charges less what was given back, in units, per product and asset.</summary>
    public IEnumerable<(string Product, Asset Asset, long Units)> Charges => _charges.Select(c => (c.Key.Product, c.Value.Asset, c.Value.Units));

    /// <summary>When the last included credit in an asset was first used up.</summary>
    public IReadOnlyDictionary<string, Instant> RanOut => _ranOut;

    /// <summary>Events that could not be metered or priced, with the first reason.</summary>
    public long Refused { get; private set; }
    public string? FirstRefusal { get; private set; }

    /// <summary>Holds that could not be placed.</summary>
    public long HoldsRefused { get; private set; }

    /// <summary>Reversals that could not be carried out.</summary>
    public long ReversalsRefused { get; private set; }

    public void Charge(Instant at, string? product, Asset asset, long units)
    {
        if (at < from)
        {
            return;
        }
        var key = (product ?? NoProduct, asset.Id);
        _charges[key] = _charges.TryGetValue(key, out var before) ? (asset, checked(before.Units + units)) : (asset, units);
    }

    /// <summary>Notes what an event costs the builder, under the first product that charged it.</summary>
    public void Use(Instant at, string eventType, decimal quantity, string? product)
    {
        if (at < from)
        {
            return;
        }
        for (int i = 0; i < costs.Count; i++)
        {
            if (costs[i].EventType == eventType)
            {
                var key = (product ?? NoProduct, i);
                _used[key] = _used.GetValueOrDefault(key) + quantity;
            }
        }
    }

    /// <summary>What one event is assumed to cost in US dollars, for prices that charge by cost; null: no such cost is assumed of its type.</summary>
    public decimal? AssumedCostOf(string eventType, decimal quantity)
    {
        Exact? sum = null;
        foreach (var cost in costs)
        {
            if (cost.EventType == eventType && cost.Asset.Id == CostPlusPrice.Asset)
            {
                sum = (sum ?? Exact.Zero) + Exact.From(quantity) * cost.PerUnit;
            }
        }
        // Beyond the bound any figure is refused alike.
        return sum is { } known ? known > CostPlusPrice.MaxCost ? CostPlusPrice.MaxCost + 1 : known.ToDecimal(CostPlusPrice.CostDecimals) : null;
    }

    /// <summary>What the events cost, in units, rounded once per product and cost.</summary>
    /// <exception cref="OverflowException">Beyond 64 bits.</exception>
    public IEnumerable<(string Product, Asset Asset, long Units)> Costs => _used.Select(u =>
    {
        var cost = costs[u.Key.Cost];
        return (u.Key.Product, cost.Asset, (u.Value * cost.PerUnit).ToUnits(cost.Asset.Scale, cost.Asset.Rounding));
    });

    public void RunOut(Instant at, Asset asset)
    {
        if (at >= from)
        {
            _ranOut.TryAdd(asset.Id, at);
        }
    }

    public void Refuse(Instant at, string reason)
    {
        if (at >= from)
        {
            Refused++;
            FirstRefusal ??= reason;
        }
    }

    public void RefuseHold(Instant at) => HoldsRefused += at >= from ? 1 : 0;

    public void RefuseReversal(Instant at) => ReversalsRefused += at >= from ? 1 : 0;
}
