using System.Numerics;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Insights;

/// <summary>Writes what the parts add up to.</summary>
internal sealed class SimulationReport(SimulationPart part, bool hasCosts, int limit)
{
    private readonly IReadOnlyList<Asset> assets = [.. part.Assets.Values.OrderBy(a => a.Id, StringComparer.Ordinal)];
    private readonly long customers = part.Customers.Sum(c => c.Count);

    /// <summary>Customers, each counted.</summary>
    public long Customers => customers;

    private bool HasDraft => part.HasDraft;

    private IEnumerable<Asset> CostAssets => assets.Where(a => part.Customers.Any(c => c.Cost.Any(x => x.Asset == a.Id)));

    public SimulatedFigures Figures(bool then) => new()
    {
        Revenue = [.. assets.Where(a => HasRevenue(a)).Select(a => Of(a, Sum(a, p => then ? p.Then : p.Now)))],
        Cost = hasCosts ? [.. CostAssets.Select(a => Of(a, Sum(a, p => then ? p.CostThen : p.CostNow)))] : null,
        Margin = hasCosts ? [.. CostAssets.Select(a => Of(a, Sum(a, p => then ? p.Then - p.CostThen : p.Now - p.CostNow)))] : null,
        UnprofitableCustomers = hasCosts ? part.Customers.Where(c => CostAssets.Any(a => Margin(c, a, then) < 0)).Sum(c => c.Count) : null,
        Percentiles = [.. assets.Where(a => HasRevenue(a)).Select(a => PercentilesOf(a, then))],
        RanOutOfCredit = [.. (then ? part.RanOutThen : part.RanOutNow).OrderBy(r => r.Key, StringComparer.Ordinal)
            .Select(r => new RanOutOfCredit { Asset = r.Key, Customers = r.Value.Customers, First = r.Value.First })],
    };

    public IReadOnlyList<SimulatedProduct> Products() =>
        [.. part.Products.OrderBy(p => p.Key.Product, StringComparer.Ordinal).ThenBy(p => p.Key.Asset, StringComparer.Ordinal).Select(p => Product(p.Key.Product, part.Assets[p.Key.Asset], p.Value))];

    public IReadOnlyList<SimulatedMoves>? Moves() => !HasDraft ? null :
    [
        .. assets.Where(a => HasRevenue(a)).Select(a =>
        {
            long more = 0, less = 0;
            foreach (var c in part.Customers)
            {
                long change = Change(c, a);
                more += change > 0 ? c.Count : 0;
                less += change < 0 ? c.Count : 0;
            }
            return new SimulatedMoves { Asset = a.Id, PayMore = more, PayLess = less, Same = customers - more - less };
        }),
    ];

    /// <summary>Who pays more (1) or less (−1) on the draft: per asset by how much, the greatest first.</summary>
    public IReadOnlyList<SimulatedCustomerLine>? Changed(int sign) => !HasDraft ? null : Lines((c, a) => sign * Change(c, a));

    public IReadOnlyList<SimulatedCustomerLine>? PayMost() => HasDraft ? null : Lines((c, a) => CustomerFigures.In(c.Now, a.Id));

    public IReadOnlyList<UnprofitableCustomer>? Unprofitable() => !hasCosts ? null :
    [
        .. CostAssets.SelectMany(a => part.Customers.Where(c => Margin(c, a, HasDraft) < 0).OrderBy(c => Margin(c, a, HasDraft)).ThenBy(c => c.Id, StringComparer.Ordinal).Take(limit)
            .Select(c => new UnprofitableCustomer
            {
                CustomerId = c.Id,
                Customers = c.Count > 1 ? c.Count : null,
                Asset = a.Id,
                Cost = Text(a, CustomerFigures.In(c.Cost, a.Id)),
                PresentMargin = Text(a, Margin(c, a, false)),
                DraftMargin = HasDraft ? Text(a, Margin(c, a, true)) : null,
            })),
    ];

