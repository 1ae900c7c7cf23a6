using System.Collections.Immutable;
using McpBilling.Catalog;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>One charge of an event, rated but not debited yet.</summary>
/// <param name="Version">The price version of the event's own time.</param>
/// <param name="Key">Its rating period.</param>
/// <param name="Before">The period's row before the event.</param>
/// <param name="Metered">What the event adds to the meter.</param>
/// <param name="Step">The period after the event, and the charge.</param>
public sealed record RatedCharge(PriceVersion Version, RatingKey Key, RatingRow Before, Metered Metered, PriceStep Step)
{
    public Asset Asset => Version.Asset;

    /// <summary>Where a hold's line finds its charge again.</summary>
    public string Purpose => Rating.Purpose(Version.ProductId, Version.Meter.Id);
}

/// <summary>From an event to its charges: which meters take it, which prices apply, what each costs. pricing.md, "From an event to a charge".</summary>
public static class Rating
{
    /// <summary>Rates an event. Changes nothing: <see cref="Keep"/> does.</summary>
    /// <param name="hold">The hold that is being captured: it fixes the asset where a product's assets are alternatives.</param>
    /// <exception cref="BillingException"><c>invalid_event</c>: a meter's property is missing or not a number; <c>cost_unpriced</c>: a price charges by a cost that is not known.</exception>
    public static List<RatedCharge> Rate(UsageEvent e, UsageSession session, Hold? hold)
    {
        // Every meter that fits takes the event, also one that nothing is charged by: what it cannot measure is not recorded.
        foreach (var meter in session.Facts.Catalog.MetersOf(e.EventType))
        {
            if (meter.Fits(e.Properties.Values))
            {
                Metering.Check(meter.Definition, e);
            }
        }
        var charges = new List<RatedCharge>();
        foreach (var group in session.Facts.Catalog.GroupsOf(e.EventType))
        {
            if (!group.Meter.Fits(e.Properties.Values))
            {
                continue;
            }
            if (group.Charge == ChargeMode.FirstAffordable)
            {
                if (First(group, e, session, hold, charges) is { } chosen)
                {
                    charges.Add(chosen);
                }
                continue;
            }
            foreach (var prices in group.Assets)
            {
                if (One(prices, e, session) is { } charge)
                {
                    charges.Add(charge);
                }
            }
        }
        return charges;
    }

    /// <summary>The periods in which an event would be rated, whatever it is charged in.</summary>
    internal static IEnumerable<RatingKey> Periods(string eventType, EventProperties? properties, Instant at, CatalogSnapshot catalog)
    {
        var values = (properties ?? EventProperties.None).Values;
        return from g in catalog.GroupsOf(eventType)
               where g.Meter.Fits(values)
               from prices in g.Assets
               let version = prices.At(at, values)
               where version is not null && version.Definition.Period != RatingPeriod.Event
               select new RatingKey(version.Key, RatingPeriods.Of(version.Definition.Period, at, catalog.TimeZone).Start);
    }

    /// <summary>Where a hold's line finds the charge of a product and meter again.</summary>
    internal static string Purpose(string productId, string meterId) => productId + "/" + meterId;

    /// <summary>Why nothing was charged, in words for whoever mistyped something; null when something was.</summary>
    public static string? Warning(UsageEvent e, List<RatedCharge> charges, CatalogSnapshot catalog)
    {
        if (charges.Count > 0)
        {
            return null;
        }
        string known = catalog.MetersOf(e.EventType).Count > 0
            ? "a meter takes this event type, but its filter, or every price's where, excludes these properties"
            : catalog.NearestEventType(e.EventType) is { } near ? $"did you mean '{near}'?" : "no meter takes this event type; define one with define_meter";
        return $"no_matching_price: {WalletSession.Shown(e.EventType)} was charged nothing: {known}";
    }

