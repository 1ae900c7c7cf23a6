using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>Says that the money of an order is there.</summary>
public sealed record MarkTopUpPaidInput
{
    [Description("The order's id (top_up_…); one of the processor manual."), StringLength(64, MinimumLength = 1)]
    public required string TopUpId { get; init; }

    [Description("What came in, without tax: it must be the order's price.")]
    public required decimal Amount { get; init; }

    [Description("ISO 4217 code of what came in."), StringLength(64, MinimumLength = 1)]
    public required string Currency { get; init; }

    [Description("What came in beyond it for the tax office; default 0.")]
    public decimal Tax { get; set; }

    [Description("The bank's or your processor's id of the payment: one pays one order only."), StringLength(255, MinimumLength = 1)]
    public required string Payment { get; init; }

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }
}

/// <summary>The use case: for bank transfers, and for money that the builder's own processor took.</summary>
public sealed class MarkTopUpPaid : Operation<MarkTopUpPaidInput, TopUpView>
{
    [SetsRequiredMembers]
    public MarkTopUpPaid()
    {
        Name = "mark_top_up_paid";
        Title = "Mark a top-up as paid";
        Description =
            "Gives the credit of an order of the processor manual, once its money is there: a bank transfer that came in, or a payment that your own processor took. " +
            "The amount must be the order's.";
        ToolSet = ToolSet.Payments;
        Scope = Scopes.PaymentsWrite;
        Route = "POST /v1/top-ups/{top_up_id}/paid";
    }

    public override async ValueTask<TopUpView> Run(MarkTopUpPaidInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var of = await Checkout.Require(billing, caller, input.TopUpId, cancellation);
        return of.TopUp.Processor == ManualProcessor.ProcessorName
            ? await billing.Commit(new MarkTopUpPaidCommand(input, of), caller, cancellation)
            : throw new BillingException(ErrorCode.InvalidRequest, $"{of.TopUp.Processor} takes the money of this top-up, and reports it by itself. Create one with processor: \"manual\" for a bank transfer.", "top_up_id");
    }
}

/// <summary>The decision of <see cref="MarkTopUpPaid"/>: the report that a processor would have made.</summary>
public sealed class MarkTopUpPaidCommand : CustomerCommand<TopUpView>
{
    private readonly MarkTopUpPaidInput _input;
    private readonly long _topUpKey;

    public MarkTopUpPaidCommand(MarkTopUpPaidInput input, OwnedTopUp of)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(of);
        (_input, _topUpKey, CustomerId, Creation, IdempotencyKey) = (input, of.TopUp.Key, of.CustomerId, CustomerCreation.Never, input.IdempotencyKey);
        var hash = new InputHash(stackalloc byte[256]);
        hash.Add(input.TopUpId);
        hash.Add(input.Amount);
        hash.Add(input.Currency);
        hash.Add(input.Tax);
        hash.Add(input.Payment);
        InputHash = hash.Finish();
    }

    public override CommandKind Kind => CommandKind.MarkTopUpPaid;

    public override TopUpView Decide(WalletSession session)
    {
        var payments = (PaymentSession)session;
        var topUp = payments.Require(_topUpKey);
        var currency = topUp.Price.Asset;
        var (amount, tax) = (WalletSession.Units(currency, _input.Amount, "amount"), WalletSession.Units(currency, _input.Tax, "tax"));
        // A person is there: what would be kept as a mismatch of a webhook is refused, and says what fits.
        if (_input.Currency != currency.Id || amount != topUp.Price.Units)
        {
            throw new BillingException(ErrorCode.PaymentNotPossible, $"The top-up's price is {topUp.Price} {currency.Id}: other money does not pay it.", _input.Currency != currency.Id ? "currency" : "amount");
        }
        if (topUp.Status == TopUpStatus.Paid)
        {
            throw new BillingException(ErrorCode.TopUpClosed, topUp.Payment == _input.Payment ? "The top-up is paid by this payment already." : "The top-up is paid already, by another payment.", "top_up_id");
        }
        if (payments.Facts.FindPaid(topUp.Processor, _input.Payment) is not null)
        {
            throw new BillingException(ErrorCode.PaymentNotPossible, $"The payment {WalletSession.Shown(_input.Payment)} has paid another top-up.", "payment");
        }
        var fact = new PaymentFact.Paid("marked-" + _input.IdempotencyKey, session.Now, payments.IdOf(topUp), _input.Payment, new Amount(currency, amount), new Amount(currency, tax), null);
        if (TopUpStep.Apply(topUp, fact, payments) != FactOutcome.Applied)
        {
            throw new BillingException(ErrorCode.TopUpClosed, "The payment was not booked; look at the top-up with get_top_up.", "top_up_id");
        }
        return TopUpView.Of(payments.Require(_topUpKey), session.Customer.Id, session.Facts.Ids, session.Facts.WorkspaceKey);
    }
}
