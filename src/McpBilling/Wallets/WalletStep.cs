using System.Collections.Immutable;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>One command on a wallet that is up to date. A refusal throws the draft away, so it may be found half way.</summary>
/// <param name="due">What bringing the wallet up to date did; null when nothing was due. It knows holds and grants that have just left the state.</param>
internal sealed class WalletStep(WalletDraft draft, Instant now, Func<long> nextGrantKey, Transition? due = null)
{
    private static readonly ImmutableArray<ImmutableArray<Share>> None = [];

    public Transition Run(WalletCommand command) => command switch
    {
        _ when HasNegative(command) => Refused(ErrorCode.AmountInvalid),
        WalletCommand.BringUp => Done(),
        WalletCommand.AddGrant c => AddGrant(c),
        WalletCommand.VoidGrant c => VoidGrant(c),
        WalletCommand.SetAside c => SetAside(c),
        WalletCommand.PutBack c => PutBack(c),
        WalletCommand.Adjust c => Adjust(c),
        WalletCommand.SetOverdraft c => SetOverdraft(c),
        WalletCommand.Authorize c => Authorize(c),
        WalletCommand.Capture c => Capture(c),
        WalletCommand.VoidHold c => VoidHold(c),
        WalletCommand.ExtendHold c => ExtendHold(c),
        WalletCommand.Use c => Use(c.Debits, c.Returns, c.OnInsufficient, null),
        _ => throw new InvalidOperationException($"unknown command {command.GetType().Name}"),
    };

    // The one refusal that goes before what the wallet holds (wallets.md, Refusals).
    private static bool HasNegative(WalletCommand command) => command switch
    {
        WalletCommand.AddGrant c => c.Amount < 0,
        WalletCommand.VoidGrant c => c.Amount < 0,
        WalletCommand.SetAside c => c.Amount < 0,
        WalletCommand.PutBack c => c.Amount < 0,
        WalletCommand.SetOverdraft c => c.Limit < 0,
        WalletCommand.Authorize c => c.MinAmount < 0 || c.Debits.Any(d => d.Amount < 0),
        WalletCommand.Capture c => c.Debits.Any(d => d.Amount < 0) || c.Returns.Any(r => r.Amount < 0),
        WalletCommand.Use c => c.Debits.Any(d => d.Amount < 0) || c.Returns.Any(r => r.Amount < 0),
        _ => false,
    };

    public static CounterAccount CounterOf(GrantSource source) => source switch
    {
        GrantSource.Paid => CounterAccount.Issued,
        GrantSource.Adjustment => CounterAccount.Adjustment,
        GrantSource.Reversal => CounterAccount.Revenue,
        _ => CounterAccount.Promotion,
    };

    public static void ReleaseAll(WalletDraft draft, Hold hold, Instant time)
    {
        foreach (var line in hold.Lines)
        {
            foreach (var share in line.Shares)
            {
                draft.Account(line.Asset).Release(share, hold.Key, time);
            }
        }
    }

    public static ImmutableArray<HoldLine> Emptied(ImmutableArray<HoldLine> lines) => [.. lines.Select(l => l with { Shares = [] })];

    private Transition AddGrant(WalletCommand.AddGrant c)
    {
        var grant = new Grant(
            c.GrantKey, c.Source, GrantStatus.Scheduled, c.Amount, c.Amount, 0, c.Priority, c.Products, now, c.EffectiveAt, c.ExpiresAt, c.CostBasis);
        var account = draft.Account(c.Asset);
        if (grant.ExpiresAt <= now)
        {
            // Its whole life lies in the past (an import): it began and expired, and settled nothing on the way.
            account.AddExpired(grant, CounterOf(c.Source), now);
        }
        else
        {
            account.Add(grant, now, EntryKind.Granted, CounterOf(c.Source));
        }
        return Done();
    }

