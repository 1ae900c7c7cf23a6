using McpBilling.Money;

namespace McpBilling.Ledger;

/// <summary>What happened to an account, as one line of the ledger says it.</summary>
public enum EntryKind
{
    /// <summary>A grant began.</summary>
    Granted = 1,

    /// <summary>Credit paid off debt: one line takes it from the grant, one from the debt.</summary>
    DebtSettled = 2,

    /// <summary>Usage took credit, or became debt.</summary>
    Used = 3,

    /// <summary>An authorization set credit aside; the balance stays.</summary>
    Held = 4,

    /// <summary>Held credit came free again; the balance stays.</summary>
    Released = 5,

    /// <summary>A grant's time was over.</summary>
    Expired = 6,

    /// <summary>A grant was taken back.</summary>
    Voided = 7,

    /// <summary>Used credit came back (a reversal, or a charge below zero).</summary>
    Returned = 8,

    /// <summary>A correction by hand.</summary>
    Adjusted = 9,

    /// <summary>Credit went out of a grant because the money that was paid for it goes back, or is disputed.</summary>
    SetAside = 10,

    /// <summary>It came back into the grant, since the money stayed.</summary>
    PutBack = 11,
}

/// <summary>Where an entry's amount came from or went to. Per asset, the accounts and these sum to zero.</summary>
public enum CounterAccount
{
    /// <summary>Between buckets of one account: holds, releases, settling debt.</summary>
    None = 0,

    /// <summary>Credit that was paid for.</summary>
    Issued = 1,

    /// <summary>Credit given away: promotional, included by a plan.</summary>
    Promotion = 2,

    /// <summary>Usage charged, less what was returned.</summary>
    Revenue = 3,

    /// <summary>Breakage: credit that expired unused.</summary>
    Expired = 4,

    /// <summary>Grants taken back.</summary>
    Voided = 5,

    /// <summary>Corrections by hand.</summary>
    Adjustment = 6,
}

/// <summary>
/// One line of the append-only ledger. It touches exactly one bucket of one account: a grant, or (without a grant) the debt and the overdraft.
/// Replaying a customer's entries in order rebuilds every balance, debt and hold.
/// </summary>
/// <param name="Asset">The account's asset.</param>
/// <param name="Time">When it was due, which may be before it was noticed.</param>
/// <param name="GrantKey">The grant it touched; null for debt and overdraft.</param>
/// <param name="Amount">Signed effect on the balance, in units of the asset. Without a grant, −x makes debt of x.</param>
/// <param name="Held">Signed effect on what is held in the bucket.</param>
/// <param name="BalanceAfter">The account's balance after this line.</param>
/// <param name="HoldKey">The hold that was placed, used or released.</param>
/// <param name="CostBasis">Share of a paid grant's cost basis that this line consumed (+) or gave back (−), in units of its currency.</param>
public sealed record Entry(
    Asset Asset, Instant Time, EntryKind Kind, CounterAccount Counter, long? GrantKey, long Amount, long Held, long BalanceAfter, long? HoldKey, long CostBasis);
