using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Money;

namespace McpBilling.Payments.Sandbox;

/// <summary>What happens at the sandbox: somebody pays on its page, a bank debit arrives, a bank disputes. Each change adds a report, which is also sent as a webhook.</summary>
public sealed class SandboxDesk(ISandboxStore store, byte[] secret, Func<Instant> now, Action<ReceivedWebhook> tell)
{
    /// <summary>The payment as it stands; null when there is none of that id. A page that nobody paid in time is expired.</summary>
    public async ValueTask<SandboxPayment?> Find(string id, CancellationToken cancellation)
    {
        var found = Parse<SandboxPayment>(await store.Read(id, cancellation));
        return found is { State: SandboxState.Open or SandboxState.Failed or SandboxState.Authenticating } && found.ExpiresAt <= now()
            ? await Change(id, p => p.State is SandboxState.Open or SandboxState.Failed or SandboxState.Authenticating ? Told(p with { State = SandboxState.Expired }, "expired") : p, cancellation)
            : found;
    }

    /// <summary>The customer pays on the page, or somebody charges a card without them.</summary>
    public ValueTask<SandboxPayment> Pay(string id, TestCard card, bool offSession, CancellationToken cancellation) => Change(id, async p =>
    {
        if (p.State is not (SandboxState.Open or SandboxState.Failed))
        {
            return p;
        }
        p = p with { Card = card };
        return card switch
        {
            TestCard.Decline or TestCard.InsufficientFunds or TestCard.Stolen =>
                Told(p with { State = SandboxState.Failed }, "failed", r => r with { Code = CodeOf(card), Retry = AdviceOf(card) }),
            TestCard.Authentication when offSession =>
                Told(p with { State = SandboxState.Authenticating }, "failed", r => r with { Code = CodeOf(card), Retry = AdviceOf(card) }),
            TestCard.Authentication => p with { State = SandboxState.Authenticating },
            TestCard.Delay => Told(p with { State = SandboxState.Pending }, "pending"),
            _ => await Paid(p, cancellation),
        };
    }, cancellation);

    /// <summary>The customer confirms a payment that wants it, or a bank debit arrives.</summary>
    public ValueTask<SandboxPayment> Confirm(string id, CancellationToken cancellation) =>
        Change(id, async p => p.State is SandboxState.Authenticating or SandboxState.Pending ? await Paid(p, cancellation) : p, cancellation);

    /// <summary>The customer does not confirm, or a bank debit bounces.</summary>
    public ValueTask<SandboxPayment> Fail(string id, CancellationToken cancellation) => Change(
        id, p => p.State is SandboxState.Authenticating or SandboxState.Pending
            ? Told(p with { State = SandboxState.Failed }, "failed", r => r with { Code = "not_confirmed", Retry = RetryAdvice.AfterCustomer })
            : p, cancellation);

    /// <summary>The customer's bank asks for so much back; what can still go back at most.</summary>
    public ValueTask<SandboxPayment> Dispute(string id, decimal amount, CancellationToken cancellation) => Change(id, p =>
    {
        if (p.State != SandboxState.Paid || amount <= 0 || amount > p.Left || p.Disputes.Any(d => !d.Closed))
        {
            return p;
        }
        var dispute = new SandboxDispute { Id = IdOf("dispute", $"{id}/{p.Disputes.Length}"), Amount = amount };
        return Told(p with { Disputes = p.Disputes.Add(dispute) }, "dispute_opened", r => OfDispute(r, dispute) with { Reason = "fraudulent" });
    }, cancellation);

    /// <summary>The bank takes the money.</summary>
    public ValueTask<SandboxPayment> Withdraw(string id, CancellationToken cancellation) =>
        ChangeDispute(id, d => !d.Closed && !d.Withdrawn, d => d with { Withdrawn = true }, "dispute_withdrawn", cancellation);

    /// <summary>The bank gives it back.</summary>
    public ValueTask<SandboxPayment> Reinstate(string id, CancellationToken cancellation) =>
        ChangeDispute(id, d => d is { Withdrawn: true, Reinstated: false }, d => d with { Reinstated = true }, "dispute_reinstated", cancellation);

