using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

public sealed record CancelTopUpInput
{
    [Description("The order's id (top_up_…)."), StringLength(64, MinimumLength = 1)]
    public required string TopUpId { get; init; }
}

/// <summary>The use case: the page is closed first, so that it cannot be paid any more; then the order.</summary>
public sealed class CancelTopUp : Operation<CancelTopUpInput, TopUpView>
{
    [SetsRequiredMembers]
    public CancelTopUp()
    {
        Name = "cancel_top_up";
        Title = "Cancel a top-up";
        Description = "Gives up an order that is not paid, and closes its payment page. Money that is on its way all the same is credited when it comes.";
        ToolSet = ToolSet.Payments;
        Scope = Scopes.PaymentsWrite;
        Route = "POST /v1/top-ups/{top_up_id}/cancel";
        HasTool = false;
        Destroys = true;
    }

    public override async ValueTask<TopUpView> Run(CancelTopUpInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var of = await Checkout.Require(billing, caller, input.TopUpId, cancellation);
        if (of.TopUp is { Status: TopUpStatus.Open, Page: { } page } && billing.Reads<IProcessors>().Find(caller, of.TopUp.Processor) is { } processor)
        {
            try
            {
                if (!await processor.CloseTopUp(new PaymentKey("close-" + of.Id), page.Reference, cancellation))
                {
                    // It was paid meanwhile: the credit is given, and the order answers so.
                    await Fulfilment.Look(billing, caller, of, cancellation);
                }
            }
            catch (ProcessorException e)
            {
                throw Checkout.Explain(e, processor);
            }
        }
        return await billing.Commit(new CancelTopUpCommand(of), caller, cancellation);
    }
}

/// <summary>The decision of <see cref="CancelTopUp"/>: idempotent by nature.</summary>
public sealed class CancelTopUpCommand : CustomerCommand<TopUpView>
{
    private readonly long _topUpKey;

    public CancelTopUpCommand(OwnedTopUp of)
    {
        ArgumentNullException.ThrowIfNull(of);
        (_topUpKey, CustomerId, Creation) = (of.TopUp.Key, of.CustomerId, CustomerCreation.Never);
    }

    public override CommandKind Kind => CommandKind.CancelTopUp;

    public override TopUpView Decide(WalletSession session)
    {
        var payments = (PaymentSession)session;
        var topUp = payments.Require(_topUpKey);
        if (topUp.Status == TopUpStatus.Paid)
        {
            throw new BillingException(ErrorCode.TopUpClosed, "The top-up is paid. Give the money back with refund_payment.", "top_up_id");
        }
        if (topUp.Status == TopUpStatus.Open)
        {
            topUp = topUp with { Status = TopUpStatus.Canceled };
            payments.Put(topUp);
        }
        return TopUpView.Of(topUp, session.Customer.Id, session.Facts.Ids, session.Facts.WorkspaceKey);
    }
}