    /// <summary>Decimal text of a sum, which may be beyond what one account can hold.</summary>
    public static string Text(Asset asset, Int128 units)
    {
        if (units >= long.MinValue && units <= long.MaxValue)
        {
            return new Amount(asset, (long)units).ToString();
        }
        var (whole, rest) = BigInteger.DivRem(BigInteger.Abs((BigInteger)units), asset.UnitsPerWhole);
        string fraction = asset.Scale == 0 ? "" : ((long)rest).ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(asset.Scale, '0').TrimEnd('0').PadRight(asset.MinorDigits, '0');
        return (units < 0 ? "-" : "") + whole.ToString(System.Globalization.CultureInfo.InvariantCulture) + (fraction.Length == 0 ? "" : "." + fraction);
    }

    private static AssetAmount Of(Asset asset, Int128 units) => new() { Asset = asset.Id, Amount = Text(asset, units) };

    // An asset that only costs are counted in has no revenue to speak of.
    private bool HasRevenue(Asset asset) => part.Customers.Any(c => c.Now.Any(x => x.Asset == asset.Id) || c.Then?.Any(x => x.Asset == asset.Id) == true);

    private Int128 Sum(Asset asset, Func<ProductFigures, Int128> figure)
    {
        Int128 sum = 0;
        foreach (var (key, figures) in part.Products)
        {
            sum += key.Asset == asset.Id ? figure(figures) : 0;
        }
        return sum;
    }

    private static long Change(CustomerFigures c, Asset a) => checked(CustomerFigures.In(c.Then, a.Id) - CustomerFigures.In(c.Now, a.Id));

    private static long Margin(CustomerFigures c, Asset a, bool then) => checked(CustomerFigures.In(then ? c.Then : c.Now, a.Id) - CustomerFigures.In(c.Cost, a.Id));

    private IReadOnlyList<SimulatedCustomerLine> Lines(Func<CustomerFigures, Asset, long> weight) =>
    [
        .. assets.SelectMany(a => part.Customers.Where(c => weight(c, a) > 0).OrderByDescending(c => weight(c, a)).ThenBy(c => c.Id, StringComparer.Ordinal).Take(limit)
            .Select(c => new SimulatedCustomerLine
            {
                CustomerId = c.Id,
                Customers = c.Count > 1 ? c.Count : null,
                Asset = a.Id,
                Present = Text(a, CustomerFigures.In(c.Now, a.Id)),
                Draft = HasDraft ? Text(a, CustomerFigures.In(c.Then, a.Id)) : null,
                Change = HasDraft ? Text(a, Change(c, a)) : null,
            })),
    ];

    private SimulatedProduct Product(string product, Asset asset, ProductFigures p)
    {
        bool costs = p.CostNow != 0 || p.CostThen != 0;
        return new()
        {
            Product = product == Tally.NoProduct ? null : product,
            Asset = asset.Id,
            Present = Text(asset, p.Now),
            Draft = HasDraft ? Text(asset, p.Then) : null,
            Change = HasDraft ? Text(asset, p.Then - p.Now) : null,
            PayMore = HasDraft ? p.More : null,
            PayLess = HasDraft ? p.Less : null,
            PresentCost = costs ? Text(asset, p.CostNow) : null,
            PresentMargin = costs ? Text(asset, p.Now - p.CostNow) : null,
            DraftCost = costs && HasDraft ? Text(asset, p.CostThen) : null,
            DraftMargin = costs && HasDraft ? Text(asset, p.Then - p.CostThen) : null,
        };
    }

    private PaidPercentiles PercentilesOf(Asset asset, bool then)
    {
        var paying = part.Customers.Select(c => (CustomerFigures.In(then ? c.Then : c.Now, asset.Id), c.Count));
        long[] p = Percentiles.Of(paying, 10, 50, 75, 90, 95, 99);
        string Say(int i) => Text(asset, p[i]);
        return new() { Asset = asset.Id, P10 = Say(0), P50 = Say(1), P75 = Say(2), P90 = Say(3), P95 = Say(4), P99 = Say(5) };
    }
}
