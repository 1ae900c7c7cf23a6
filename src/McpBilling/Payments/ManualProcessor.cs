using McpBilling.Money;

namespace McpBilling.Payments;

/// <summary>
/// The builder is the processor: money comes by bank transfer, or through a processor that we don't know. They say that it came with mark_top_up_paid, or with a
/// signed <see cref="PaymentReport"/>; and when a refund is made here, they transfer it back.
/// </summary>
/// <param name="secret">Signs reports to this workspace.</param>
public sealed class ManualProcessor(byte[] secret) : IPaymentProcessor
{
    public const string ProcessorName = "manual";

    public string Name => ProcessorName;

    public ProcessorCapabilities Capabilities { get; } = new()
    {
        Refunds = true,
        PartialRefunds = true,
        Disputes = true,
        Takes = static currency => currency.IsCurrency,
        Least = Amount.Zero,
        CanPay = IsWholeCoins,
    };

    /// <summary>A whole number of the currency's least coin by ISO 4217.</summary>
    public static bool IsWholeCoins(Amount amount) => amount.Units % (long)(Catalog.TopUpPrices.Coin(amount.Asset) * amount.Asset.UnitsPerWhole) == 0;

    public ValueTask<string?> EnsureCustomer(PaymentKey key, PayingCustomer customer, CancellationToken cancellation) => new((string?)null);

    public ValueTask<HostedPage> CreateTopUp(PaymentKey key, PaymentOrder order, CancellationToken cancellation) => throw NoPages();

    public ValueTask<bool> CloseTopUp(PaymentKey key, string reference, CancellationToken cancellation) => new(true);

    public ValueTask<HostedPage> SaveInstrument(PaymentKey key, PayingCustomer customer, Uri back, CancellationToken cancellation) => throw NoPages();

    public ValueTask<IReadOnlyList<SavedInstrument>> Instruments(string processorCustomer, CancellationToken cancellation) => new([]);

    public ValueTask RemoveInstrument(PaymentKey key, string instrument, CancellationToken cancellation) => default;

    public ValueTask<PaymentOutcome> Charge(PaymentKey key, PaymentOrder order, string instrument, CancellationToken cancellation) => new(new PaymentOutcome.Unsupported());

    /// <summary>The builder's to do: it counts as done when it is asked for, and a report that it failed takes it back.</summary>
    public ValueTask<PaymentOutcome> Refund(PaymentKey key, string payment, Amount amount, CancellationToken cancellation) => new(new PaymentOutcome.Succeeded("by-hand-" + key.Value));

    public ValueTask<IReadOnlyList<PaymentFact>> Look(string reference, CancellationToken cancellation) => new([]);

    public IReadOnlyList<PaymentFact> Read(ReceivedWebhook webhook)
    {
        WebhookSignature.Require(secret, webhook);
        return [PaymentReport.Parse(webhook.Body.Span).ToFact()];
    }

    private static ProcessorException NoPages() => new("manual has no pages", isUnknown: false, canRetry: false);
}
