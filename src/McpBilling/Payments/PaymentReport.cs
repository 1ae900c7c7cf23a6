using System.ComponentModel;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Payments;

/// <summary>
/// A report as JSON: what the sandbox's webhooks carry, and what a builder's own processor sends to say that a payment happened. Amounts are decimal text.
/// </summary>
public sealed record PaymentReport
{
    [Description("The report's id; the same for each repetition.")]
    public required string Id { get; init; }

    [Description("paid, pending, failed, expired, refunded, refund_failed, dispute_opened, dispute_withdrawn, dispute_reinstated, dispute_closed, instrument_saved, instrument_removed.")]
    public required string Type { get; init; }

    public required Instant At { get; init; }

    [Description("Our id of the order.")]
    public string? TopUpId { get; init; }

    [Description("The processor's id of the payment.")]
    public string? Payment { get; init; }

    public decimal? Amount { get; init; }

    [Description("Beyond amount, for the tax office.")]
    public decimal? Tax { get; init; }

    [Description("ISO 4217 code, lower case.")]
    public string? Currency { get; init; }

    [Description("Why it failed.")]
    public string? Code { get; init; }

    public RetryAdvice? Retry { get; init; }

    [Description("The processor's id of the refund.")]
    public string? Refund { get; init; }

    [Description("Our id of the refund.")]
    public string? RefundId { get; init; }

    [Description("The processor's id of the dispute.")]
    public string? Dispute { get; init; }

    [Description("The bank's word for why.")]
    public string? Reason { get; init; }

    public bool? Won { get; init; }
    public string? CustomerId { get; init; }
    public string? ProcessorCustomer { get; init; }
    public ReportedInstrument? Instrument { get; init; }

    /// <summary>The report as what the core understands.</summary>
    /// <exception cref="WebhookRefusedException">It lacks what its type needs.</exception>
    public PaymentFact ToFact() => Type switch
    {
        "paid" => new PaymentFact.Paid(Id, At, TopUpId, Payment, Money(Amount, "amount"), Money(Tax ?? 0, "tax"), Instrument?.ToInstrument()),
        "pending" => new PaymentFact.Pending(Id, At, TopUpId, Payment),
        "failed" => new PaymentFact.Failed(Id, At, TopUpId, Payment, Code ?? "failed", Retry ?? RetryAdvice.AfterCustomer),
        "expired" => new PaymentFact.Expired(Id, At, TopUpId, Payment),
        "refunded" => new PaymentFact.Refunded(Id, At, TopUpId, Payment, Needed(Refund, "refund"), RefundId, Money(Amount, "amount")),
        "refund_failed" => new PaymentFact.RefundFailed(Id, At, TopUpId, Payment, Needed(Refund, "refund"), RefundId, Money(Amount, "amount"), Code ?? "failed"),
        "dispute_opened" => new PaymentFact.DisputeOpened(Id, At, TopUpId, Payment, Needed(Dispute, "dispute"), Money(Amount, "amount"), Reason ?? "general"),
        "dispute_withdrawn" => new PaymentFact.DisputeWithdrawn(Id, At, TopUpId, Payment, Needed(Dispute, "dispute"), Money(Amount, "amount")),
        "dispute_reinstated" => new PaymentFact.DisputeReinstated(Id, At, TopUpId, Payment, Needed(Dispute, "dispute"), Money(Amount, "amount")),
        "dispute_closed" => new PaymentFact.DisputeClosed(Id, At, TopUpId, Payment, Needed(Dispute, "dispute"), Won ?? throw new WebhookRefusedException("won is missing")),
        "instrument_saved" => new PaymentFact.InstrumentSaved(
            Id, At, Needed(CustomerId, "customer_id"), Needed(ProcessorCustomer, "processor_customer"), (Instrument ?? throw new WebhookRefusedException("instrument is missing")).ToInstrument()),
        "instrument_removed" => new PaymentFact.InstrumentRemoved(Id, At, Needed(ProcessorCustomer, "processor_customer"), Needed(Instrument?.Id, "instrument")),
        _ => throw new WebhookRefusedException("its type is not known"),
    };

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, BillingJson.TypeInfo<PaymentReport>());

    /// <exception cref="WebhookRefusedException">It is no such report.</exception>
    public static PaymentReport Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var report = JsonSerializer.Deserialize(json, BillingJson.TypeInfo<PaymentReport>()) ?? throw new WebhookRefusedException("its body is null");
            // Before it is stored. Ids are the processor's own, and may well be numbers that look like a card's.
            return new[] { report.Code, report.Reason, report.Instrument?.Label, report.Instrument?.Id }.Any(SecretText.HasCardNumber)
                ? throw new WebhookRefusedException("it holds the number of a payment card")
                : report;
        }
        catch (JsonException)
        {
            throw new WebhookRefusedException("its body is no report");
        }
    }

    private McpBilling.Money.Amount Money(decimal? amount, string field) =>
        Currency is { } code && Currencies.All.TryGetValue(code, out var currency) && amount is { } value && value >= 0 && McpBilling.Money.Amount.TryFrom(currency, value, out var exact)
            ? exact
            : throw new WebhookRefusedException($"{field} or currency is missing, or no amount");

    private static string Needed(string? value, string field) => value ?? throw new WebhookRefusedException($"{field} is missing");
}

/// <summary>A card or the like, as a report names it.</summary>
public sealed record ReportedInstrument
{
    public required string Id { get; init; }

    [Description("What a person recognises it by; never a number.")]
    public required string Label { get; init; }

    public int? ExpiryYear { get; init; }
    public int? ExpiryMonth { get; init; }

    public SavedInstrument ToInstrument() => new(Id, Label, ExpiryYear is { } year && ExpiryMonth is { } month ? (year, month) : null);
}
