using McpBilling.Operations;

namespace McpBilling.Payments;

/// <summary>What reports and answers about refunds make of an order.</summary>
internal static class RefundStep
{
    public static (TopUp, FactOutcome) Refunded(TopUp topUp, PaymentFact.Refunded fact, PaymentSession session)
    {
        var (before, index) = Find(topUp, fact.Refund, fact.RefundId, session);
        var refund = before ?? External(fact.Amount.Units, fact.At, session);
        // A failure that was reported is the last word, whichever of the two reports came first.
        if (refund.Status == RefundStatus.Succeeded || refund.FailureReported)
        {
            return (topUp, FactOutcome.Known);
        }
        // What the processor gave back is what counts, should it not be what was asked.
        return (Put(topUp, refund with { Status = RefundStatus.Succeeded, Reference = fact.Refund, Code = null, Units = fact.Amount.Units }, index, session), FactOutcome.Applied);
    }

    public static (TopUp, FactOutcome) Failed(TopUp topUp, PaymentFact.RefundFailed fact, PaymentSession session)
    {
        var (before, index) = Find(topUp, fact.Refund, fact.RefundId, session);
        var refund = before ?? External(fact.Amount.Units, fact.At, session);
        return refund.FailureReported
            ? (topUp, FactOutcome.Known)
            : (Put(topUp, refund with { Status = RefundStatus.Failed, Reference = fact.Refund, Code = fact.Code, FailureReported = true }, index, session), FactOutcome.Applied);
    }

    /// <summary>What came of asking the processor for a refund of ours.</summary>
    public static TopUp Answered(TopUp topUp, Refund refund, PaymentOutcome outcome, PaymentSession session)
    {
        var after = outcome switch
        {
            // A report may have been quicker.
            _ when refund.Status != RefundStatus.Pending => refund with { Reference = refund.Reference ?? ReferenceOf(outcome) },
            PaymentOutcome.Succeeded s => refund with { Status = RefundStatus.Succeeded, Reference = s.Reference },
            PaymentOutcome.Pending p => refund with { Reference = p.Reference },
            PaymentOutcome.Declined d => refund with { Status = RefundStatus.Failed, Reference = d.Reference, Code = d.Code },
            PaymentOutcome.Unsupported => refund with { Status = RefundStatus.Failed, Code = "unsupported" },
            // Nobody has to act for money to go back; and no answer is no failure.
            _ => refund,
        };
        return after == refund ? topUp : Put(topUp, after, topUp.Refunds.IndexOf(refund), session);
    }

    private static string? ReferenceOf(PaymentOutcome outcome) => outcome switch
    {
        PaymentOutcome.Succeeded s => s.Reference,
        PaymentOutcome.Pending p => p.Reference,
        _ => null,
    };

    private static (Refund? Refund, int Index) Find(TopUp topUp, string reference, string? refundId, PaymentSession session)
    {
        long? ours = refundId is null ? null : session.Facts.Ids.Parse(IdKind.Refund, session.Facts.WorkspaceKey, refundId);
        for (int i = 0; i < topUp.Refunds.Length; i++)
        {
            if (topUp.Refunds[i].Key == ours || topUp.Refunds[i].Reference == reference)
            {
                return (topUp.Refunds[i], i);
            }
        }
        return (null, -1);
    }

    // Somebody gave money back at the processor: what was spent of it is forgiven, as with a refund that was told so.
    private static Refund External(long units, Money.Instant at, PaymentSession session) => new(session.Facts.OperationKey, units, Forced: true, IsOurs: false, null, at);

    private static TopUp Put(TopUp topUp, Refund refund, int index, PaymentSession session)
    {
        bool isNews = index < 0 || topUp.Refunds[index].Status != refund.Status;
        topUp = topUp with { Refunds = index < 0 ? topUp.Refunds.Add(refund) : topUp.Refunds.SetItem(index, refund) };
        if (isNews && refund.Status != RefundStatus.Pending)
        {
            PaymentMessages.Refund(topUp, refund, session);
        }
        return topUp;
    }
}
