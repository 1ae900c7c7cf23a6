using System.Numerics;
using McpBilling.Catalog;
using McpBilling.Money;

namespace McpBilling.Integration;

/// <summary>What the naive model says that one event, or one reversal, costs at one price version.</summary>
/// <param name="Key">The event's or the reversal's sequence.</param>
/// <param name="Units">In units of the asset; below zero is given back.</param>
public sealed record ExpectedCharge(long Key, long VersionKey, string PriceId, Asset Asset, BigInteger Units);

/// <summary>
/// What a customer's usage must have cost, from the catalog as written and the list of events and reversals alone: every period is walked from its
/// beginning, in the order in which the ledger took them. Independent of the code that charges (Pricing, Usage.Rating), on purpose; slow, on purpose.
/// </summary>
public sealed class NaiveModel
{
    // Decimals of a dollar that a part of a cost is rounded to when it is taken back (docs/topics/pricing-models.md).
    private const int CostDecimals = 18;

    private readonly NaiveCatalog _catalog;
    private readonly long _selectedAfter;
    private readonly Dictionary<(long Version, Instant Start), NaivePeriod> _periods = [];
    private readonly Dictionary<string, List<Taken>> _taken = new(StringComparer.Ordinal);
    private readonly List<ExpectedCharge> _expected = [];

    private NaiveModel(NaiveCatalog catalog, long selectedAfter) => (_catalog, _selectedAfter) = (catalog, selectedAfter);

    /// <param name="catalog">The catalog as it is stored now, with every version that its prices had.</param>
    /// <param name="catalogSince">The last operation before the catalog last changed. Which prices apply is found here for events after it; for those
    /// before it, whose catalog is gone, it is taken from what was recorded, and only the amounts are found. Null: not known, so for all.</param>
    /// <param name="history">One customer's events and reversals, whole for every period that is to be judged.</param>
    public static IReadOnlyList<ExpectedCharge> Replay(CatalogSnapshot catalog, long? catalogSince, CustomerHistory history)
    {
        var model = new NaiveModel(new NaiveCatalog(catalog.Stored, catalog.FindAsset), catalogSince ?? long.MaxValue);
        var steps = history.Events.Select(e => (e.Key, Do: (Action)(() => model.Take(e)))).Concat(history.Reversals.Select(r => (r.Key, Do: (Action)(() => model.TakeBack(r)))));
        foreach (var step in steps.OrderBy(s => s.Key))
        {
            step.Do();
        }
        return model._expected;
    }

    private void Take(ArrivedEvent arrived)
    {
        var taken = new List<Taken>();
        foreach (var price in PricesOf(arrived))
        {
            if (TakeAt(price, arrived) is { } charge)
            {
                taken.Add(charge);
            }
        }
        _taken[arrived.Event.Id] = taken;
    }

    private List<NaivePrice> PricesOf(ArrivedEvent arrived)
    {
        var recorded = arrived.Charges.Select(c => _catalog.PriceOf(c.VersionKey)).ToList();
        if (arrived.Key <= _selectedAfter)
        {
            return recorded;
        }
        var e = arrived.Event;
        var chosen = new List<NaivePrice>();
        foreach (var (prices, isChoice) in _catalog.Of(e.EventType, e.Timestamp, e.Properties.Values))
        {
            // Which alternative could be paid is the wallet's business; the model goes by the one that was.
            var paid = isChoice ? prices.Where(p => recorded.Any(r => r.ProductId == p.ProductId && r.MeterId == p.MeterId && r.Asset.Id == p.Asset.Id)).Take(1).ToList() : prices;
            chosen.AddRange(isChoice && paid.Count == 0 ? prices.Take(1) : paid);
        }
        return chosen;
    }

    private Taken? TakeAt(NaivePrice price, ArrivedEvent arrived)
    {
        var e = arrived.Event;
        var meter = _catalog.MeterOf(price);
        bool alone = price.Period == "event";
        var (start, end) = PeriodOf(price.Period, e.Timestamp);
        var period = alone ? new NaivePeriod() : StateOf(price, start);
        var metered = price.IsByCost ? NaiveFraction.Parse(Quantity.Format(e.Cost ?? 0)) : alone ? NaivePeriod.MeasureAlone(meter, e) : period.Measure(meter, e, start, end);
        var after = period.Quantity + metered;
        NaiveFraction? total = price.IsPerEvent ? price.Fee(period.Quantity, after, period.Events, e.Properties.Values) is { } fee ? period.Total + fee : null : price.Total(after);
        if (total is not { } owed)
        {
            return null;
        }
        var taken = new Taken(price, start, metered, period.Quantity, period.Events) { Left = metered };
        Expect(arrived.Key, price, period.Owed(price, owed) - period.Owed(price, period.Total));
        (period.Quantity, period.Total) = (after, owed);
        period.Events++;
        if (!alone)
        {
            period.Remember(meter, e, arrived.Key);
            _periods[(price.Key, start)] = period;
        }
        return taken;
    }

