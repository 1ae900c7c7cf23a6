using McpBilling.Money;

namespace McpBilling.Payments;

/// <summary>
/// Something that happened outside, as a processor reports it. Facts may be told in any order and any number of times: each one is applied to the order by
/// what it says, never by when it came.
/// </summary>
/// <param name="EventId">The processor's id of the report; the same for each repetition.</param>
/// <param name="At">When it happened, as the processor says.</param>
/// <param name="TopUpId">Our id of the order; null where the processor does not know it, such as in a dispute: then <paramref name="Payment"/> leads to it.</param>
/// <param name="Payment">The processor's id of the payment; null before there is one.</param>
public abstract record PaymentFact(string EventId, Instant At, string? TopUpId, string? Payment)
{
    /// <summary>The money is there.</summary>
    /// <param name="Amount">What counts as credit: without tax.</param>
    /// <param name="Tax">What was taken beyond it for the tax office; zero where there is none.</param>
    public sealed record Paid(string EventId, Instant At, string? TopUpId, string? Payment, Amount Amount, Amount Tax, SavedInstrument? Instrument) : PaymentFact(EventId, At, TopUpId, Payment);

    /// <summary>It is under way: a bank debit takes days.</summary>
    public sealed record Pending(string EventId, Instant At, string? TopUpId, string? Payment) : PaymentFact(EventId, At, TopUpId, Payment);

    /// <summary>It did not come to pass. The same order may still be paid by another attempt.</summary>
    public sealed record Failed(string EventId, Instant At, string? TopUpId, string? Payment, string Code, RetryAdvice Retry) : PaymentFact(EventId, At, TopUpId, Payment);

    /// <summary>The page is closed unpaid.</summary>
    public sealed record Expired(string EventId, Instant At, string? TopUpId, string? Payment) : PaymentFact(EventId, At, TopUpId, Payment);

    /// <summary>Money went back.</summary>
    /// <param name="Refund">The processor's id; a refund that somebody made there and not here has an id that we don't know.</param>
    /// <param name="RefundId">Our id of it, when we asked for it.</param>
    public sealed record Refunded(string EventId, Instant At, string? TopUpId, string? Payment, string Refund, string? RefundId, Amount Amount) : PaymentFact(EventId, At, TopUpId, Payment);

    /// <summary>It did not go back after all.</summary>
    public sealed record RefundFailed(string EventId, Instant At, string? TopUpId, string? Payment, string Refund, string? RefundId, Amount Amount, string Code) : PaymentFact(EventId, At, TopUpId, Payment);

    /// <summary>The customer's bank asks for it back. No money has moved yet.</summary>
    public sealed record DisputeOpened(string EventId, Instant At, string? TopUpId, string? Payment, string Dispute, Amount Amount, string Reason) : PaymentFact(EventId, At, TopUpId, Payment);

    /// <summary>The bank took it.</summary>
    public sealed record DisputeWithdrawn(string EventId, Instant At, string? TopUpId, string? Payment, string Dispute, Amount Amount) : PaymentFact(EventId, At, TopUpId, Payment);

    /// <summary>The bank gave it back.</summary>
    public sealed record DisputeReinstated(string EventId, Instant At, string? TopUpId, string? Payment, string Dispute, Amount Amount) : PaymentFact(EventId, At, TopUpId, Payment);

    /// <summary>It is over.</summary>
    public sealed record DisputeClosed(string EventId, Instant At, string? TopUpId, string? Payment, string Dispute, bool Won) : PaymentFact(EventId, At, TopUpId, Payment);

    /// <summary>The customer left an instrument for later.</summary>
    public sealed record InstrumentSaved(string EventId, Instant At, string CustomerId, string ProcessorCustomer, SavedInstrument Instrument) : PaymentFact(EventId, At, null, null);

    /// <summary>It is there no more.</summary>
    public sealed record InstrumentRemoved(string EventId, Instant At, string ProcessorCustomer, string Instrument) : PaymentFact(EventId, At, null, null);
}
