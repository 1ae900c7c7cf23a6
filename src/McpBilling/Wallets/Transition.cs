using System.Collections.Immutable;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>Why a wallet refused a command. A refusal changes nothing but what was due anyway.</summary>
/// <param name="Code">The documented code.</param>
/// <param name="Asset">The asset that was short, for <c>insufficient_balance</c>.</param>
/// <param name="Shortfall">How much was missing, in units of the asset.</param>
/// <param name="Available">What was available, in units of the asset.</param>
public sealed record Refusal(ErrorCode Code, Asset? Asset = null, long Shortfall = 0, long Available = 0);

/// <summary>What a command did: the new state, the lines of the ledger, and the records that changed.</summary>
/// <param name="State">The wallet after the command (and after everything due by then).</param>
/// <param name="Entries">New lines, in order.</param>
/// <param name="Grants">Grants as they are now, those that left the state included, with their asset.</param>
/// <param name="Holds">Holds as they are now, those that ended included.</param>
/// <param name="Refusal">Null when the command was carried out.</param>
/// <param name="Hold">The hold that was placed, used or ended.</param>
/// <param name="Debits">For each debit the buckets it was taken from, in order.</param>
/// <param name="Returns">For each give-back the buckets it went to, in order.</param>
public sealed record Transition(
    WalletState State,
    ImmutableArray<Entry> Entries,
    ImmutableArray<(Asset Asset, Grant Grant)> Grants,
    ImmutableArray<Hold> Holds,
    Refusal? Refusal,
    Hold? Hold,
    ImmutableArray<ImmutableArray<Share>> Debits,
    ImmutableArray<ImmutableArray<Share>> Returns);