    /// <summary>It is over: won when the bank gave the money back or never took it.</summary>
    public ValueTask<SandboxPayment> Close(string id, CancellationToken cancellation) =>
        ChangeDispute(id, d => !d.Closed, d => d with { Closed = true }, "dispute_closed", cancellation);

    /// <summary>Money goes back: because we asked (<paramref name="ourId"/>), or because somebody did it here.</summary>
    public ValueTask<SandboxPayment> Refund(string id, string refundId, string? ourId, decimal amount, CancellationToken cancellation) => Change(id, p =>
    {
        if (p.State != SandboxState.Paid || amount <= 0 || amount > p.Left || p.Refunds.Any(r => r.Id == refundId))
        {
            return p;
        }
        var refund = new SandboxRefund { Id = refundId, RefundId = ourId, Amount = amount, Failed = p.Card == TestCard.NoRefund };
        p = p with { Refunds = p.Refunds.Add(refund) };
        PaymentReport Of(PaymentReport r) => r with { Refund = refund.Id, RefundId = refund.RefundId, Amount = refund.Amount, Tax = null };
        // What cannot go back is reported as gone first, as banks do.
        p = Told(p, "refunded", Of);
        return refund.Failed ? Told(p, "refund_failed", r => Of(r) with { Code = "expired_or_canceled_card" }) : p;
    }, cancellation);

    internal async ValueTask<SandboxPayment> Begin(string id, PaymentOrder order, Instant expiresAt, CancellationToken cancellation)
    {
        if (await Find(id, cancellation) is { } known)
        {
            return known;
        }
        var payment = new SandboxPayment
        {
            Id = id,
            TopUpId = order.TopUpId,
            CustomerId = order.Customer.CustomerId,
            ProcessorCustomer = order.Customer.ProcessorCustomer,
            Title = order.Title,
            Currency = order.Amount.Asset.Id,
            Amount = order.Amount.ToDecimal(),
            Save = order.Save,
            Back = order.Back?.ToString(),
            ExpiresAt = expiresAt,
        };
        return await store.Write(id, null, Text(payment), cancellation) ? payment : (await Find(id, cancellation))!;
    }

    internal async ValueTask<SandboxCustomer> Customer(string customerId, CancellationToken cancellation)
    {
        string id = IdOf("cus", customerId);
        var customer = new SandboxCustomer { Id = id, CustomerId = customerId };
        return await FindCustomer(id, cancellation) ?? (await store.Write(id, null, Text(customer), cancellation) ? customer : (await FindCustomer(id, cancellation))!);
    }

    internal async ValueTask<SandboxCustomer?> FindCustomer(string id, CancellationToken cancellation) =>
        id.StartsWith("cus_", StringComparison.Ordinal) ? Parse<SandboxCustomer>(await store.Read(id, cancellation)) : null;

    internal async ValueTask Remove(string instrument, CancellationToken cancellation)
    {
        while (CustomerOf(instrument) is { } id && CardOf(instrument) is { } card && await store.Read(id, cancellation) is { } text
            && Parse<SandboxCustomer>(text) is { } customer && customer.Cards.Contains(card))
        {
            if (await store.Write(id, text, Text(customer with { Cards = customer.Cards.Remove(card) }), cancellation))
            {
                Send(new PaymentReport { Id = IdOf("rep", instrument + "/removed"), Type = "instrument_removed", At = now(), ProcessorCustomer = id, Instrument = InstrumentOf(id, card) });
            }
        }
    }

    internal static ReportedInstrument InstrumentOf(string processorCustomer, TestCard card) =>
        new() { Id = $"card-{(int)card}-{processorCustomer}", Label = $"Test card {card}", ExpiryYear = 2099, ExpiryMonth = 12 };

    internal static TestCard? CardOf(string instrument) =>
        instrument.Split('-') is ["card", var number, _] && int.TryParse(number, out int card) && Enum.IsDefined((TestCard)card) ? (TestCard)card : null;

    internal static string? CustomerOf(string instrument) => instrument.Split('-') is ["card", _, var customer] ? customer : null;

    /// <summary>The processor's word for what a card does.</summary>
    public static string CodeOf(TestCard card) => card switch
    {
        TestCard.InsufficientFunds => "insufficient_funds",
        TestCard.Stolen => "stolen_card",
        TestCard.Authentication => "authentication_required",
        _ => "card_declined",
    };