    private void TakeBack(ArrivedReversal reversal)
    {
        if (!_taken.TryGetValue(reversal.Event.Event.Id, out var taken))
        {
            return;
        }
        var e = reversal.Event.Event;
        var whole = taken.Count > 0 && taken.All(t => t.Metered == taken[0].Metered && (t.Metered.IsZero || !t.Price.IsByCost)) ? taken[0].Metered : NaiveFraction.Parse(Quantity.Format(e.Quantity));
        var measured = taken.FirstOrDefault(t => !t.Metered.IsZero);
        var left = measured is null ? whole : measured.Metered == whole ? measured.Left : whole * (measured.Left / measured.Metered);
        bool all = reversal.QuantityLeft == 0;
        var share = all || left.IsZero ? NaiveFraction.Of(1) : (left - NaiveFraction.Parse(Quantity.Format(reversal.QuantityLeft))) / left;
        foreach (var t in taken)
        {
            if (all || !t.Left.IsZero)
            {
                TakeBack(t, reversal, all ? NaiveFraction.Zero : t.Left - (t.Left * share).RoundTo(t.Price.IsByCost ? CostDecimals : Quantity.MaxDecimals), all);
            }
        }
    }

    private void TakeBack(Taken t, ArrivedReversal reversal, NaiveFraction leftAfter, bool all)
    {
        var (price, e) = (t.Price, reversal.Event.Event);
        bool alone = price.Period == "event";
        NaiveFraction Fee(NaiveFraction left) => price.Fee(t.QuantityBefore, t.QuantityBefore + left, t.EventsBefore, e.Properties.Values)!.Value;
        NaivePeriod period;
        NaiveFraction quantity;
        if (alone)
        {
            period = new NaivePeriod { Quantity = t.Left, Events = 1, Total = price.IsPerEvent ? Fee(t.Left) : price.Total(t.Left) };
            quantity = leftAfter;
        }
        else
        {
            period = _periods[(price.Key, t.Start)];
            quantity = price.IsByCost ? period.Quantity - (t.Left - leftAfter) : period.Forget(_catalog.MeterOf(price), e, t.Left - leftAfter);
        }
        var total = price.IsPerEvent ? period.Total - Fee(t.Left) + (all ? NaiveFraction.Zero : Fee(leftAfter)) : price.Total(quantity);
        Expect(reversal.Key, price, period.Owed(price, total) - period.Owed(price, period.Total));
        (period.Quantity, period.Total) = (quantity, total);
        period.Events -= all ? 1 : 0;
        t.Left = leftAfter;
    }

    private void Expect(long key, NaivePrice price, BigInteger units) => _expected.Add(new ExpectedCharge(key, price.Key, price.PriceId, price.Asset, units));

    // What a period has, or would begin with: a carrying version begins at what the one before it has at that moment.
    private NaivePeriod StateOf(NaivePrice price, Instant start)
    {
        if (price.Period == "event")
        {
            return new NaivePeriod();
        }
        return _periods.TryGetValue((price.Key, start), out var period) ? period
            : price.Carry && _catalog.Before(price) is { } before ? StateOf(before, start).CarriedTo(price)
            : new NaivePeriod();
    }

    // Months and days begin at midnight in the catalog's zone; where a clock change skips midnight, at the first instant after it.
    private (Instant Start, Instant End) PeriodOf(string period, Instant time)
    {
        if (period is "ever" or "event")
        {
            return (new Instant(0), Instant.Never);
        }
        var local = TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), _catalog.Zone).Date;
        var first = period == "month" ? local.AddDays(1 - local.Day) : local;
        return (Midnight(first), Midnight(period == "month" ? first.AddMonths(1) : first.AddDays(1)));
    }

    private Instant Midnight(DateTime date)
    {
        var local = DateTime.SpecifyKind(date, DateTimeKind.Unspecified);
        while (_catalog.Zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15);
        }
        return Instant.From(new DateTimeOffset(local, _catalog.Zone.GetUtcOffset(local)));
    }

    /// <summary>An event at one price, as it was taken.</summary>
    private sealed record Taken(NaivePrice Price, Instant Start, NaiveFraction Metered, NaiveFraction QuantityBefore, long EventsBefore)
    {
        public NaiveFraction Left { get; set; }
    }
}
