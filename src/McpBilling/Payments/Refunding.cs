using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>Asks the processor for a refund whose credit is set aside. Its key is the refund's id, so that asking again after a crash asks for the same.</summary>
public static class Refunding
{
    /// <returns>The refund after the answer. No answer leaves it pending: asking again, or a report, will tell.</returns>
    public static async Task<RefundView> Ask(IBilling billing, Caller caller, OwnedTopUp of, long refundKey, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(billing);
        ArgumentNullException.ThrowIfNull(of);
        var refund = of.TopUp.Refunds.Single(r => r.Key == refundKey);
        string id = of.View.Refunds![of.TopUp.Refunds.IndexOf(refund)].Id;
        var outcome = await Outcome(billing, caller, of.TopUp, refund, id, cancellation);
        return await billing.Commit(new AnswerRefundCommand(of, refundKey, outcome), caller, cancellation);
    }

    private static async Task<PaymentOutcome> Outcome(IBilling billing, Caller caller, TopUp topUp, Refund refund, string id, CancellationToken cancellation)
    {
        if (billing.Reads<IProcessors>().Find(caller, topUp.Processor) is not { } processor)
        {
            // Its key may come back: nothing is known, and the credit stays set aside.
            return new PaymentOutcome.Unknown();
        }
        try
        {
            return await processor.Refund(new PaymentKey(id), topUp.Payment ?? id, new Money.Amount(topUp.Price.Asset, refund.Units), cancellation);
        }
        catch (ProcessorException e)
        {
            return e.IsUnknown || e.CanRetry ? new PaymentOutcome.Unknown() : new PaymentOutcome.Declined(null, "refused", RetryAdvice.Never);
        }
    }
}

/// <summary>Books what a processor answered to a refund.</summary>
public sealed class AnswerRefundCommand : CustomerCommand<RefundView>
{
    private readonly long _topUpKey, _refundKey;
    private readonly PaymentOutcome _outcome;

    public AnswerRefundCommand(OwnedTopUp of, long refundKey, PaymentOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(of);
        (_topUpKey, _refundKey, _outcome, CustomerId, Creation) = (of.TopUp.Key, refundKey, outcome, of.CustomerId, CustomerCreation.Never);
    }

    public override CommandKind Kind => CommandKind.AnswerRefund;

    public override RefundView Decide(WalletSession session)
    {
        var payments = (PaymentSession)session;
        var topUp = payments.Require(_topUpKey);
        var after = RefundStep.Answered(topUp, topUp.Refunds.Single(r => r.Key == _refundKey), _outcome, payments);
        if (after != topUp)
        {
            payments.Put(CreditParts.Settle(after, payments));
        }
        after = payments.Require(_topUpKey);
        return RefundView.Of(after.Refunds.Single(r => r.Key == _refundKey), after, session.Customer.Id, session.Facts.Ids, session.Facts.WorkspaceKey);
    }
}
