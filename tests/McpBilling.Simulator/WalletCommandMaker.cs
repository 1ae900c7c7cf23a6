using System.Collections.Immutable;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Simulator;

/// <summary>
/// Makes the next command for a customer out of dice and what the customer has. A step is one number: leaving steps out of a script still leaves a script
/// that makes sense, which is what lets a failure shrink.
/// </summary>
internal sealed class WalletCommandMaker(bool huge)
{
    private static readonly Asset[] Assets = [new("usd", "US dollar", 9, 2) { IsCurrency = true }, new("credits", "Credits", 6, 0)];

    // A coarse clock makes things fall due at the same instant often, which is where orders matter.
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static TimeSpan Pause(Dice dice) => dice.Below(100) switch
    {
        < 55 => TimeSpan.Zero,
        < 85 => dice.Below(4) * Hour,
        < 90 => TimeSpan.FromMicroseconds(dice.Between(1, 3)),
        < 98 => dice.Below(40) * Hour,
        _ => dice.Below(2000) * Hour,
    };

    public WalletCommand Make(Dice dice, WalletCustomer customer, Instant now) => dice.Below(100) switch
    {
        < 22 => AddGrant(dice, customer, now),
        < 42 => new WalletCommand.Use(Debits(dice), dice.OneIn(12) ? Returns(dice, customer) : [], Insufficient(dice)),
        < 58 => Authorize(dice, customer, now),
        < 72 => Capture(dice, customer),
        < 77 => VoidHold(dice, customer),
        < 80 => ExtendHold(dice, customer, now),
        < 85 => VoidGrant(dice, customer),
        < 88 => new WalletCommand.Adjust(customer.NextKey(), Asset(dice), dice.OneIn(2) ? Amount(dice) : -Amount(dice), Insufficient(dice)),
        < 90 => new WalletCommand.SetOverdraft(Asset(dice), dice.OneIn(3) ? 0 : Amount(dice)),
        < 98 => new WalletCommand.Use(dice.OneIn(8) ? Debits(dice) : [], Returns(dice, customer), Insufficient(dice)),
        _ => new WalletCommand.BringUp(),
    };

    private static Asset Asset(Dice dice) => Assets[dice.OneIn(4) ? 1 : 0];

    private static string? Product(Dice dice) => dice.Of<string?>(null, null, "p", "q");

    private static OnInsufficient Insufficient(Dice dice) => dice.OneIn(4) ? OnInsufficient.Reject : OnInsufficient.Debt;

    private long Amount(Dice dice)
    {
        if (huge && dice.OneIn(3))
        {
            return dice.Of(long.MaxValue, long.MaxValue - 1, long.MaxValue / 2, long.MaxValue / 2 + 1, long.MaxValue / 3);
        }
        return dice.Below(40) switch
        {
            0 => 0,
            1 => -1,
            < 10 => dice.Between(1, 3),
            < 36 => dice.Between(1, 100),
            < 39 => dice.Between(1, 2_000),
            _ => dice.Between(1, 1_000_000_000_000),
        };
    }

    private ImmutableArray<Debit> Debits(Dice dice)
    {
        int count = dice.Below(10) switch { < 7 => 1, < 9 => 2, _ => 3 };
        return [.. Enumerable.Range(0, count).Select(_ => new Debit(Asset(dice), Amount(dice), Product(dice), dice.OneIn(3) ? "meter" : null))];
    }

    private WalletCommand.AddGrant AddGrant(Dice dice, WalletCustomer customer, Instant now)
    {
        var source = dice.Of(GrantSource.Paid, GrantSource.Promotional, GrantSource.Included);
        var from = dice.Below(6) switch { 0 => now + dice.Below(12) * Hour, 1 => now - dice.Below(12) * Hour, _ => now };
        var to = dice.Below(10) switch { < 3 => Instant.Never, 3 => from + dice.Between(1, 2_000) * Hour, _ => from + dice.Between(1, 24) * Hour };
        string[] products = dice.Below(6) switch { 0 => ["p"], 1 => ["p", "q"], _ => [] };
        var cost = source == GrantSource.Paid ? new CostBasis(Assets[0], dice.Between(0, 1_000)) : null;
        int priority = dice.Of(50, 50, 50, 10, 90);
        return new WalletCommand.AddGrant(customer.NextKey(), Asset(dice), Amount(dice), source, priority, [.. products], from, to, cost);
    }

    private WalletCommand.VoidGrant VoidGrant(Dice dice, WalletCustomer customer)
    {
        var living = customer.State.Accounts.Values.SelectMany(a => a.Grants).ToList();
        long key = living.Count > 0 && !dice.OneIn(5) ? living[dice.Below(living.Count)].Key
            : customer.StoredGrants.Count > 0 ? customer.StoredGrants.Keys.ElementAt(dice.Below(customer.StoredGrants.Count)) : 1;
        return new WalletCommand.VoidGrant(key, dice.OneIn(2) ? null : Amount(dice));
    }