    private Transition VoidGrant(WalletCommand.VoidGrant c)
    {
        foreach (var held in draft.Accounts)
        {
            var account = draft.Account(held.Asset);
            if (account.Find(c.GrantKey) is not { } grant)
            {
                continue;
            }
            long free = grant.Status is GrantStatus.Scheduled or GrantStatus.Active ? grant.Remaining - grant.Held : 0;
            if (c.Amount > free || grant.Status is GrantStatus.Expired or GrantStatus.Voided)
            {
                return Refused(ErrorCode.GrantInsufficient, held.Asset, Math.Max(0, (c.Amount ?? 0) - free), free);
            }
            if (c.Amount is { } part && (part < free || grant.Held > 0))
            {
                account.VoidPart(c.GrantKey, part, now);
            }
            else
            {
                account.End(c.GrantKey, GrantStatus.Voided, now);
            }
            return Done();
        }
        return Refused(ErrorCode.GrantInsufficient);
    }

    private Transition SetAside(WalletCommand.SetAside c)
    {
        foreach (var held in draft.Accounts)
        {
            var account = draft.Account(held.Asset);
            if (account.Find(c.GrantKey) is { } grant)
            {
                if (c.Amount > grant.Free)
                {
                    return Refused(ErrorCode.GrantInsufficient, held.Asset, c.Amount - grant.Free, grant.Free);
                }
                account.SetAside(c.GrantKey, c.Amount, now);
                return Done();
            }
        }
        return Refused(ErrorCode.GrantInsufficient);
    }

    private Transition PutBack(WalletCommand.PutBack c)
    {
        // The grant may have expired or be used up since: what bringing the wallet up to now did to it counts, not what was stored.
        var known = due?.Grants.Select(g => g.Grant).FirstOrDefault(g => g.Key == c.Grant.Key) ?? c.Grant;
        draft.Account(c.Asset).PutBack(known, c.Amount, c.Since, now, nextGrantKey);
        return Done();
    }

    private Transition Adjust(WalletCommand.Adjust c)
    {
        var account = draft.Account(c.Asset);
        if (c.Amount >= 0)
        {
            account.Add(
                new Grant(c.GrantKey, GrantSource.Adjustment, GrantStatus.Scheduled, c.Amount, c.Amount, 0, Grant.DefaultPriority, [], now, now, Instant.Never, null),
                now, EntryKind.Adjusted, CounterAccount.Adjustment);
            return Done();
        }
        long wanted = checked(-c.Amount);
        long available = account.AvailableTo(null);
        if (c.OnInsufficient == OnInsufficient.Reject && wanted > available)
        {
            return Refused(ErrorCode.InsufficientBalance, c.Asset, checked(wanted - available), available);
        }
        var taken = ImmutableArray.CreateBuilder<Share>();
        account.Take(wanted, null, now, EntryKind.Adjusted, CounterAccount.Adjustment, null, taken);
        return draft.Finish(null, null, [taken.ToImmutable()], None);
    }

    private Transition SetOverdraft(WalletCommand.SetOverdraft c)
    {
        draft.Account(c.Asset).SetOverdraftLimit(c.Limit);
        return Done();
    }

    private Transition Authorize(WalletCommand.Authorize c)
    {
        var lines = ImmutableArray.CreateBuilder<HoldLine>(c.Debits.Length);
        foreach (var debit in c.Debits)
        {
            var account = draft.Account(debit.Asset);
            long available = account.AvailableTo(debit.Product);
            long amount = debit.Amount;
            bool free = amount == 0 && debit.Purpose is not null;
            if (amount > available && !free)
            {
                long least = c.AllowPartial && c.Debits.Length == 1 ? Math.Max(1, c.MinAmount) : amount;
                if (least > available)
                {
                    long asked = c.AllowPartial && c.MinAmount > 0 ? c.MinAmount : amount;
                    return Refused(ErrorCode.InsufficientBalance, debit.Asset, checked(asked - available), available);
                }
                amount = available;
            }
            lines.Add(new HoldLine(debit.Asset, debit.Product, debit.Purpose, amount, 0, account.Hold(amount, debit.Product, c.HoldKey, now)));
        }
        // A plain amount of zero is a question, not a promise.
        bool checkOnly = lines.Count == 1 && lines[0] is { Amount: 0, Purpose: null };
        if (checkOnly)
        {
            return Done();
        }
        if (draft.OpenHold(c.HoldKey) is not null)
        {
            throw new InvalidOperationException($"hold {c.HoldKey} exists");
        }
        var hold = new Hold(c.HoldKey, HoldStatus.Open, now, c.ExpiresAt, lines.ToImmutable());
        draft.Put(hold);
        return draft.Finish(null, hold, None, None);
    }

