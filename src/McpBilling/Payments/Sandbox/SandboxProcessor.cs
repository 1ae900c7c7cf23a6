using McpBilling.Money;

namespace McpBilling.Payments.Sandbox;

/// <summary>
/// A processor that moves no money, for test workspaces: it has a page on which test cards are chosen, keeps cards, charges, refunds, is disputed, and tells of
/// everything by signed webhooks, as a real one does. Its ids are made of the caller's keys, so the same call is the same payment.
/// </summary>
/// <param name="store">Its memory.</param>
/// <param name="secret">Signs its webhooks to this workspace.</param>
/// <param name="page">Where the page of a payment is.</param>
/// <param name="now">Its time.</param>
/// <param name="tell">Takes a webhook to be delivered.</param>
public sealed class SandboxProcessor(ISandboxStore store, byte[] secret, Func<string, Uri> page, Func<Instant> now, Action<ReceivedWebhook> tell) : IPaymentProcessor
{
    public const string ProcessorName = "sandbox";

    private static readonly TimeSpan PageLife = TimeSpan.FromHours(24);

    private readonly SandboxDesk _desk = new(store, secret, now, tell);

    public string Name => ProcessorName;

    public ProcessorCapabilities Capabilities { get; } = new()
    {
        HostedPage = true,
        SavedInstruments = true,
        OffSession = true,
        Refunds = true,
        PartialRefunds = true,
        Disputes = true,
        Takes = static currency => currency.IsCurrency,
        // As real ones, it takes no trifles: half a whole of the currency.
        Least = static currency => new Amount(currency, currency.MinorDigits == 0 ? currency.UnitsPerWhole : currency.UnitsPerWhole / 2),
        CanPay = ManualProcessor.IsWholeCoins,
    };

    /// <summary>What the page and the tests do to a payment.</summary>
    public SandboxDesk Desk => _desk;

    public async ValueTask<string?> EnsureCustomer(PaymentKey key, PayingCustomer customer, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(customer);
        return (await _desk.Customer(customer.CustomerId, cancellation)).Id;
    }

    public async ValueTask<HostedPage> CreateTopUp(PaymentKey key, PaymentOrder order, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(order);
        RequirePayable(order.Amount);
        var payment = await _desk.Begin(SandboxDesk.IdOf("page", key.Value), order, now() + PageLife, cancellation);
        return new HostedPage(payment.Id, page(payment.Id), payment.ExpiresAt);
    }

    public async ValueTask<bool> CloseTopUp(PaymentKey key, string reference, CancellationToken cancellation) =>
        (await _desk.Change(reference, p => p.State is SandboxState.Open or SandboxState.Failed or SandboxState.Authenticating ? p with { State = SandboxState.Closed } : p, cancellation)).State
            is SandboxState.Closed or SandboxState.Expired;

    public async ValueTask<HostedPage> SaveInstrument(PaymentKey key, PayingCustomer customer, Uri back, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(customer);
        ArgumentNullException.ThrowIfNull(back);
        // A page on which nothing is paid: an order of zero.
        var order = new PaymentOrder("", customer, Amount.Zero(Currencies.All["usd"]), "Save a card", true, back);
        var payment = await _desk.Begin(SandboxDesk.IdOf("save", key.Value), order, now() + PageLife, cancellation);
        return new HostedPage(payment.Id, page(payment.Id), payment.ExpiresAt);
    }

    public async ValueTask<IReadOnlyList<SavedInstrument>> Instruments(string processorCustomer, CancellationToken cancellation) =>
        await _desk.FindCustomer(processorCustomer, cancellation) is { } customer ? [.. customer.Cards.Select(c => SandboxDesk.InstrumentOf(customer.Id, c).ToInstrument())] : [];

    public async ValueTask RemoveInstrument(PaymentKey key, string instrument, CancellationToken cancellation) => await _desk.Remove(instrument, cancellation);