    private WalletCommand.Authorize Authorize(Dice dice, WalletCustomer customer, Instant now)
    {
        var debits = Debits(dice);
        return new WalletCommand.Authorize(customer.NextKey(), debits, now + dice.Between(1, 24) * Hour, dice.OneIn(3), dice.OneIn(2) ? 0 : Amount(dice));
    }

    // Mostly an open hold, sometimes one that ended, sometimes none at all.
    private static long HoldKey(Dice dice, WalletCustomer customer)
    {
        var open = customer.State.Holds;
        return open.Count > 0 && !dice.OneIn(6) ? open.Keys.Order().ElementAt(dice.Below(open.Count))
            : customer.StoredHolds.Count > 0 && !dice.OneIn(10) ? customer.StoredHolds.Keys.ElementAt(dice.Below(customer.StoredHolds.Count)) : 7;
    }

    private static HoldStatus? Stored(WalletCustomer customer, long key) => customer.StoredHolds.TryGetValue(key, out var status) ? status : null;

    private WalletCommand.Capture Capture(Dice dice, WalletCustomer customer)
    {
        long key = HoldKey(dice, customer);
        var debits = Debits(dice);
        if (customer.State.Holds.TryGetValue(key, out var hold) && dice.Below(4) > 0)
        {
            // What the hold was made for, in part, exactly, or more.
            debits = [.. hold.Lines.Select(l => new Debit(l.Asset, CaptureAmount(dice, l), dice.OneIn(8) ? null : l.Product))];
        }
        return new WalletCommand.Capture(
            key, Stored(customer, key), debits, dice.OneIn(20) ? Returns(dice, customer) : [], dice.Below(3) > 0, Insufficient(dice), dice.OneIn(2));
    }

    private static long CaptureAmount(Dice dice, HoldLine line) => dice.Below(5) switch
    {
        0 => line.Held,
        1 when line.Held < long.MaxValue - 100 => line.Held + dice.Between(1, 100),
        _ => dice.Between(0, line.Held),
    };

    private static WalletCommand.VoidHold VoidHold(Dice dice, WalletCustomer customer)
    {
        long key = HoldKey(dice, customer);
        return new WalletCommand.VoidHold(key, Stored(customer, key));
    }

    private static WalletCommand.ExtendHold ExtendHold(Dice dice, WalletCustomer customer, Instant now)
    {
        long key = HoldKey(dice, customer);
        return new WalletCommand.ExtendHold(key, Stored(customer, key), now + dice.Between(1, 30) * Hour);
    }

    // A part or all of what one or two earlier events used, last used first. The events are charged with it only once the command was carried out; so each
    // event is asked at most once per command.
    private static ImmutableArray<GiveBack> Returns(Dice dice, WalletCustomer customer)
    {
        var backs = ImmutableArray.CreateBuilder<GiveBack>();
        var events = customer.Events;
        for (int i = 0; i <= dice.Below(3) / 2 && events.Count > i; i++)
        {
            int index = dice.OneIn(3) ? dice.Below(events.Count) : events.Count - 1 - i;
            var (asset, used) = events[index];
            ImmutableArray<PastUse> uses = [.. used.AsEnumerable().Reverse()];
            var total = uses.Sum128(u => u.Amount);
            if (total == 0 || backs.Any(b => b.Uses.Intersect(uses).Any()))
            {
                continue;
            }
            long most = (long)Int128.Min(total, long.MaxValue);
            var settled = customer.State.Accounts.TryGetValue(asset.Id, out var account) ? account.Settled : [];
            var living = account?.Grants.Select(g => g.Key).ToHashSet() ?? [];
            backs.Add(new GiveBack(asset, dice.OneIn(2) ? most : dice.Between(0, most), uses,
                [.. uses.Concat(settled).Select(u => u.GrantKey).Where(k => k != Share.Overdraft && !living.Contains(k)).Distinct().Select(k => customer.StoredGrants[k].Grant)]));
        }
        return backs.ToImmutable();
    }

    /// <summary>Takes what was given back off the events.</summary>
    public static void Settle(WalletCustomer customer, WalletCommand command)
    {
        var returns = command switch { WalletCommand.Use u => u.Returns, WalletCommand.Capture c => c.Returns, _ => [] };
        foreach (var back in returns)
        {
            int index = customer.Events.FindIndex(e => e.Uses.Count == back.Uses.Length && e.Uses.AsEnumerable().Reverse().SequenceEqual(back.Uses));
            var uses = customer.Events[index].Uses;
            long left = back.Amount;
            while (left > 0)
            {
                long part = Math.Min(left, uses[^1].Amount);
                left -= part;
                uses[^1] = uses[^1] with { Amount = uses[^1].Amount - part };
                if (uses[^1].Amount == 0)
                {
                    uses.RemoveAt(uses.Count - 1);
                }
            }
            if (uses.Count == 0)
            {
                customer.Events.RemoveAt(index);
            }
        }
    }
}
