using McpBilling.Money;

namespace McpBilling.Insights;

/// <summary>What one customer, or many who do the same, pay and cost: units per asset.</summary>
/// <param name="Count">How many customers this is.</param>
internal sealed record CustomerFigures(
    string Id, long Count, IReadOnlyList<(string Asset, long Units)> Now, IReadOnlyList<(string Asset, long Units)>? Then, IReadOnlyList<(string Asset, long Units)> Cost)
{
    public static long In(IReadOnlyList<(string Asset, long Units)>? amounts, string asset)
    {
        foreach (var (id, units) in amounts ?? [])
        {
            if (id == asset)
            {
                return units;
            }
        }
        return 0;
    }
}

/// <summary>One product in one asset, over all customers.</summary>
internal sealed class ProductFigures
{
    public Int128 Now { get; set; }
    public Int128 Then { get; set; }
    public Int128 CostNow { get; set; }
    public Int128 CostThen { get; set; }
    public long More { get; set; }
    public long Less { get; set; }

    public void Add(ProductFigures other)
    {
        (Now, Then) = (Now + other.Now, Then + other.Then);
        (CostNow, CostThen) = (CostNow + other.CostNow, CostThen + other.CostThen);
        (More, Less) = (More + other.More, Less + other.Less);
    }
}

/// <summary>Adds customers up. Each worker has one of its own; whole numbers make the sum the same in any order.</summary>
internal sealed class SimulationPart(bool hasDraft)
{
    public List<CustomerFigures> Customers { get; } = [];
    public Dictionary<(string Product, string Asset), ProductFigures> Products { get; } = [];
    public Dictionary<string, Asset> Assets { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, (long Customers, Instant First)> RanOutNow { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, (long Customers, Instant First)> RanOutThen { get; } = new(StringComparer.Ordinal);
    public SimulationTrouble Now { get; } = new();
    public SimulationTrouble Then { get; } = new();
    public bool HasDraft { get; } = hasDraft;

    public void Add(string id, long count, Tally now, Tally? then)
    {
        var before = new Dictionary<(string Product, string Asset), long>();
        foreach (var (product, asset, units) in now.Charges)
        {
            Product(product, asset).Now += (Int128)units * count;
            before[(product, asset.Id)] = units;
        }
        foreach (var (product, asset, units) in then?.Charges ?? [])
        {
            Product(product, asset).Then += (Int128)units * count;
            before.Remove((product, asset.Id), out long paid);
            Move(product, asset.Id, paid, units, count);
        }
        if (then is not null)
        {
            foreach (var ((product, asset), paid) in before)
            {
                Move(product, asset, paid, 0, count);
            }
        }
        foreach (var (product, asset, units) in now.Costs)
        {
            Product(product, asset).CostNow += (Int128)units * count;
        }
        foreach (var (product, asset, units) in then?.Costs ?? [])
        {
            Product(product, asset).CostThen += (Int128)units * count;
        }
        Note(RanOutNow, now, count);
        Now.Add(now, count);
        if (then is not null)
        {
            Note(RanOutThen, then, count);
            Then.Add(then, count);
        }
        Customers.Add(new CustomerFigures(id, count, PerAsset(now.Charges), then is null ? null : PerAsset(then.Charges), PerAsset(now.Costs)));
    }

    public void Add(SimulationPart other)
    {
        Customers.AddRange(other.Customers);
        foreach (var (id, asset) in other.Assets)
        {
            Assets.TryAdd(id, asset);
        }
        foreach (var (key, figures) in other.Products)
        {
            Product(key.Product, Assets[key.Asset]).Add(figures);
        }
        foreach (var (mine, its) in new[] { (RanOutNow, other.RanOutNow), (RanOutThen, other.RanOutThen) })
        {
            foreach (var (asset, ran) in its)
            {
                Note(mine, asset, ran.Customers, ran.First);
            }
        }
        Now.Add(other.Now);
        Then.Add(other.Then);
    }

    private ProductFigures Product(string product, Asset asset)
    {
        Assets.TryAdd(asset.Id, asset);
        if (!Products.TryGetValue((product, asset.Id), out var figures))
        {
            Products[(product, asset.Id)] = figures = new();
        }
        return figures;
    }

    private void Move(string product, string asset, long paid, long pays, long count)
    {
        var figures = Products[(product, asset)];
        figures.More += pays > paid ? count : 0;
        figures.Less += pays < paid ? count : 0;
    }

    private static void Note(Dictionary<string, (long, Instant)> all, Tally tally, long count)
    {
        foreach (var (asset, at) in tally.RanOut)
        {
            Note(all, asset, count, at);
        }
    }

    private static void Note(Dictionary<string, (long Customers, Instant First)> all, string asset, long count, Instant at) =>
        all[asset] = all.TryGetValue(asset, out var ran) ? (ran.Customers + count, Instant.Min(ran.First, at)) : (count, at);

    private static IReadOnlyList<(string, long)> PerAsset(IEnumerable<(string Product, Asset Asset, long Units)> amounts) =>
        [.. amounts.GroupBy(a => a.Asset.Id, StringComparer.Ordinal).Select(g => (g.Key, g.Aggregate(0L, (sum, a) => checked(sum + a.Units))))];
}

/// <summary>What could not be carried out on one catalog, so that the answer can say so.</summary>
internal sealed class SimulationTrouble
{
    public long Refused { get; private set; }
    public string? FirstRefusal { get; private set; }
    public long Holds { get; private set; }
    public long Reversals { get; private set; }

    public void Add(Tally tally, long count)
    {
        Refused += tally.Refused * count;
        FirstRefusal ??= tally.FirstRefusal;
        Holds += tally.HoldsRefused * count;
        Reversals += tally.ReversalsRefused * count;
    }

    public void Add(SimulationTrouble other)
    {
        Refused += other.Refused;
        FirstRefusal ??= other.FirstRefusal;
        Holds += other.Holds;
        Reversals += other.Reversals;
    }
}
