using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>Gives money back.</summary>
public sealed record RefundPaymentInput
{
    [Description("The paid order (top_up_…)."), StringLength(64, MinimumLength = 1)]
    public required string TopUpId { get; init; }

    [Description("How much money, tax included; leave out for what the unspent credit is worth.")]
    public decimal? Amount { get; init; }

    [Description("Also money whose credit was spent; nobody is charged for that. Without amount: everything that was paid.")]
    public bool Force { get; set; }

    [Description("Why, for your records."), StringLength(500, MinimumLength = 1)]
    public string? Reason { get; init; }

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }
}

/// <summary>The use case: the credit is set aside first, then the processor is asked; should the money stay, the credit comes back.</summary>
public sealed class RefundPayment : Operation<RefundPaymentInput, RefundView>
{
    [SetsRequiredMembers]
    public RefundPayment()
    {
        Name = "refund_payment";
        Title = "Refund a payment";
        Description =
            "Gives a customer's money back: takes the unspent credit of that order out of the wallet, then has the processor refund. Only what is unspent, unless force. " +
            "Answers pending while the processor is at it. Next: get_top_up.";
        ToolSet = ToolSet.Payments;
        Scope = Scopes.PaymentsWrite;
        Route = "POST /v1/refunds";
        Destroys = true;
        Creates = true;
    }

    public override async ValueTask<RefundView> Run(RefundPaymentInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        SecretText.RefuseCardNumber(input.Reason, "reason");
        var of = await Checkout.Require(billing, caller, input.TopUpId, cancellation);
        var processor = billing.Reads<IProcessors>().Find(caller, of.TopUp.Processor)
            ?? throw new BillingException(ErrorCode.RefundNotPossible, $"{of.TopUp.Processor}, who took the money, is not set up any more.", "top_up_id");
        var reserved = await billing.Commit(new ReserveRefundCommand(input, of, processor.Capabilities), caller, cancellation);
        of = await Checkout.Require(billing, caller, input.TopUpId, cancellation);
        var (refund, view) = of.TopUp.Refunds.Zip(of.View.Refunds!).Single(r => r.Second.Id == reserved.Id);
        var answered = refund is { Status: RefundStatus.Pending, Reference: null } ? await Refunding.Ask(billing, caller, of, refund.Key, cancellation) : view;
        return answered with { Replayed = reserved.Replayed, Created = !reserved.Replayed };
    }
}

/// <summary>The decision of <see cref="RefundPayment"/>: how much, and the credit set aside.</summary>
public sealed class ReserveRefundCommand : CustomerCommand<RefundView>
{
    private readonly RefundPaymentInput _input;
    private readonly long _topUpKey;
    private readonly ProcessorCapabilities _can;

    public ReserveRefundCommand(RefundPaymentInput input, OwnedTopUp of, ProcessorCapabilities can)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(of);
        (_input, _topUpKey, _can, CustomerId, Creation, IdempotencyKey) = (input, of.TopUp.Key, can, of.CustomerId, CustomerCreation.Never, input.IdempotencyKey);
        var hash = new InputHash(stackalloc byte[128]);
        hash.Add(input.TopUpId);
        hash.Add(input.Amount);
        hash.Add(input.Force);
        hash.Add(input.Reason);
        InputHash = hash.Finish();
    }

    public override CommandKind Kind => CommandKind.ReserveRefund;

    public override RefundView Decide(WalletSession session)
    {
        var payments = (PaymentSession)session;
        var topUp = payments.Require(_topUpKey);
        long units = Money(topUp, payments);
        var refund = new Refund(session.Facts.OperationKey, units, _input.Force, IsOurs: true, _input.Reason, session.Now);
        var after = CreditParts.Settle(topUp with { Refunds = topUp.Refunds.Add(refund), NextLook = session.Now + LookTimes.Refund }, payments);
        payments.Put(after);
        return RefundView.Of(after.Refunds[^1], after, session.Customer.Id, session.Facts.Ids, session.Facts.WorkspaceKey) with { Created = true };
    }

    private long Money(TopUp topUp, PaymentSession session)
    {
        var currency = topUp.Price.Asset;
        if (topUp.Status != TopUpStatus.Paid)
        {
            throw Refused("The top-up is not paid: there is nothing to give back.");
        }
        if (!_can.Refunds)
        {
            throw Refused($"{topUp.Processor} gives no money back by itself.");
        }
        if (topUp.Disputes.Any(d => d.Effect != DisputeEffect.None))
        {
            throw Refused("The payment is disputed: its bank has the money, or will say who gets it.");
        }
        long left = CreditParts.Left(topUp), worth = _input.Force ? left : CreditParts.Worth(topUp, session);
        // What the unspent credit is worth may end amid a coin; the rest of that coin stays.
        long units = _input.Amount is { } asked ? WalletSession.Units(currency, asked, "amount") : Coins.Floor(new Amount(currency, worth), _can).Units;
        if (units == 0 && _input.Amount is null)
        {
            throw Refused(left == 0 ? "All of it was given back, or is about to be." : "All of its credit is spent or held.");
        }
        if (units == 0 || !_can.CanPay(new Amount(currency, units)))
        {
            throw new BillingException(ErrorCode.AmountInvalid, $"amount is {Quantity.Format(_input.Amount ?? 0)}: it must be above zero and a whole number of the coins that {topUp.Processor} counts in.", "amount");
        }
        if (units > worth)
        {
            throw new BillingException(
                ErrorCode.RefundNotPossible,
                units > left ? $"{new Amount(currency, left)} {currency.Id} of the payment is left to refund." : $"The unspent credit is worth {new Amount(currency, worth)} {currency.Id}.", "amount");
        }
        if (units < topUp.Taken && !_can.PartialRefunds)
        {
            throw new BillingException(ErrorCode.RefundNotPossible, $"{topUp.Processor} gives back all or nothing: {new Amount(currency, topUp.Taken)} {currency.Id}.", "amount");
        }
        return units;
    }

    private static BillingException Refused(string why) => new(ErrorCode.RefundNotPossible, why, "top_up_id");
}
