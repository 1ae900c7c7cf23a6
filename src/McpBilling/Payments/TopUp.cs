using System.Collections.Immutable;
using McpBilling.Money;

namespace McpBilling.Payments;

/// <summary>How an order stands. Attempts under it may fail without ending it. The numbers are stored.</summary>
public enum TopUpStatus
{
    /// <summary>It can be paid.</summary>
    Open = 0,

    /// <summary>The money is there and the credit was given, both for good: what goes back later are refunds and disputes.</summary>
    Paid = 1,

    /// <summary>Its page closed unpaid. Money that comes all the same is credited.</summary>
    Expired = 2,

    /// <summary>The builder or the customer gave it up. Money that comes all the same is credited.</summary>
    Canceled = 3,
}

/// <summary>Who began an order. The numbers are stored.</summary>
public enum TopUpOrigin
{
    /// <summary>The builder's app.</summary>
    Request = 0,

    /// <summary>The customer, in the portal.</summary>
    Portal = 1,

    /// <summary>The customer, who allowed it in advance.</summary>
    AutoRecharge = 2,
}

/// <summary>An order: so much money for so much credit. Immutable; <see cref="TopUpStep"/> says what each fact makes of it.</summary>
/// <param name="Key">Storage key, unique in the workspace.</param>
/// <param name="Processor">Who takes the money (<see cref="IPaymentProcessor.Name"/>).</param>
/// <param name="Price">What is to be paid, without tax.</param>
/// <param name="Credit">What is bought.</param>
/// <param name="Bonus">What comes with it for nothing, in units of the same asset.</param>
public sealed record TopUp(
    long Key, TopUpOrigin Origin, string Processor, string? PackId, string Title, Amount Price, Amount Credit, long Bonus, Instant CreatedAt)
{
    public TopUpStatus Status { get; init; }

    /// <summary>Of the bought credit; null: never expires.</summary>
    public int? ExpiresAfterDays { get; init; }

    public int? BonusExpiresAfterDays { get; init; }
    public int Priority { get; init; } = Wallets.Grant.DefaultPriority;

    /// <summary>The customer agreed that what they pay with is kept.</summary>
    public bool Save { get; init; }

    /// <summary>Where the app wants the customer to go afterwards.</summary>
    public Uri? Back { get; init; }

    /// <summary>Where the processor takes the money; null before it said so, and where it has none.</summary>
    public HostedPage? Page { get; init; }

    /// <summary>The last attempt that did not come to pass, or is under way.</summary>
    public PaymentAttempt? Attempt { get; init; }

    /// <summary>The processor's id of the payment; null before it is paid, and where money comes without one.</summary>
    public string? Payment { get; init; }

    /// <summary>What was taken beyond the price for the tax office, in units of the price's currency. It buys no credit.</summary>
    public long Tax { get; init; }

    public Instant? PaidAt { get; init; }

    /// <summary>When the credit was given, in the workspace's time; it may be told later than it was paid.</summary>
    public Instant? GrantAt { get; init; }

    /// <summary>The grant of the bought credit.</summary>
    public long? GrantKey { get; init; }

    public long? BonusGrantKey { get; init; }

    /// <summary>When the processor is to be asked how it stands, should no report come; null: not any more.</summary>
    public Instant? NextLook { get; init; }

    /// <summary>By key.</summary>
    public ImmutableArray<Refund> Refunds { get; init; } = [];

    /// <summary>By key.</summary>
    public ImmutableArray<Dispute> Disputes { get; init; } = [];

    /// <summary>Everything that was taken, in units of the price's currency: what refunds can give back at most.</summary>
    public long Taken => checked(Price.Units + Tax);
}

/// <summary>An attempt to pay.</summary>
/// <param name="Code">The processor's word for why it failed; null: it is under way.</param>
/// <param name="Payment">The processor's id of it, by which it can be asked for where there is no page; null: it said none.</param>
public sealed record PaymentAttempt(Instant At, string? Code, RetryAdvice Retry, string? Payment);

/// <summary>The part of a payment's credit that a refund or dispute answers for. All parts of one payment together are never more than its credit.</summary>
/// <param name="Share">Units of the bought credit that the money stands for.</param>
/// <param name="SetAside">Of it, what was still there and was taken out of the grant.</param>
/// <param name="Bonus">What was taken out of the bonus with it.</param>
/// <param name="Debited">Of the share, what was spent and is charged to the customer: disputes only.</param>
/// <param name="Since">When credit was last taken.</param>
public readonly record struct CreditPart(long Share, long SetAside, long Bonus, long Debited, Instant Since)
{
    public bool IsEmpty => Share == 0 && Bonus == 0;
}

public enum RefundStatus
{
    /// <summary>Credit is set aside; the processor was asked, or is about to be.</summary>
    Pending = 0,
    Succeeded = 1,

    /// <summary>The money stayed, and the credit came back.</summary>
    Failed = 2,
}

/// <summary>Money that goes back.</summary>
/// <param name="Key">Storage key, unique in the workspace.</param>
/// <param name="Units">What the customer gets back, tax included, in units of the price's currency.</param>
/// <param name="Forced">Also what was spent: nobody is charged for that.</param>
/// <param name="IsOurs">False: somebody made it at the processor.</param>
public sealed record Refund(long Key, long Units, bool Forced, bool IsOurs, string? Reason, Instant CreatedAt)
{
    public RefundStatus Status { get; init; }

    /// <summary>The processor's id.</summary>
    public string? Reference { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Code { get; init; }

    /// <summary>The processor itself reported the failure, which is final; else it only refused when it was asked.</summary>
    public bool FailureReported { get; init; }

    public CreditPart Part { get; init; }
}

/// <summary>What a dispute does to credit.</summary>
public enum DisputeEffect
{
    /// <summary>Nothing any more.</summary>
    None,

    /// <summary>What is left of the credit is set aside: no money has moved yet.</summary>
    SetAside,

    /// <summary>The money is gone: what was spent is owed.</summary>
    Debit,
}

/// <summary>
/// A customer's bank asks for money back. What has been reported is kept as marks, since reports come in any order; what follows from them is
/// <see cref="Effect"/>, which asks for no order.
/// </summary>
/// <param name="Key">Storage key, unique in the workspace.</param>
/// <param name="Reference">The processor's id.</param>
/// <param name="Units">What is asked back, tax included, in units of the price's currency.</param>
public sealed record Dispute(long Key, string Reference, long Units, string? Reason, Instant At)
{
    public bool Opened { get; init; }
    public bool Withdrawn { get; init; }
    public bool Reinstated { get; init; }
    public bool Won { get; init; }
    public bool Lost { get; init; }
    public CreditPart Part { get; init; }

    public bool IsClosed => Won || Lost;

    public DisputeEffect Effect =>
        Reinstated ? DisputeEffect.None
        : Withdrawn || Lost ? DisputeEffect.Debit
        : Won || !Opened ? DisputeEffect.None
        : DisputeEffect.SetAside;
}