    private Transition Capture(WalletCommand.Capture c)
    {
        if (draft.OpenHold(c.HoldKey) is not { } hold)
        {
            var ended = Ended(c.HoldKey, c.StoredStatus);
            return ended == HoldStatus.Expired && c.AllowExpired ? Use(c.Debits, c.Returns, c.OnInsufficient, c.HoldKey) : RefuseEnded(ended);
        }
        var lines = hold.Lines.ToBuilder();
        var debits = ImmutableArray.CreateBuilder<ImmutableArray<Share>>(c.Debits.Length);
        foreach (var debit in c.Debits)
        {
            var taken = ImmutableArray.CreateBuilder<Share>(1);
            long left = debit.Amount;
            for (int i = 0; i < lines.Count && left > 0; i++)
            {
                if (Fits(lines[i], debit))
                {
                    lines[i] = UseLine(lines[i], ref left, c.HoldKey, taken);
                }
            }
            if (Short(debit, left, c.OnInsufficient) is { } refusal)
            {
                return Refused(refusal);
            }
            draft.Account(debit.Asset).Take(left, debit.Product, now, EntryKind.Used, CounterAccount.Revenue, c.HoldKey, taken);
            int own = IndexOf(lines, debit);
            if (own >= 0)
            {
                lines[own] = lines[own] with { Captured = checked(lines[own].Captured + debit.Amount) };
            }
            debits.Add(Merged(taken));
        }
        hold = hold with { Lines = lines.ToImmutable() };
        if (c.Final)
        {
            ReleaseAll(draft, hold, now);
            hold = hold with { Status = HoldStatus.Captured, Lines = Emptied(hold.Lines) };
        }
        draft.Put(hold);
        return draft.Finish(null, hold, debits.ToImmutable(), GiveBackAll(c.Returns));
    }

    private Transition VoidHold(WalletCommand.VoidHold c)
    {
        if (draft.OpenHold(c.HoldKey) is not { } hold)
        {
            return RefuseEnded(Ended(c.HoldKey, c.StoredStatus));
        }
        ReleaseAll(draft, hold, now);
        hold = hold with { Status = HoldStatus.Voided, Lines = Emptied(hold.Lines) };
        draft.Put(hold);
        return draft.Finish(null, hold, None, None);
    }

    private Transition ExtendHold(WalletCommand.ExtendHold c)
    {
        if (draft.OpenHold(c.HoldKey) is not { } hold)
        {
            return RefuseEnded(Ended(c.HoldKey, c.StoredStatus));
        }
        var latest = Instant.Min(c.ExpiresAt, hold.CreatedAt + Ledger.Hold.MaxLife);
        hold = hold with { ExpiresAt = Instant.Max(hold.ExpiresAt, latest) };
        draft.Put(hold);
        return draft.Finish(null, hold, None, None);
    }

    private Transition Use(ImmutableArray<Debit> uses, ImmutableArray<GiveBack> returns, OnInsufficient onInsufficient, long? holdKey)
    {
        var debits = ImmutableArray.CreateBuilder<ImmutableArray<Share>>(uses.Length);
        foreach (var debit in uses)
        {
            if (Short(debit, debit.Amount, onInsufficient) is { } refusal)
            {
                return Refused(refusal);
            }
            var taken = ImmutableArray.CreateBuilder<Share>(1);
            draft.Account(debit.Asset).Take(debit.Amount, debit.Product, now, EntryKind.Used, CounterAccount.Revenue, holdKey, taken);
            debits.Add(taken.DrainToImmutable());
        }
        return draft.Finish(null, null, debits.ToImmutable(), GiveBackAll(returns));
    }

