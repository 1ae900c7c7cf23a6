using System.Collections.Immutable;
using McpBilling.Ledger;
using McpBilling.Money;

namespace McpBilling.Wallets;

/// <summary>What a missing credit leads to.</summary>
public enum OnInsufficient
{
    /// <summary>Usage has happened: what is missing becomes debt.</summary>
    Debt,

    /// <summary>All or nothing: refused with <c>insufficient_balance</c>.</summary>
    Reject,
}

/// <summary>An amount to take, for a product's charge or by itself.</summary>
/// <param name="Amount">Units of the asset, ≥ 0.</param>
/// <param name="Product">Whose restricted grants may be used; null for a plain amount.</param>
/// <param name="Purpose">Kept on a hold's line (see <see cref="HoldLine"/>).</param>
public sealed record Debit(Asset Asset, long Amount, string? Product = null, string? Purpose = null);

/// <summary>Used credit to give back.</summary>
/// <param name="Amount">Units of the asset, ≥ 0, at most the sum of <paramref name="Uses"/>.</param>
/// <param name="Uses">Where it was used, in the order in which it returns: last used first.</param>
/// <param name="Ended">
/// Grants as stored that are not in the state any more and may have to take credit back: those of <paramref name="Uses"/> and, where debt is given back,
/// those that settled debt (<see cref="Account.Settled"/>).
/// </param>
public sealed record GiveBack(Asset Asset, long Amount, ImmutableArray<PastUse> Uses, ImmutableArray<Grant> Ended);

/// <summary>Credit that was used once.</summary>
/// <param name="GrantKey">The grant, or <see cref="Share.Overdraft"/> for what had become debt.</param>
/// <param name="UsedAt">When it was used, or paid off debt: a grant that has expired since comes back with the lifetime it had left then.</param>
public sealed record PastUse(long GrantKey, long Amount, Instant UsedAt);

/// <summary>One instruction to a customer's wallet; what <see cref="WalletState.Apply"/> understands.</summary>
public abstract record WalletCommand
{
    private WalletCommand()
    {
    }

    /// <summary>Only brings the wallet up to now.</summary>
    public sealed record BringUp : WalletCommand;

    /// <summary>Adds a grant; it first settles debt.</summary>
    public sealed record AddGrant(
        long GrantKey, Asset Asset, long Amount, GrantSource Source, int Priority, ImmutableArray<string> Products,
        Instant EffectiveAt, Instant ExpiresAt, CostBasis? CostBasis) : WalletCommand;

    /// <summary>Takes back what is not held: all of it (and what holds release later), or just <paramref name="Amount"/>.</summary>
    public sealed record VoidGrant(long GrantKey, long? Amount) : WalletCommand;

    /// <summary>Takes credit that is not held out of a grant, because the money paid for it goes back or is disputed; <see cref="PutBack"/> undoes it.</summary>
    public sealed record SetAside(long GrantKey, long Amount) : WalletCommand;

    /// <summary>Puts set-aside credit back where it came from; into a grant of its own, with the lifetime it had left, when that one has expired since.</summary>
    /// <param name="Grant">As stored: it may have left the state.</param>
    /// <param name="Since">When it was set aside.</param>
    public sealed record PutBack(Asset Asset, Grant Grant, long Amount, Instant Since) : WalletCommand;

    /// <summary>Corrects a balance: above zero a grant of its own, below zero taken in burn order.</summary>
    public sealed record Adjust(long GrantKey, Asset Asset, long Amount, OnInsufficient OnInsufficient) : WalletCommand;

    /// <summary>Sets how far authorizations may go below zero.</summary>
    public sealed record SetOverdraft(Asset Asset, long Limit) : WalletCommand;

    /// <summary>Reserves all the debits or none. With <paramref name="AllowPartial"/> (one debit only) what there is, at least <paramref name="MinAmount"/>.</summary>
    public sealed record Authorize(long HoldKey, ImmutableArray<Debit> Debits, Instant ExpiresAt, bool AllowPartial, long MinAmount) : WalletCommand;

    /// <summary>Uses a hold, in whole or in part, and what it lacks from free credit.</summary>
    /// <param name="StoredStatus">How the hold ended, when it is not open any more; null when there is no such hold.</param>
    public sealed record Capture(
        long HoldKey, HoldStatus? StoredStatus, ImmutableArray<Debit> Debits, ImmutableArray<GiveBack> Returns, bool Final, OnInsufficient OnInsufficient, bool AllowExpired) : WalletCommand;

    /// <summary>Ends a hold unused.</summary>
    public sealed record VoidHold(long HoldKey, HoldStatus? StoredStatus) : WalletCommand;

    /// <summary>Prolongs a hold, never beyond <see cref="Hold.MaxLife"/> after it was placed; never shortens it.</summary>
    public sealed record ExtendHold(long HoldKey, HoldStatus? StoredStatus, Instant ExpiresAt) : WalletCommand;

    /// <summary>Takes and gives back credit for a usage event or its reversal, all or nothing.</summary>
    public sealed record Use(ImmutableArray<Debit> Debits, ImmutableArray<GiveBack> Returns, OnInsufficient OnInsufficient) : WalletCommand;
}
