namespace McpBilling.Payments;

/// <summary>What reports about disputes make of an order: each sets its mark, whatever came before; the marks together say what follows.</summary>
internal static class DisputeStep
{
    public static (TopUp, FactOutcome) Opened(TopUp topUp, PaymentFact.DisputeOpened fact, PaymentSession session) =>
        Mark(topUp, fact.Dispute, fact.Amount.Units, fact.At, session, d => d with { Opened = true, Reason = fact.Reason, Units = fact.Amount.Units });

    public static (TopUp, FactOutcome) Withdrawn(TopUp topUp, PaymentFact.DisputeWithdrawn fact, PaymentSession session) =>
        Mark(topUp, fact.Dispute, fact.Amount.Units, fact.At, session, d => d with { Withdrawn = true, Units = d.Opened ? d.Units : fact.Amount.Units });

    public static (TopUp, FactOutcome) Reinstated(TopUp topUp, PaymentFact.DisputeReinstated fact, PaymentSession session) =>
        Mark(topUp, fact.Dispute, fact.Amount.Units, fact.At, session, d => d with { Reinstated = true, Units = d.Opened ? d.Units : fact.Amount.Units });

    // How much it is about nobody said yet, if this comes first: all of it, until another report tells.
    public static (TopUp, FactOutcome) Closed(TopUp topUp, PaymentFact.DisputeClosed fact, PaymentSession session) =>
        Mark(topUp, fact.Dispute, topUp.Taken, fact.At, session, d => fact.Won ? d with { Won = true } : d with { Lost = true });

    private static (TopUp, FactOutcome) Mark(TopUp topUp, string reference, long units, Money.Instant at, PaymentSession session, Func<Dispute, Dispute> mark)
    {
        int index = -1;
        for (int i = 0; i < topUp.Disputes.Length; i++)
        {
            index = topUp.Disputes[i].Reference == reference ? i : index;
        }
        var before = index >= 0 ? topUp.Disputes[index] : null;
        var after = mark(before ?? new Dispute(session.Facts.OperationKey, reference, units, null, at));
        if (after == before)
        {
            return (topUp, FactOutcome.Known);
        }
        topUp = topUp with { Disputes = index < 0 ? topUp.Disputes.Add(after) : topUp.Disputes.SetItem(index, after) };
        if (before is null)
        {
            session.StopsAutoRecharge = true;
            PaymentMessages.Dispute("dispute.opened", topUp, after, session);
        }
        if (after.IsClosed && before is not { IsClosed: true })
        {
            PaymentMessages.Dispute("dispute.closed", topUp, after, session);
        }
        return (topUp, FactOutcome.Applied);
    }
}
