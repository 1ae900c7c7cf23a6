using System.Collections.Immutable;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>
/// Everything a customer holds. Immutable; <see cref="Apply"/> is the whole of wallets.md as a pure function: state and command in; new state, entries and
/// an outcome out. No clock, no disk, no chance.
/// </summary>
public sealed class WalletState
{
    public static readonly WalletState Empty = new(
        ImmutableSortedDictionary.Create<string, Account>(StringComparer.Ordinal), ImmutableDictionary<long, Hold>.Empty, ImmutableSortedSet<(Instant, long)>.Empty);

    internal WalletState(
        ImmutableSortedDictionary<string, Account> accounts, ImmutableDictionary<long, Hold> holds, ImmutableSortedSet<(Instant, long)> holdExpiries)
    {
        Accounts = accounts;
        Holds = holds;
        HoldExpiries = holdExpiries;
        var due = holdExpiries.IsEmpty ? Instant.Never : holdExpiries.Min.Item1;
        foreach (var (_, account) in accounts)
        {
            due = Instant.Min(due, account.NextDue);
        }
        NextDue = due;
    }

    /// <summary>One account per asset, by the asset's id.</summary>
    public ImmutableSortedDictionary<string, Account> Accounts { get; }

    /// <summary>Open holds by key.</summary>
    public ImmutableDictionary<long, Hold> Holds { get; }

    /// <summary>When something next happens by itself: a hold or a grant ends, or a grant begins.</summary>
    public Instant NextDue { get; }

    internal ImmutableSortedSet<(Instant ExpiresAt, long Key)> HoldExpiries { get; }

    /// <summary>A wallet as it was stored.</summary>
    public static WalletState Restore(IEnumerable<Account> accounts, IEnumerable<Hold> openHolds)
    {
        var holds = openHolds.ToImmutableDictionary(h => h.Key);
        return new(InOrder(accounts), holds, holds.Values.Select(h => (h.ExpiresAt, h.Key)).ToImmutableSortedSet());
    }

    /// <summary>This wallet as it was stored later: other accounts, and holds that were opened, changed or ended since.</summary>
    public WalletState RestoreLater(IEnumerable<Account> accounts, IEnumerable<Hold> changedHolds)
    {
        ArgumentNullException.ThrowIfNull(changedHolds);
        var holds = Holds.ToBuilder();
        var expiries = HoldExpiries.ToBuilder();
        foreach (var hold in changedHolds)
        {
            if (holds.TryGetValue(hold.Key, out var before))
            {
                expiries.Remove((before.ExpiresAt, hold.Key));
                holds.Remove(hold.Key);
            }
            if (hold.Status == HoldStatus.Open)
            {
                expiries.Add((hold.ExpiresAt, hold.Key));
                holds.Add(hold.Key, hold);
            }
        }
        return new(InOrder(accounts), holds.ToImmutable(), expiries.ToImmutable());
    }

    private static ImmutableSortedDictionary<string, Account> InOrder(IEnumerable<Account> accounts) =>
        accounts.ToImmutableSortedDictionary(a => a.Asset.Id, a => a with { Grants = a.Grants.Sort(BurnOrder.Instance) }, StringComparer.Ordinal);

    /// <summary>
    /// Brings the wallet up to <paramref name="now"/>, then carries out <paramref name="command"/>, or refuses it and changes nothing more.
    /// </summary>
    /// <param name="command">The instruction.</param>
    /// <param name="now">The present, never before that of an earlier command.</param>
    /// <param name="nextGrantKey">Gives keys to grants that the command has to make (reversals).</param>
    /// <exception cref="OverflowException">An amount beyond 64 bits; nothing was changed.</exception>
    public Transition Apply(WalletCommand command, Instant now, Func<long> nextGrantKey)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(nextGrantKey);
        if (NextDue > now)
        {
            return new WalletStep(new WalletDraft(this), now, nextGrantKey).Run(command);
        }
        var due = new WalletDraft(this);
        BringUp(due, now);
        var present = due.Finish(null, null, [], []);
        if (command is WalletCommand.BringUp)
        {
            return present;
        }
        var step = new WalletStep(new WalletDraft(present.State), now, nextGrantKey, present).Run(command);
        return step with
        {
            Entries = present.Entries.AddRange(step.Entries),
            Grants = [.. present.Grants.Where(g => !step.Grants.Any(s => s.Grant.Key == g.Grant.Key)), .. step.Grants],
            Holds = [.. present.Holds.Where(h => !step.Holds.Any(s => s.Key == h.Key)), .. step.Holds],
        };
    }

    // Time comes first (wallets.md): in time order, and at one instant holds end, then grants expire, then grants begin.
    private void BringUp(WalletDraft draft, Instant now)
    {
        var accounts = Accounts.Values.Select(a => (draft.Account(a.Asset), a)).ToList();
        var grantEvents = accounts
            .SelectMany(x => x.a.Grants.SelectMany(g => EventsOf(g).Select(e => (e.Time, e.Order, g.Key, Account: x.Item1))))
            .Where(e => e.Time <= now)
            .OrderBy(e => e.Time).ThenBy(e => e.Order).ThenBy(e => e.Key)
            .ToList();
        int next = 0;
        while (true)
        {
            var holdDue = draft.FirstExpiry is { } first && first.ExpiresAt <= now ? first.ExpiresAt : Instant.Never;
            var grantDue = next < grantEvents.Count ? grantEvents[next].Time : Instant.Never;
            if (holdDue == Instant.Never && grantDue == Instant.Never)
            {
                return;
            }
            if (holdDue <= grantDue)
            {
                var hold = draft.OpenHold(draft.FirstExpiry!.Value.Key)!;
                WalletStep.ReleaseAll(draft, hold, hold.ExpiresAt);
                draft.Put(hold with { Status = HoldStatus.Expired, Lines = WalletStep.Emptied(hold.Lines) });
                continue;
            }
            var due = grantEvents[next++];
            if (due.Order == 0)
            {
                due.Account.End(due.Key, GrantStatus.Expired, due.Time);
            }
            else
            {
                due.Account.Begin(due.Key, due.Time, EntryKind.Granted, WalletStep.CounterOf(due.Account.Find(due.Key)!.Source));
            }
        }
    }

    // Expiry is order 0 and beginning order 1, so that at one instant what ends goes first.
    private static IEnumerable<(Instant Time, int Order)> EventsOf(Grant grant)
    {
        if (grant.Status == GrantStatus.Scheduled)
        {
            yield return (grant.EffectiveAt, 1);
        }
        if (grant.Status is GrantStatus.Scheduled or GrantStatus.Active && grant.ExpiresAt != Instant.Never)
        {
            yield return (grant.ExpiresAt, 0);
        }
    }
}
