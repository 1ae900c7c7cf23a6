using System.Collections.Immutable;
using McpBilling.Ledger;
using McpBilling.Money;

namespace McpBilling.Wallets;

/// <summary>
/// An account while one command works on it. It changes buckets and writes the line that says so in the same step, so that an account and its entries
/// cannot come apart. Thrown away when the command is refused.
/// </summary>
internal sealed class AccountDraft
{
    // Older settlements are forgotten; what they paid comes back, if ever, as a grant of its own.
    private const int MaxSettled = 32;

    private readonly Account _before;
    private readonly List<Grant> _grants;
    private List<PastUse>? _settled;
    private readonly WalletDraft _wallet;
    private long _balance;
    private bool _changed;

    public AccountDraft(Account account, WalletDraft wallet)
    {
        _before = account;
        _wallet = wallet;
        _grants = [.. account.Grants];
        _balance = account.Balance;
        Debt = account.Debt;
        OverdraftLimit = account.OverdraftLimit;
        OverdraftHeld = account.OverdraftHeld;
    }

    public Asset Asset => _before.Asset;
    public long Debt { get; private set; }
    public long OverdraftLimit { get; private set; }
    public long OverdraftHeld { get; private set; }

    public long AvailableTo(string? product)
    {
        long free = 0;
        foreach (var grant in _grants)
        {
            if (grant.Serves(product))
            {
                free = checked(free + grant.Free);
            }
        }
        return checked(free - Debt + OverdraftLimit - OverdraftHeld);
    }

    public bool Changed => _changed;

    private List<PastUse> Settled => _settled ??= [.. _before.Settled];

    /// <exception cref="OverflowException">The account would not stay within 64 bits.</exception>
    public Account Freeze()
    {
        if (!_changed)
        {
            return _before;
        }
        CheckBounds();
        var grants = ImmutableArray.CreateBuilder<Grant>(_grants.Count);
        foreach (var grant in _grants)
        {
            if (!grant.IsOver)
            {
                grants.Add(grant);
            }
        }
        return new Account(Asset, grants.DrainToImmutable(), Debt, OverdraftLimit, OverdraftHeld, _settled is null ? _before.Settled : [.. _settled]);
    }

    // Scheduled grants count already and nothing that falls due by itself adds to these sums: so an account that a command may leave behind can always be
    // read, brought up to date, captured and released. Without this, a grant that begins later could overflow it for ever.
    private void CheckBounds()
    {
        long above = checked(OverdraftLimit + OverdraftHeld);
        foreach (var grant in _grants)
        {
            above = checked(above + grant.Remaining);
        }
        _ = checked(Debt + OverdraftHeld);
    }

    public Grant? Find(long grantKey)
    {
        foreach (var grant in _grants)
        {
            if (grant.Key == grantKey)
            {
                return grant;
            }
        }
        return null;
    }

    private Grant Known(long grantKey, ImmutableArray<Grant> ended) =>
        Find(grantKey) ?? ended.FirstOrDefault(g => g.Key == grantKey)
        ?? throw new InvalidOperationException($"grant {grantKey} was not given with the command");

    public void SetOverdraftLimit(long limit)
    {
        OverdraftLimit = limit;
        _changed = true;
    }

    /// <summary>Adds a grant; one whose time has come begins at once.</summary>
    public void Add(Grant grant, Instant now, EntryKind kind, CounterAccount counter)
    {
        if (Find(grant.Key) is not null)
        {
            throw new InvalidOperationException($"grant {grant.Key} exists");
        }
        Put(grant with { Status = GrantStatus.Scheduled });
        if (grant.EffectiveAt <= now)
        {
            Begin(grant.Key, now, kind, counter);
        }
    }

    /// <summary>Adds a grant whose whole life is over already: what was given is gone again.</summary>
    public void AddExpired(Grant grant, CounterAccount counter, Instant now)
    {
        var active = grant with { Status = GrantStatus.Active };
        Put(active);
        WriteBegin(now, EntryKind.Granted, counter, active);
        End(grant.Key, GrantStatus.Expired, now);
    }

    /// <summary>Makes a scheduled grant usable and settles debt. One that was ended before its time never begins.</summary>
    public void Begin(long grantKey, Instant time, EntryKind kind, CounterAccount counter)
    {
        if (Find(grantKey) is not { Status: GrantStatus.Scheduled } scheduled)
        {
            return;
        }
        var grant = scheduled with { Status = GrantStatus.Active };
        Put(grant);
        WriteBegin(time, kind, counter, grant);
        SettleDebt(time);
    }

