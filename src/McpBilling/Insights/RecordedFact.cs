using System.Collections.Immutable;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Insights;

/// <summary>One thing that happened to a customer, as the ledger kept it: enough to carry it out again, on these prices or on others.</summary>
/// <param name="Key">Its sequence in the ledger.</param>
/// <param name="At">When the ledger took it.</param>
public abstract record RecordedFact(long Key, Instant At)
{
    /// <summary>Usage was recorded, by itself or as the capture of a hold.</summary>
    /// <param name="Final">Whether the capture ended its hold.</param>
    public sealed record Used(long Key, Instant At, UsageEvent Event, long? HoldKey, bool Final) : RecordedFact(Key, At);

    /// <summary>An authorization was granted.</summary>
    /// <param name="Lines">What it held at first; the hold's key is the fact's.</param>
    /// <param name="ExpiresAt">As first told, before any extension.</param>
    public sealed record Authorized(long Key, Instant At, ImmutableArray<HoldLine> Lines, Instant ExpiresAt) : RecordedFact(Key, At);

    /// <summary>A hold was captured by plain amount, which no price rates.</summary>
    /// <param name="Amount">In whole assets.</param>
    public sealed record AmountCaptured(long Key, Instant At, long HoldKey, decimal Amount, bool Final) : RecordedFact(Key, At);

    public sealed record HoldVoided(long Key, Instant At, long HoldKey) : RecordedFact(Key, At);

    /// <param name="ExpiresAt">When it expired afterwards.</param>
    public sealed record HoldExtended(long Key, Instant At, long HoldKey, Instant ExpiresAt) : RecordedFact(Key, At);

    /// <param name="Grant">Only what never changes of it is meant: how much, from when until when, for what, where from.</param>
    public sealed record Granted(long Key, Instant At, Asset Asset, Grant Grant) : RecordedFact(Key, At);

    /// <param name="Remaining">What was left of it afterwards, in whole assets.</param>
    /// <param name="Whole">The grant ended by it.</param>
    public sealed record GrantVoided(long Key, Instant At, long GrantKey, decimal Remaining, bool Whole) : RecordedFact(Key, At);

    /// <param name="Grant">What holds added credit; null when credit was taken.</param>
    /// <param name="BalanceAfter">In whole assets.</param>
    public sealed record Adjusted(long Key, Instant At, Asset Asset, Grant? Grant, decimal BalanceAfter) : RecordedFact(Key, At);

    /// <param name="QuantityLeft">What was left of the event afterwards.</param>
    public sealed record Reversed(long Key, Instant At, string EventId, decimal QuantityLeft) : RecordedFact(Key, At);

    /// <param name="Limit">In units of the asset.</param>
    public sealed record OverdraftSet(long Key, Instant At, Asset Asset, long Limit) : RecordedFact(Key, At);
}
