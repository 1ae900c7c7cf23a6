using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>
/// What a report makes of an order. Pure: order, wallet and report in; order, wallet and messages out. Reports may come late, twice and in any order: the end
/// is the same, since each is taken for what it says. Credit is given once, and only for money that fits the order.
/// </summary>
public static class TopUpStep
{
    /// <summary>Books a report: changes the order in the session, and the wallet with it.</summary>
    public static FactOutcome Apply(TopUp topUp, PaymentFact fact, PaymentSession session)
    {
        ArgumentNullException.ThrowIfNull(topUp);
        ArgumentNullException.ThrowIfNull(session);
        string kind = KindOf(fact);
        if (session.Facts.HasSeen(topUp.Key, fact.EventId, kind))
        {
            return FactOutcome.Known;
        }
        var (after, outcome) = fact switch
        {
            PaymentFact.Paid f => Paid(topUp, f, session),
            PaymentFact.Pending f => Attempted(topUp, new PaymentAttempt(f.At, null, RetryAdvice.Later, f.Payment), session),
            PaymentFact.Failed f => Attempted(topUp, new PaymentAttempt(f.At, f.Code, f.Retry, f.Payment), session),
            PaymentFact.Expired => topUp.Status == TopUpStatus.Open ? (topUp with { Status = TopUpStatus.Expired }, FactOutcome.Applied) : (topUp, FactOutcome.Known),
            PaymentFact.Refunded f => Fits(topUp, f.Amount) ? RefundStep.Refunded(topUp, f, session) : (topUp, FactOutcome.Mismatch),
            PaymentFact.RefundFailed f => Fits(topUp, f.Amount) ? RefundStep.Failed(topUp, f, session) : (topUp, FactOutcome.Mismatch),
            PaymentFact.DisputeOpened f => Fits(topUp, f.Amount) ? DisputeStep.Opened(topUp, f, session) : (topUp, FactOutcome.Mismatch),
            PaymentFact.DisputeWithdrawn f => Fits(topUp, f.Amount) ? DisputeStep.Withdrawn(topUp, f, session) : (topUp, FactOutcome.Mismatch),
            PaymentFact.DisputeReinstated f => Fits(topUp, f.Amount) ? DisputeStep.Reinstated(topUp, f, session) : (topUp, FactOutcome.Mismatch),
            PaymentFact.DisputeClosed f => DisputeStep.Closed(topUp, f, session),
            _ => throw new ArgumentException($"{kind} is not about an order", nameof(fact)),
        };
        session.Seen.Add(new SeenFact(topUp.Key, fact, kind, outcome));
        if (outcome == FactOutcome.Applied)
        {
            after = CreditParts.Settle(after, session);
            session.Put(AutoRecharging.Reported(topUp, after, session));
        }
        return outcome;
    }

    /// <summary>What a report is called where it is kept: <c>paid</c>, <c>refund_failed</c> …</summary>
    public static string KindOf(PaymentFact fact) => fact switch
    {
        PaymentFact.Paid => "paid",
        PaymentFact.Pending => "pending",
        PaymentFact.Failed => "failed",
        PaymentFact.Expired => "expired",
        PaymentFact.Refunded => "refunded",
        PaymentFact.RefundFailed => "refund_failed",
        PaymentFact.DisputeOpened => "dispute_opened",
        PaymentFact.DisputeWithdrawn => "dispute_withdrawn",
        PaymentFact.DisputeReinstated => "dispute_reinstated",
        PaymentFact.DisputeClosed => "dispute_closed",
        PaymentFact.InstrumentSaved => "instrument_saved",
        PaymentFact.InstrumentRemoved => "instrument_removed",
        _ => throw new ArgumentOutOfRangeException(nameof(fact)),
    };

    private static (TopUp, FactOutcome) Paid(TopUp topUp, PaymentFact.Paid fact, PaymentSession session)
    {
        if (topUp.Status == TopUpStatus.Paid)
        {
            // The same money told again, or money a second time: that is for a person to give back.
            return (topUp, fact.Payment == topUp.Payment ? FactOutcome.Known : FactOutcome.Mismatch);
        }
        bool fits = fact.Amount == topUp.Price && fact.Tax.Units >= 0 && fact.Tax.Asset.Id == topUp.Price.Asset.Id;
        if (!fits || (fact.Payment is { } payment && session.Facts.FindPaid(topUp.Processor, payment) is { } other && other != topUp.Key))
        {
            return (topUp, FactOutcome.Mismatch);
        }
        var paid = topUp with { Status = TopUpStatus.Paid, Payment = fact.Payment, Tax = fact.Tax.Units, PaidAt = fact.At, Attempt = null };
        paid = paid with
        {
            GrantAt = session.Now,
            GrantKey = Grant(paid, paid.Credit.Units, GrantSource.Paid, paid.ExpiresAfterDays, new CostBasis(paid.Price.Asset, paid.Price.Units), session),
            BonusGrantKey = paid.Bonus == 0 ? null : Grant(paid, paid.Bonus, GrantSource.Promotional, paid.BonusExpiresAfterDays ?? paid.ExpiresAfterDays, null, session),
        };
        if (fact.Instrument is { } instrument && topUp.Save)
        {
            session.Instrument = new InstrumentNote(topUp.Processor, instrument, null, fact.At);
        }
        PaymentMessages.Paid(paid, session);
        return (paid, FactOutcome.Applied);
    }

    private static long Grant(TopUp topUp, long units, GrantSource source, int? days, CostBasis? costBasis, PaymentSession session)
    {
        long key = session.Facts.NextGrantKey();
        var expires = days is { } so ? session.Now + TimeSpan.FromDays(so) : Instant.Never;
        session.Carry(new WalletCommand.AddGrant(key, topUp.Credit.Asset, units, source, topUp.Priority, [], session.Now, expires, costBasis));
        return key;
    }

    // The latest attempt counts, by when it was made; of two at one time the failure.
    private static (TopUp, FactOutcome) Attempted(TopUp topUp, PaymentAttempt attempt, PaymentSession session)
    {
        bool isNews = topUp.Attempt is not { } last || attempt.At > last.At || (attempt.At == last.At && last.Code is null && attempt.Code is not null);
        if (topUp.Status == TopUpStatus.Paid || !isNews)
        {
            return (topUp, FactOutcome.Known);
        }
        var after = topUp with { Attempt = attempt };
        if (attempt.Code is not null)
        {
            PaymentMessages.Failed(after, session);
        }
        return (after, FactOutcome.Applied);
    }

    private static bool Fits(TopUp topUp, Amount amount) => amount.Asset.Id == topUp.Price.Asset.Id && amount.Units > 0;
}