    /// <summary>Ends a grant's life: what is not held vanishes now, the rest when its holds release it. A grant that is over already stays as it is.</summary>
    public void End(long grantKey, GrantStatus status, Instant time)
    {
        var grant = Find(grantKey)!;
        if (grant.IsOver)
        {
            return;
        }
        long gone = grant.Free;
        bool begun = grant.Status != GrantStatus.Scheduled;
        Put(grant with { Status = status, Remaining = begun ? grant.Held : 0 });
        if (gone > 0)
        {
            WriteEnd(time, grant, status, gone, null);
        }
    }

    /// <summary>Takes part of what is not held out of a grant, which lives on.</summary>
    public void VoidPart(long grantKey, long amount, Instant time)
    {
        var grant = Find(grantKey)!;
        Put(grant with { Remaining = grant.Remaining - amount });
        if (grant.Status == GrantStatus.Active && amount > 0)
        {
            WriteEnd(time, grant, GrantStatus.Voided, amount, null);
        }
    }

    /// <summary>Takes credit that is not held out of a grant; the caller has checked that it is there.</summary>
    public void SetAside(long grantKey, long amount, Instant time)
    {
        var grant = Find(grantKey)!;
        Put(grant with { Remaining = grant.Remaining - amount });
        Write(time, EntryKind.SetAside, WalletStep.CounterOf(grant.Source), grant, -amount, 0, null);
    }

    /// <summary>The opposite; credit that comes back settles debt first, as always.</summary>
    public void PutBack(Grant grant, long amount, Instant since, Instant now, Func<long> nextGrantKey) =>
        BackToGrant(Find(grant.Key) ?? grant, amount, since, now, nextGrantKey, ImmutableArray.CreateBuilder<Share>(), EntryKind.PutBack, WalletStep.CounterOf(grant.Source));

    /// <summary>Reserves credit from named grants in burn order, then from the overdraft. The caller has checked what is available.</summary>
    public ImmutableArray<Share> Hold(long amount, string? product, long holdKey, Instant time)
    {
        var shares = ImmutableArray.CreateBuilder<Share>(1);
        long left = amount;
        for (int i = 0; i < _grants.Count && left > 0; i++)
        {
            var grant = _grants[i];
            long part = Math.Min(left, grant.Serves(product) ? grant.Free : 0);
            if (part > 0)
            {
                _grants[i] = grant with { Held = grant.Held + part };
                Touch(_grants[i]);
                Write(time, EntryKind.Held, CounterAccount.None, grant, 0, part, holdKey);
                shares.Add(new Share(grant.Key, part));
                left -= part;
            }
        }
        if (left > 0)
        {
            OverdraftHeld = checked(OverdraftHeld + left);
            Write(time, EntryKind.Held, CounterAccount.None, null, 0, left, holdKey);
            shares.Add(new Share(Share.Overdraft, left));
        }
        return shares.DrainToImmutable();
    }

    /// <summary>Uses held credit.</summary>
    public void UseHeld(Share share, long holdKey, Instant time)
    {
        if (share.GrantKey == Share.Overdraft)
        {
            OverdraftHeld -= share.Amount;
            Debt = checked(Debt + share.Amount);
            Write(time, EntryKind.Used, CounterAccount.Revenue, null, -share.Amount, -share.Amount, holdKey);
            SettleDebt(time);
            return;
        }
        var grant = Find(share.GrantKey)!;
        Put(grant with { Held = grant.Held - share.Amount, Remaining = grant.Remaining - share.Amount });
        Write(time, EntryKind.Used, CounterAccount.Revenue, grant, -share.Amount, -share.Amount, holdKey);
    }

    /// <summary>Lets held credit go. Of an expired or voided grant it vanishes at once; else it is free again and settles debt first.</summary>
    public void Release(Share share, long holdKey, Instant time)
    {
        if (share.GrantKey == Share.Overdraft)
        {
            OverdraftHeld -= share.Amount;
            Write(time, EntryKind.Released, CounterAccount.None, null, 0, -share.Amount, holdKey);
            return;
        }
        var grant = Find(share.GrantKey)!;
        bool over = grant.Status != GrantStatus.Active;
        Put(grant with { Held = grant.Held - share.Amount, Remaining = grant.Remaining - (over ? share.Amount : 0) });
        Write(time, EntryKind.Released, CounterAccount.None, grant, 0, -share.Amount, holdKey);
        if (over)
        {
            WriteEnd(time, grant, grant.Status, share.Amount, holdKey);
        }
        else
        {
            SettleDebt(time);
        }
    }

