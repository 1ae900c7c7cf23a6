using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Payments;

/// <summary>Reads orders and what was reported. Every read sees the caller's workspace and nothing else.</summary>
public interface IPaymentReads
{
    /// <summary>An order by the id that people see; null when there is none in this workspace.</summary>
    ValueTask<OwnedTopUp?> TopUp(Caller caller, string id, CancellationToken cancellation);

    /// <summary>The order that a payment of a processor has paid; null: none that is known yet.</summary>
    ValueTask<OwnedTopUp?> TopUpOfPayment(Caller caller, string processor, string payment, CancellationToken cancellation);

    /// <summary>The order of a customer whose credit is a grant; null: the grant came without one.</summary>
    /// <param name="grantId">The id that people see.</param>
    ValueTask<OwnedTopUp?> TopUpOfGrant(Caller caller, string customerId, string grantId, CancellationToken cancellation);

    /// <summary>Newest first.</summary>
    /// <param name="before">Below this key; null for the newest.</param>
    ValueTask<TopUpPage> TopUps(Caller caller, TopUpQuestion question, long? before, int limit, CancellationToken cancellation);

    /// <summary>Newest first.</summary>
    ValueTask<RefundPage> Refunds(Caller caller, TopUpQuestion question, long? before, int limit, CancellationToken cancellation);

    /// <summary>A customer as they pay at a processor; without the processor's id as long as there is none.</summary>
    ValueTask<PayingCustomer> Payer(Caller caller, string customerId, string processor, CancellationToken cancellation);

    /// <summary>What a processor knows a customer by; null: nothing yet.</summary>
    ValueTask<ProcessorAccount?> ProcessorAccount(Caller caller, string customerId, string processor, CancellationToken cancellation);

    /// <summary>Who a processor's customer is; null: nobody of this workspace.</summary>
    ValueTask<string?> CustomerOf(Caller caller, string processor, string processorCustomer, CancellationToken cancellation);

    /// <summary>Orders whose processor is to be asked how they stand (<see cref="TopUp.NextLook"/>), the longest due first.</summary>
    /// <param name="all">Also those that are not due yet.</param>
    ValueTask<IReadOnlyList<OwnedTopUp>> ToLookAt(Caller caller, bool all, int limit, CancellationToken cancellation);

    /// <summary>Orders of auto-recharges that no processor was asked to charge yet, or whose answer never came, the oldest first.</summary>
    ValueTask<IReadOnlyList<OwnedTopUp>> ToCharge(Caller caller, int limit, CancellationToken cancellation);

    /// <summary>A customer's auto-recharges in the order of their assets; null: there is no such customer.</summary>
    ValueTask<IReadOnlyList<AutoRechargeView>?> AutoRecharges(Caller caller, string customerId, CancellationToken cancellation);

    /// <summary>Webhooks that came and were not booked to the end, the oldest first.</summary>
    ValueTask<IReadOnlyList<StoredWebhook>> WaitingWebhooks(Caller caller, int limit, CancellationToken cancellation);

    /// <summary>Reports of money that fit no order: for a person. Newest first.</summary>
    ValueTask<IReadOnlyList<PaymentMismatch>> Mismatches(Caller caller, int limit, CancellationToken cancellation);

    /// <summary>Whether some payment of a customer is disputed and not decided yet, or lost.</summary>
    ValueTask<bool> HasDispute(Caller caller, string customerId, CancellationToken cancellation);
}

/// <summary>An order and whose it is.</summary>
/// <param name="Id">As people see it.</param>
public sealed record OwnedTopUp(string Id, string CustomerId, TopUp TopUp, TopUpView View);

/// <summary>Which orders, or whose refunds.</summary>
/// <param name="Origin">Only those that were begun so; of orders alone.</param>
public sealed record TopUpQuestion(string? CustomerId, string? TopUpId = null, TopUpStatus? Status = null, TopUpOrigin? Origin = null);

public sealed record TopUpPage(IReadOnlyList<OwnedTopUp> TopUps, long? Next, long Total);

public sealed record RefundPage(IReadOnlyList<RefundView> Refunds, long? Next, long Total);

/// <summary>What a processor knows a customer by.</summary>
/// <param name="Reference">The processor's id of the customer.</param>
/// <param name="Instrument">What the customer left last.</param>
public sealed record ProcessorAccount(string Processor, string Reference, SavedInstrument? Instrument);

/// <summary>Money that fits no order.</summary>
/// <param name="Kind">Of the report, such as <c>paid</c>.</param>
public sealed record PaymentMismatch(string TopUpId, string CustomerId, string Kind, string EventId, Instant At, string? Payment, Amount? Amount);

/// <summary>A webhook as it was stored before anything was done about it.</summary>
/// <param name="Key">Storage key.</param>
/// <param name="Tries">How often it was read and not booked to the end.</param>
public sealed record StoredWebhook(long Key, string Processor, ReceivedWebhook Webhook, int Tries);
