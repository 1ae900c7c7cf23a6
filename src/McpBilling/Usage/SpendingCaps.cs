using System.Collections.Immutable;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Pricing;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>What an authorization lacks.</summary>
/// <param name="Missing">So much more was asked than there is, > 0.</param>
/// <param name="Available">What there is; below zero when more than that is used already.</param>
public sealed record Lack(Asset Asset, long Missing, long Available);

/// <summary>
/// The customer's spending caps: in a period, what usage was charged and what open holds have set aside may not exceed the cap. Only an authorization is held
/// to it. Pure: what was spent is counted as entries are written, so that asking costs no read.
/// </summary>
public static class SpendingCaps
{
    /// <summary>What the cap still lets through, in units of the asset; null: no cap. Below zero when recorded usage went beyond it.</summary>
    public static long? Room(WalletSession session, Asset asset)
    {
        if (session.Customer.Limits.Of(asset.Id) is not { Cap: { } cap } limits)
        {
            return null;
        }
        long spent = Math.Max(0, limits.SpentSince(PeriodOf(limits.Period, session.Now, session.Facts.Catalog.TimeZone).Start));
        // As wide as a sum of three can be: an overflow must not open the cap.
        var room = (Int128)cap - spent - session.Account(asset).Held;
        return room < long.MinValue ? long.MinValue : (long)room;
    }

    /// <summary>The lesser of what the wallet and what the cap lets through.</summary>
    public static long Within(WalletSession session, Asset asset, long available) => Room(session, asset) is { } room ? Math.Min(room, available) : available;

    /// <summary>Holds what is asked for against the caps.</summary>
    /// <param name="partialFrom">Of a single debit at least so much may be held instead of all; null: all or nothing.</param>
    /// <returns>The debits as they may be held, and what is lacking: null, when nothing is.</returns>
    public static (ImmutableArray<Debit> Debits, Lack? Lack) Apply(ImmutableArray<Debit> debits, WalletSession session, long? partialFrom)
    {
        if (session.Customer.Limits.IsEmpty)
        {
            return (debits, null);
        }
        foreach (var ofAsset in debits.GroupBy(d => d.Asset.Id, StringComparer.Ordinal))
        {
            var asset = ofAsset.First().Asset;
            var asked = ofAsset.Aggregate((Int128)0, (sum, d) => sum + d.Amount);
            if (Room(session, asset) is not { } room || asked <= room)
            {
                continue;
            }
            if (partialFrom is { } least && debits.Length == 1 && room >= least)
            {
                return ([debits[0] with { Amount = room }], null);
            }
            return (debits, new Lack(asset, (long)Int128.Min(asked - room, long.MaxValue), room));
        }
        return (debits, null);
    }

    /// <summary>The customer with the charges and returns of new entries counted.</summary>
    public static Customer Count(Customer customer, IReadOnlyList<Entry> entries, Instant now, TimeZoneInfo zone)
    {
        if (customer.Limits.IsEmpty)
        {
            return customer;
        }
        var limits = customer.Limits;
        foreach (var own in customer.Limits.ByAsset.Values)
        {
            if (own.Cap is null)
            {
                continue;
            }
            var start = PeriodOf(own.Period, now, zone).Start;
            long spent = 0;
            foreach (var entry in entries)
            {
                if (entry.Asset.Id == own.AssetId && entry.Time >= start)
                {
                    spent = checked(spent + SpentBy(entry));
                }
            }
            if (spent != 0)
            {
                limits = limits.With(own with { PeriodStart = Instant.Max(start, own.PeriodStart), Spent = checked(own.SpentSince(start) + spent) });
            }
        }
        return ReferenceEquals(limits, customer.Limits) ? customer : customer with { Limits = limits };
    }

    /// <summary>What one line of the ledger adds to what was spent; below zero for what came back.</summary>
    public static long SpentBy(Entry entry) => entry.Counter == CounterAccount.Revenue ? checked(-entry.Amount) : 0;

    /// <summary>The period of a cap that <paramref name="now"/> lies in.</summary>
    public static (Instant Start, Instant End) PeriodOf(CapPeriod period, Instant now, TimeZoneInfo zone) =>
        RatingPeriods.Of(period == CapPeriod.Day ? RatingPeriod.Day : RatingPeriod.Month, now, zone);
}
