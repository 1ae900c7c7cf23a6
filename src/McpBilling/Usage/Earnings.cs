using System.Collections.Immutable;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>
/// What a command earned in US dollars, beside what it cost: charges in dollars as they are, and of other assets the share of what was paid for the credit that
/// they used. Credit given away earns nothing; debt in another asset earns when it is settled with paid credit.
/// </summary>
public readonly record struct Earnings
{
    private readonly UsageSession session;
    private readonly Instant now;

    private Earnings(UsageSession session, Instant now) => (this.session, this.now) = (session, now);

    public static Earnings Of(UsageSession session, Instant now) => new(session, now);

    public void AddTo(CostSums sums)
    {
        var grants = session.Grants;
        decimal dollars = 0;
        foreach (var entry in session.Entries)
        {
            dollars += Of(entry, key => grants.FirstOrDefault(g => g.Grant.Key == key).Grant?.CostBasis);
        }
        var (e, charges) = session.NewEvent is { } added ? (added.Event, added.Charges) : session.Reversed is { } reversed ? (reversed.Event, reversed.Charges) : (null, []);
        bool isCharged = session.NewEvent is not null && !charges.IsEmpty;
        if (dollars == 0 && !isCharged)
        {
            return;
        }
        sums.AddRevenue(
            CostEvent.DayOf(e?.Timestamp ?? now), session.Customer.Id, e?.Subject, e?.Feature, session.NewCost?.Event.ModelKey, isCharged ? 1 : 0, dollars,
            ByProduct(charges, dollars, session.Facts.Catalog, session.NewEvent is not null));
    }

    /// <summary>What one line of the ledger earned, in US dollars.</summary>
    /// <param name="basisOf">What was paid for a grant.</param>
    public static decimal Of(Entry entry, Func<long, CostBasis?> basisOf)
    {
        if (entry.Asset.Id == CostMoney.Currency)
        {
            return entry.Counter == CounterAccount.Revenue ? -entry.Amount / (decimal)entry.Asset.UnitsPerWhole : 0;
        }
        if (entry.CostBasis == 0 || entry.Kind is not (EntryKind.Used or EntryKind.Returned or EntryKind.DebtSettled))
        {
            return 0;
        }
        return entry.GrantKey is { } key && basisOf(key) is { Currency: { Id: CostMoney.Currency } usd } ? entry.CostBasis / (decimal)usd.UnitsPerWhole : 0;
    }

    /// <summary>What each product earned of it: charges in dollars say so; the rest, which credit in other assets earned, is the first other charge's.</summary>
    /// <param name="isNew">The event itself; false: a reversal, whose charges say nothing of what was given back.</param>
    public static IReadOnlyDictionary<string, decimal> ByProduct(ImmutableArray<EventCharge> charges, decimal dollars, CatalogSnapshot catalog, bool isNew)
    {
        var products = new Dictionary<string, decimal>(StringComparer.Ordinal);
        if (charges.IsEmpty)
        {
            return products;
        }
        var versions = catalog.Versions;
        decimal rest = dollars;
        foreach (var charge in charges)
        {
            var version = versions[charge.VersionKey];
            decimal own = version.Asset.Id == CostMoney.Currency && isNew ? charge.Amount / (decimal)version.Asset.UnitsPerWhole : 0;
            products[version.ProductId] = products.GetValueOrDefault(version.ProductId) + own;
            rest -= own;
        }
        string other = versions[(charges.FirstOrDefault(c => versions[c.VersionKey].Asset.Id != CostMoney.Currency) ?? charges[0]).VersionKey].ProductId;
        products[other] += rest;
        return products;
    }
}