    /// <summary>Takes free credit in burn order; what is missing becomes debt.</summary>
    public void Take(long amount, string? product, Instant time, EntryKind kind, CounterAccount counter, long? holdKey, ImmutableArray<Share>.Builder taken)
    {
        long left = amount;
        for (int i = 0; i < _grants.Count && left > 0; i++)
        {
            var grant = _grants[i];
            long part = Math.Min(left, grant.Serves(product) ? grant.Free : 0);
            if (part > 0)
            {
                _grants[i] = grant with { Remaining = grant.Remaining - part };
                Touch(_grants[i]);
                Write(time, kind, counter, grant, -part, 0, holdKey);
                taken.Add(new Share(grant.Key, part));
                left -= part;
            }
        }
        if (left > 0)
        {
            Debt = checked(Debt + left);
            Write(time, kind, counter, null, -left, 0, holdKey);
            taken.Add(new Share(Share.Overdraft, left));
        }
    }

    /// <summary>Puts used credit back where it came from; see wallets.md, Using credit.</summary>
    public void Return(PastUse use, long amount, ImmutableArray<Grant> ended, Instant now, Func<long> nextGrantKey, ImmutableArray<Share>.Builder returned)
    {
        if (use.GrantKey != Share.Overdraft)
        {
            ReturnToGrant(Known(use.GrantKey, ended), amount, use.UsedAt, now, nextGrantKey, returned);
            return;
        }
        long reduced = Math.Min(amount, Debt);
        if (reduced > 0)
        {
            Debt -= reduced;
            Write(now, EntryKind.Returned, CounterAccount.Revenue, null, reduced, 0, null);
            returned.Add(new Share(Share.Overdraft, reduced));
        }
        ReturnSettled(amount - reduced, ended, now, nextGrantKey, returned);
    }

    /// <summary>
    /// Pays off debt from free unrestricted credit, in burn order. A grant that expires at this very instant pays nothing: a hold may end, and so free its
    /// credit, just before it.
    /// </summary>
    public void SettleDebt(Instant time)
    {
        for (int i = 0; i < _grants.Count && Debt > 0; i++)
        {
            var grant = _grants[i];
            long part = Math.Min(Debt, grant.Serves(null) && grant.ExpiresAt > time ? grant.Free : 0);
            if (part > 0)
            {
                _grants[i] = grant with { Remaining = grant.Remaining - part };
                Touch(_grants[i]);
                Write(time, EntryKind.DebtSettled, CounterAccount.None, grant, -part, 0, null);
                Debt -= part;
                Write(time, EntryKind.DebtSettled, CounterAccount.None, null, part, 0, null);
                Remember(new PastUse(grant.Key, part, time));
            }
        }
    }

    // The debt that this usage caused was paid off since: the credit goes back to the grants that paid, the last first. When none is known any more
    // (too long ago), it comes as a grant of its own that does not expire.
    private void ReturnSettled(
        long amount, ImmutableArray<Grant> ended, Instant now, Func<long> nextGrantKey, ImmutableArray<Share>.Builder returned)
    {
        while (Settled.Count > 0 && amount > 0)
        {
            var (grantKey, paid, paidAt) = Settled[^1];
            long part = Math.Min(amount, paid);
            Settled.RemoveAt(Settled.Count - 1);
            if (part < paid)
            {
                Settled.Add(new PastUse(grantKey, paid - part, paidAt));
            }
            ReturnToGrant(Known(grantKey, ended), part, paidAt, now, nextGrantKey, returned);
            amount -= part;
        }
        if (amount > 0)
        {
            AddReversal(amount, Grant.DefaultPriority, [], Instant.Never, null, now, nextGrantKey, returned);
        }
    }

    private void ReturnToGrant(Grant grant, long amount, Instant usedAt, Instant now, Func<long> nextGrantKey, ImmutableArray<Share>.Builder returned) =>
        BackToGrant(grant, amount, usedAt, now, nextGrantKey, returned, EntryKind.Returned, CounterAccount.Revenue);

