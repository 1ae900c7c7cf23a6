using McpBilling.Money;

namespace McpBilling.Payments;

/// <summary>
/// Somebody who moves money outside: Stripe, the built-in sandbox, or the builder by hand. Our ledger is the truth; a processor is told what to do under a key
/// that was stored before, and reports what happened as facts, which may come late, twice or in any order. What it cannot do it says in
/// <see cref="Capabilities"/>, and answers <see cref="PaymentOutcome.Unsupported"/> when asked all the same.
/// </summary>
/// <remarks>
/// Amounts are exact and in the currency's own asset; the minor units of the outside exist only inside a processor. A call whose answer did not come is
/// <see cref="PaymentOutcome.Unknown"/>, never a failure: the same call with the same key tells, and after it <see cref="Look"/>.
/// </remarks>
public interface IPaymentProcessor
{
    /// <summary>Kept with every payment, and the last part of the address of its webhooks: <c>stripe</c>, <c>sandbox</c>, <c>manual</c>.</summary>
    string Name { get; }

    ProcessorCapabilities Capabilities { get; }

    /// <summary>The processor's own id of a customer, made when there is none.</summary>
    /// <returns>Null: it keeps no customers.</returns>
    ValueTask<string?> EnsureCustomer(PaymentKey key, PayingCustomer customer, CancellationToken cancellation);

    /// <summary>A page on which the customer pays for an order.</summary>
    /// <param name="key">The order's id.</param>
    /// <exception cref="ProcessorException">There is no page, or it is not known whether there is one.</exception>
    ValueTask<HostedPage> CreateTopUp(PaymentKey key, PaymentOrder order, CancellationToken cancellation);

    /// <summary>Closes such a page, so that it cannot be paid any more.</summary>
    /// <returns>False: it is too late, it was paid.</returns>
    ValueTask<bool> CloseTopUp(PaymentKey key, string reference, CancellationToken cancellation);

    /// <summary>A page on which the customer leaves a card for later, and agrees to it.</summary>
    ValueTask<HostedPage> SaveInstrument(PaymentKey key, PayingCustomer customer, Uri back, CancellationToken cancellation);

    /// <summary>What the customer has left; never a number beyond what a person recognises it by.</summary>
    ValueTask<IReadOnlyList<SavedInstrument>> Instruments(string processorCustomer, CancellationToken cancellation);

    ValueTask RemoveInstrument(PaymentKey key, string instrument, CancellationToken cancellation);

    /// <summary>Takes money without the customer being there.</summary>
    ValueTask<PaymentOutcome> Charge(PaymentKey key, PaymentOrder order, string instrument, CancellationToken cancellation);

    /// <summary>Gives money back. The credit was reserved before.</summary>
    /// <param name="key">Our id of the refund: reports about it name it as <see cref="PaymentFact.Refunded.RefundId"/>.</param>
    /// <param name="payment">The processor's id of the payment.</param>
    /// <param name="amount">What the customer gets, tax included.</param>
    ValueTask<PaymentOutcome> Refund(PaymentKey key, string payment, Amount amount, CancellationToken cancellation);

    /// <summary>What has become of an order, for those whose webhook never came: what it would have told, as facts.</summary>
    /// <param name="reference">The hosted page or the payment, as the processor named it.</param>
    ValueTask<IReadOnlyList<PaymentFact>> Look(string reference, CancellationToken cancellation);

    /// <summary>Reads a webhook. Its signature, age, mode and version are checked on the bytes as they came.</summary>
    /// <returns>None: it is authentic and says nothing that matters here.</returns>
    /// <exception cref="WebhookRefusedException">It is not authentic, too old, or of the other mode.</exception>
    IReadOnlyList<PaymentFact> Read(ReceivedWebhook webhook);
}

/// <summary>The key of a call to a processor. It is stored before the call, so that after a crash the same call is made, not another.</summary>
/// <param name="Value">At most 255 printable characters; unique per call.</param>
public readonly record struct PaymentKey(string Value);

/// <summary>Who pays.</summary>
/// <param name="CustomerId">The app's id.</param>
/// <param name="ProcessorCustomer">The processor's id, once <see cref="IPaymentProcessor.EnsureCustomer"/> gave one.</param>
public sealed record PayingCustomer(string CustomerId, string? ProcessorCustomer, string? Name, string? Email);

/// <summary>Money that is to be taken.</summary>
/// <param name="TopUpId">Our id of it, which every fact about it names.</param>
/// <param name="Amount">Without tax, above zero.</param>
/// <param name="Title">What the customer reads: "1,000 credits".</param>
/// <param name="Save">The customer agreed that the instrument is kept for later payments.</param>
/// <param name="Back">Where the customer goes afterwards; null where nobody is there.</param>
public sealed record PaymentOrder(string TopUpId, PayingCustomer Customer, Amount Amount, string Title, bool Save, Uri? Back);

/// <summary>A page of the processor.</summary>
/// <param name="Reference">The processor's id of it.</param>
public sealed record HostedPage(string Reference, Uri Url, Instant ExpiresAt);

/// <summary>A card or the like, as a person knows it.</summary>
/// <param name="Id">The processor's id.</param>
/// <param name="Label">Such as "Visa 4242".</param>
/// <param name="Expires">Its last month; null where it has none.</param>
public sealed record SavedInstrument(string Id, string Label, (int Year, int Month)? Expires);

/// <summary>A webhook as it came.</summary>
/// <param name="Headers">By lower-case name.</param>
/// <param name="Body">The bytes that were signed.</param>
/// <param name="Now">Against what the signature's age is held.</param>
public sealed record ReceivedWebhook(IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body, Instant Now);

/// <summary>A webhook that nobody may act on. The message is for the log; the sender is told no more than 400.</summary>
public sealed class WebhookRefusedException(string why) : Exception(why);

/// <summary>The processor refused, or did not answer.</summary>
/// <param name="isUnknown">No answer came: it is not known whether it was done.</param>
/// <param name="canRetry">It refused only for now.</param>
public sealed class ProcessorException(string message, bool isUnknown, bool canRetry, Exception? inner = null) : Exception(message, inner)
{
    public bool IsUnknown { get; } = isUnknown;
    public bool CanRetry { get; } = canRetry;
}
