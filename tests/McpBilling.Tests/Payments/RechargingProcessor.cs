using McpBilling.Money;
using McpBilling.Payments;

namespace McpBilling.Tests.Payments;

/// <summary>A processor that could charge somebody who is not there: only what it can do is asked.</summary>
internal sealed class RechargingProcessor : IPaymentProcessor
{
    public string Name => "sandbox";

    public ProcessorCapabilities Capabilities { get; } = new()
    {
        OffSession = true,
        SavedInstruments = true,
        Takes = static _ => true,
        Least = Amount.Zero,
        CanPay = static _ => true,
    };

    public ValueTask<string?> EnsureCustomer(PaymentKey key, PayingCustomer customer, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<HostedPage> CreateTopUp(PaymentKey key, PaymentOrder order, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<bool> CloseTopUp(PaymentKey key, string reference, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<HostedPage> SaveInstrument(PaymentKey key, PayingCustomer customer, Uri back, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<SavedInstrument>> Instruments(string processorCustomer, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask RemoveInstrument(PaymentKey key, string instrument, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<PaymentOutcome> Charge(PaymentKey key, PaymentOrder order, string instrument, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<PaymentOutcome> Refund(PaymentKey key, string payment, Amount amount, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<PaymentFact>> Look(string reference, CancellationToken cancellation) => throw new NotSupportedException();

    public IReadOnlyList<PaymentFact> Read(ReceivedWebhook webhook) => throw new NotSupportedException();
}