    private ImmutableArray<ImmutableArray<Share>> GiveBackAll(ImmutableArray<GiveBack> returns)
    {
        if (returns.IsEmpty)
        {
            return None;
        }
        var all = ImmutableArray.CreateBuilder<ImmutableArray<Share>>(returns.Length);
        foreach (var back in returns)
        {
            var returned = ImmutableArray.CreateBuilder<Share>();
            // The sender can't know what falls due now: a grant that has just left the state counts as it left it, not as it was stored.
            ImmutableArray<Grant> ended = due is null ? back.Ended : [.. due.Grants.Select(g => g.Grant), .. back.Ended];
            long left = back.Amount;
            foreach (var use in back.Uses)
            {
                long part = Math.Min(left, use.Amount);
                if (part > 0)
                {
                    draft.Account(back.Asset).Return(use, part, ended, now, nextGrantKey, returned);
                    left -= part;
                }
            }
            if (left > 0)
            {
                throw new InvalidOperationException($"{left} {back.Asset.Id} units would be given back that were never used");
            }
            all.Add(returned.ToImmutable());
        }
        return all.ToImmutable();
    }

    // What is missing for this debit when nothing may become debt. Earlier debits have been taken from the draft, so each is measured against what they left.
    private Refusal? Short(Debit debit, long wanted, OnInsufficient onInsufficient)
    {
        long available = onInsufficient == OnInsufficient.Reject && wanted > 0 ? draft.Account(debit.Asset).AvailableTo(debit.Product) : long.MaxValue;
        return wanted > available ? new Refusal(ErrorCode.InsufficientBalance, debit.Asset, checked(wanted - available), available) : null;
    }

    // A hold's credit serves the charges it was made for: the same asset, and the same product unless it was held by plain amount.
    private static bool Fits(HoldLine line, Debit debit) =>
        line.Asset.Id == debit.Asset.Id && (line.Product is null || debit.Product is null || line.Product == debit.Product);

    private static int IndexOf(ImmutableArray<HoldLine>.Builder lines, Debit debit)
    {
        for (int i = 0; i < lines.Count; i++)
        {
            if (Fits(lines[i], debit))
            {
                return i;
            }
        }
        return -1;
    }

    private HoldLine UseLine(HoldLine line, ref long left, long holdKey, ImmutableArray<Share>.Builder taken)
    {
        var rest = ImmutableArray.CreateBuilder<Share>(0);
        foreach (var share in line.Shares)
        {
            long part = Math.Min(left, share.Amount);
            if (part > 0)
            {
                var used = share with { Amount = part };
                draft.Account(line.Asset).UseHeld(used, holdKey, now);
                taken.Add(used);
                left -= part;
            }
            if (part < share.Amount)
            {
                rest.Add(share with { Amount = share.Amount - part });
            }
        }
        return line with { Shares = rest.DrainToImmutable() };
    }

    private static ImmutableArray<Share> Merged(ImmutableArray<Share>.Builder shares)
    {
        for (int i = shares.Count - 1; i > 0; i--)
        {
            if (shares[i].GrantKey == shares[i - 1].GrantKey)
            {
                shares[i - 1] = shares[i - 1] with { Amount = shares[i - 1].Amount + shares[i].Amount };
                shares.RemoveAt(i);
            }
        }
        return shares.DrainToImmutable();
    }

    private HoldStatus? Ended(long key, HoldStatus? stored) => due?.Holds.FirstOrDefault(h => h.Key == key)?.Status ?? stored;

    private Transition RefuseEnded(HoldStatus? status) => Refused(status switch
    {
        HoldStatus.Captured => ErrorCode.HoldAlreadyCaptured,
        HoldStatus.Voided => ErrorCode.HoldAlreadyVoided,
        HoldStatus.Expired => ErrorCode.HoldExpired,
        _ => ErrorCode.HoldNotFound,
    });

    private Transition Done() => draft.Finish(null, null, None, None);

    private Transition Refused(ErrorCode code, Asset? asset = null, long shortfall = 0, long available = 0) => Refused(new Refusal(code, asset, shortfall, available));

    private Transition Refused(Refusal refusal) => draft.Abandon(refusal);
}