    public async ValueTask<PaymentOutcome> Charge(PaymentKey key, PaymentOrder order, string instrument, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(order);
        RequirePayable(order.Amount);
        string id = SandboxDesk.IdOf("charge", key.Value);
        var payment = await _desk.Begin(id, order, now() + PageLife, cancellation);
        if (payment.Card is null)
        {
            var kept = SandboxDesk.CardOf(instrument);
            var owner = await _desk.FindCustomer(SandboxDesk.CustomerOf(instrument) ?? "", cancellation);
            if (kept is not { } card || owner is null || !owner.Cards.Contains(card))
            {
                return new PaymentOutcome.Declined(null, "no_such_card", RetryAdvice.AfterCustomer);
            }
            payment = await _desk.Pay(id, card, offSession: true, cancellation);
        }
        if (payment is { Card: TestCard.Timeout, AnswerLost: false })
        {
            await _desk.Change(id, p => p with { AnswerLost = true }, cancellation);
            return new PaymentOutcome.Unknown();
        }
        return payment.State switch
        {
            SandboxState.Paid => new PaymentOutcome.Succeeded(payment.Payment),
            SandboxState.Pending => new PaymentOutcome.Pending(payment.Payment),
            SandboxState.Authenticating => new PaymentOutcome.ActionRequired(payment.Payment, page(payment.Id)),
            _ when payment.Card is { } card => new PaymentOutcome.Declined(payment.Payment, SandboxDesk.CodeOf(card), SandboxDesk.AdviceOf(card)),
            _ => new PaymentOutcome.Unknown(),
        };
    }

    public async ValueTask<PaymentOutcome> Refund(PaymentKey key, string payment, Amount amount, CancellationToken cancellation)
    {
        string id = payment.StartsWith("pay_", StringComparison.Ordinal) ? payment[4..] : payment, refundId = SandboxDesk.IdOf("refund", key.Value);
        if (await _desk.Find(id, cancellation) is not { } found || found.Currency != amount.Asset.Id)
        {
            return new PaymentOutcome.Declined(null, "no_such_payment", RetryAdvice.Never);
        }
        if (found.Refunds.All(r => r.Id != refundId) && (amount.ToDecimal() > found.Left || found.State != SandboxState.Paid))
        {
            return new PaymentOutcome.Declined(null, "more_than_was_paid", RetryAdvice.Never);
        }
        var after = await _desk.Refund(id, refundId, key.Value, amount.ToDecimal(), cancellation);
        var refund = after.Refunds.Single(r => r.Id == refundId);
        if (after.Card == TestCard.Timeout && !refund.AnswerLost)
        {
            await _desk.Change(id, p => p with { Refunds = [.. p.Refunds.Select(r => r.Id == refundId ? r with { AnswerLost = true } : r)] }, cancellation);
            return new PaymentOutcome.Unknown();
        }
        return refund.Failed || after.Card == TestCard.NoRefund ? new PaymentOutcome.Pending(refundId) : new PaymentOutcome.Succeeded(refundId);
    }

    public async ValueTask<IReadOnlyList<PaymentFact>> Look(string reference, CancellationToken cancellation)
    {
        string id = reference.StartsWith("pay_", StringComparison.Ordinal) ? reference[4..] : reference;
        return await _desk.Find(id, cancellation) is { } payment ? [.. payment.Reports.Select(r => r.ToFact())] : [];
    }

    public IReadOnlyList<PaymentFact> Read(ReceivedWebhook webhook)
    {
        WebhookSignature.Require(secret, webhook);
        return [PaymentReport.Parse(webhook.Body.Span).ToFact()];
    }

    private void RequirePayable(Amount amount)
    {
        if (!Capabilities.CanPay(amount) || amount.Units < Capabilities.Least(amount.Asset).Units)
        {
            throw new ProcessorException("the amount cannot be paid", isUnknown: false, canRetry: false);
        }
    }
}