    private void BackToGrant(
        Grant grant, long amount, Instant usedAt, Instant now, Func<long> nextGrantKey, ImmutableArray<Share>.Builder returned, EntryKind kind, CounterAccount counter)
    {
        if (amount > grant.Granted - grant.Remaining)
        {
            throw new InvalidOperationException($"grant {grant.Key} would take back {amount} units, more than it ever lost");
        }
        bool expired = grant.Status == GrantStatus.Expired || grant.ExpiresAt <= now;
        if (grant.Status == GrantStatus.Voided || (expired && grant.ExpiresAt <= usedAt))
        {
            // As with a hold on it: what comes back to a voided grant is taken back at once, and what a hold used after the expiry had no lifetime left.
            Touch(grant);
            Write(now, kind, counter, grant, amount, 0, null);
            var status = grant.Status == GrantStatus.Voided ? GrantStatus.Voided : GrantStatus.Expired;
            WriteEnd(now, grant with { Remaining = grant.Remaining + amount }, status, amount, null);
            returned.Add(new Share(grant.Key, amount));
            return;
        }
        if (expired)
        {
            var expiresAt = now + (grant.ExpiresAt - usedAt);
            var costBasis = grant.CostBasis is { } paid ? paid with { Amount = grant.CostOf(amount) } : null;
            AddReversal(amount, grant.Priority, grant.Products, expiresAt, costBasis, now, nextGrantKey, returned, kind, counter);
            return;
        }
        Put(grant with { Remaining = grant.Remaining + amount });
        Write(now, kind, counter, grant, amount, 0, null);
        returned.Add(new Share(grant.Key, amount));
        SettleDebt(now);
    }

    private void AddReversal(
        long amount, int priority, ImmutableArray<string> products, Instant expiresAt, CostBasis? costBasis, Instant now, Func<long> nextGrantKey,
        ImmutableArray<Share>.Builder returned, EntryKind kind = EntryKind.Returned, CounterAccount counter = CounterAccount.Revenue)
    {
        var grant = new Grant(nextGrantKey(), GrantSource.Reversal, GrantStatus.Scheduled, amount, amount, 0, priority, products, now, now, expiresAt, costBasis);
        returned.Add(new Share(grant.Key, amount));
        Add(grant, now, kind, counter);
    }

    private void Remember(PastUse share)
    {
        if (Settled.Count > 0 && Settled[^1].GrantKey == share.GrantKey && Settled[^1].UsedAt == share.UsedAt)
        {
            Settled[^1] = share with { Amount = checked(Settled[^1].Amount + share.Amount) };
        }
        else
        {
            if (Settled.Count == MaxSettled)
            {
                Settled.RemoveAt(0);
            }
            Settled.Add(share);
        }
    }

    private void Put(Grant grant)
    {
        int index = _grants.FindIndex(g => g.Key == grant.Key);
        if (index >= 0)
        {
            _grants[index] = grant;
        }
        else
        {
            int at = _grants.BinarySearch(grant, BurnOrder.Instance);
            _grants.Insert(at < 0 ? ~at : at, grant);
        }
        Touch(grant);
    }

    private void Touch(Grant grant)
    {
        _changed = true;
        _wallet.Touch(Asset, grant);
    }

    private void WriteEnd(Instant time, Grant before, GrantStatus status, long gone, long? holdKey)
    {
        bool expired = status == GrantStatus.Expired;
        Write(time, expired ? EntryKind.Expired : EntryKind.Voided, expired ? CounterAccount.Expired : CounterAccount.Voided, before, -gone, 0, holdKey);
    }

    // A reversal grant brings back the share of the cost basis that its credit had consumed; any other grant has consumed nothing yet.
    private void WriteBegin(Instant time, EntryKind kind, CounterAccount counter, Grant grant) =>
        Write(time, kind, counter, grant.Key, grant.Remaining, 0, null, kind is EntryKind.Returned or EntryKind.PutBack ? -(grant.CostBasis?.Amount ?? 0) : 0);

    // `before` is the grant as it was before this line: the cost basis is consumed in proportion to what has left the grant.
    private void Write(Instant time, EntryKind kind, CounterAccount counter, Grant? before, long amount, long held, long? holdKey)
    {
        long gone = before is null ? 0 : before.Granted - before.Remaining;
        long cost = before?.CostBasis is null || amount == 0 ? 0 : before.CostOf(gone - amount) - before.CostOf(gone);
        Write(time, kind, counter, before?.Key, amount, held, holdKey, cost);
    }

    private void Write(Instant time, EntryKind kind, CounterAccount counter, long? grantKey, long amount, long held, long? holdKey, long cost)
    {
        _changed = true;
        _balance = checked(_balance + amount);
        _wallet.Write(new Entry(Asset, time, kind, counter, grantKey, amount, held, _balance, holdKey, cost));
    }
}