    public static RetryAdvice AdviceOf(TestCard card) => card switch
    {
        TestCard.InsufficientFunds => RetryAdvice.Later,
        TestCard.Stolen => RetryAdvice.Never,
        _ => RetryAdvice.AfterCustomer,
    };

    internal static string IdOf(string kind, string key) => $"{kind}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(kind + '\n' + key)))[..32]}";

    internal ValueTask<SandboxPayment> Change(string id, Func<SandboxPayment, SandboxPayment> change, CancellationToken cancellation) =>
        Change(id, p => new ValueTask<SandboxPayment>(change(p)), cancellation);

    private async ValueTask<SandboxPayment> Change(string id, Func<SandboxPayment, ValueTask<SandboxPayment>> change, CancellationToken cancellation)
    {
        while (true)
        {
            string text = await store.Read(id, cancellation) ?? throw new ProcessorException("there is no such payment", isUnknown: false, canRetry: false);
            var before = Parse<SandboxPayment>(text)!;
            var after = await change(before);
            if (ReferenceEquals(after, before))
            {
                return before;
            }
            if (await store.Write(id, text, Text(after), cancellation))
            {
                foreach (var report in after.Reports.Skip(before.Reports.Length))
                {
                    Send(report);
                }
                return after;
            }
        }
    }

    private async ValueTask<SandboxPayment> Paid(SandboxPayment p, CancellationToken cancellation)
    {
        ReportedInstrument? kept = null;
        if (p is { Save: true, Card: { } card })
        {
            var customer = await Customer(p.CustomerId, cancellation);
            if (!customer.Cards.Contains(card))
            {
                await store.Write(customer.Id, Text(customer), Text(customer with { Cards = customer.Cards.Add(card) }), cancellation);
            }
            kept = InstrumentOf(customer.Id, card);
            p = Told(p with { ProcessorCustomer = customer.Id }, "instrument_saved", r => r with { CustomerId = p.CustomerId, ProcessorCustomer = customer.Id, Instrument = kept });
        }
        p = p with { State = SandboxState.Paid };
        return p.Amount == 0 ? p : Told(p, "paid", r => r with { Instrument = kept });
    }

    private ValueTask<SandboxPayment> ChangeDispute(string id, Func<SandboxDispute, bool> fits, Func<SandboxDispute, SandboxDispute> change, string type, CancellationToken cancellation) =>
        Change(id, p =>
        {
            if (p.Disputes.FirstOrDefault(fits) is not { } before)
            {
                return p;
            }
            var after = change(before);
            return Told(
                p with { Disputes = p.Disputes.Replace(before, after) }, type,
                r => OfDispute(r, after) with { Won = type == "dispute_closed" ? !after.Withdrawn || after.Reinstated : null });
        }, cancellation);

    // A dispute is told by the payment alone, as banks do: whoever gets it has to know whose that is.
    private static PaymentReport OfDispute(PaymentReport r, SandboxDispute dispute) => r with { TopUpId = null, Dispute = dispute.Id, Amount = dispute.Amount, Tax = null };

    private SandboxPayment Told(SandboxPayment p, string type, Func<PaymentReport, PaymentReport>? more = null)
    {
        var report = new PaymentReport
        {
            Id = IdOf("rep", $"{p.Id}/{p.Reports.Length}"),
            Type = type,
            At = now(),
            TopUpId = p.TopUpId.Length == 0 ? null : p.TopUpId,
            Payment = p.Card is null ? null : p.Payment,
            Amount = p.Amount,
            Tax = p.Tax,
            Currency = p.Currency,
        };
        return p with { Reports = p.Reports.Add(more is null ? report : more(report)) };
    }

    private void Send(PaymentReport report)
    {
        byte[] body = report.ToJson();
        tell(new ReceivedWebhook(WebhookSignature.Sign(secret, report.Id, now(), body), body, now()));
    }

    private static string Text<T>(T value) => JsonSerializer.Serialize(value, Info<T>());

    private static T? Parse<T>(string? text) where T : class => text is null ? null : JsonSerializer.Deserialize(text, Info<T>());

    private static JsonTypeInfo<T> Info<T>() => BillingJson.TypeInfo<T>();
}