    /// <summary>Remembers what rated charges did to their periods, once the debits are known.</summary>
    /// <param name="shares">For each charge the buckets that paid, empty for what was given back.</param>
    /// <param name="rests">For each charge the stack after a give-back; null where nothing was given back.</param>
    public static ImmutableArray<EventCharge> Keep(List<RatedCharge> charges, IReadOnlyList<ImmutableArray<Share>> shares, IReadOnlyList<UseTrail?> rests, UsageSession session)
    {
        var kept = ImmutableArray.CreateBuilder<EventCharge>(charges.Count);
        for (int i = 0; i < charges.Count; i++)
        {
            var c = charges[i];
            if (c.Version.Definition.Period != RatingPeriod.Event)
            {
                var uses = rests[i] ?? c.Before.Uses.Push(shares[i], session.Now);
                session.Put(c.Key, new RatingRow(c.Step.After, uses, checked(c.Before.Charged + c.Step.Charge)));
            }
            if (c.Metered.Item is { } item)
            {
                session.Put(c.Key, item);
            }
            kept.Add(new EventCharge(
                c.Version.Key, c.Key.PeriodStart, c.Metered.Contribution, c.Before.State.Quantity, c.Before.State.Events, c.Step.Charge, c.Step.Capped,
                c.Metered.Contribution, shares[i]));
        }
        return kept.MoveToImmutable();
    }

    /// <summary>The period's row, or the one it begins with under this version (which may carry the quantity of the version before).</summary>
    public static RatingRow RowOf(PriceVersion version, RatingKey key, UsageSession session)
    {
        if (version.Definition.Period == RatingPeriod.Event)
        {
            return new(PeriodState.Empty, UseTrail.Empty, 0);
        }
        if (session.Rating(key) is { } row)
        {
            return row;
        }
        // The version before may have seen no event in this period and yet carry what the one before it has.
        var carried = version.Carry && session.Facts.Catalog.FindPrice(version.PriceId)?.Before(version) is { } before
            ? RowOf(before, key with { VersionKey = before.Key }, session).State
            : null;
        return new(version.Price.Start(carried), UseTrail.Empty, 0);
    }

    private static RatedCharge? One(AssetPrices prices, UsageEvent e, UsageSession session)
    {
        if (prices.At(e.Timestamp, e.Properties.Values) is not { } version)
        {
            return null;
        }
        var period = RatingPeriods.Of(version.Definition.Period, e.Timestamp, session.Facts.Catalog.TimeZone);
        var key = new RatingKey(version.Key, period.Start);
        var row = RowOf(version, key, session);
        try
        {
            var metered = version.Price.TakesCost ? Metering.TakeCost(version.PriceId, e, row.State.Quantity, session.NewCost?.Event)
                : version.Definition.Period == RatingPeriod.Event ? Metering.TakeAlone(version.Meter.Definition, e)
                : Metering.Take(version.Meter.Definition, e, row.State.Quantity, key, period, session);
            return version.Price.Add(row.State, row.State.Quantity + metered.Contribution, e.Properties.Values, version.Asset) is { } step
                ? new RatedCharge(version, key, row, metered, step)
                : null;
        }
        catch (OverflowException)
        {
            throw new BillingException(ErrorCode.AmountInvalid, $"quantity: price {version.PriceId} of this quantity is beyond what {version.Asset.Id} can hold.", "quantity");
        }
    }

    // Alternatives in their order: the event is charged whole in the first asset that covers it, else in the last.
    private static RatedCharge? First(PriceGroup group, UsageEvent e, UsageSession session, Hold? hold, List<RatedCharge> earlier)
    {
        RatedCharge? last = null;
        string? held = hold?.Lines.FirstOrDefault(l => l.Purpose == Purpose(group.ProductId, group.Meter.Id))?.Asset.Id;
        foreach (var prices in group.Assets)
        {
            // What the hold is not in need not be rated: a price by cost may not even be able to.
            if ((held is not null && prices.Asset.Id != held) || One(prices, e, session) is not { } charge)
            {
                continue;
            }
            if (held is not null)
            {
                return charge;
            }
            last = charge;
            long promised = earlier.Where(c => c.Asset.Id == charge.Asset.Id).Sum(c => Math.Max(0, c.Step.Charge));
            if (charge.Step.Charge <= 0 || charge.Step.Charge <= session.Account(charge.Asset).AvailableTo(charge.Version.ProductId) - promised)
            {
                return charge;
            }
        }
        return last;
    }
}
