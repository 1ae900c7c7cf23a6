using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>
/// Keeps the credit of a paid order in step with its money: what goes back, or may, is out of the grant; what stayed is in it. Whatever was reported in
/// whatever order, each refund and dispute answers for a part of the credit, and all parts together for no more than was bought: so a payment is never
/// debited twice for a refund and a dispute.
/// </summary>
public static class CreditParts
{
    /// <summary>Gives back what no refund or dispute asks for any more, then takes what one asks for and has not.</summary>
    public static TopUp Settle(TopUp topUp, PaymentSession session)
    {
        if (topUp.GrantKey is null)
        {
            return topUp;
        }
        // Also where it turned out to be about less money than was thought at first: it takes its lesser part anew.
        topUp = topUp with
        {
            Refunds = [.. topUp.Refunds.Select(r => r.Status == RefundStatus.Failed || r.Part.Share > Wanted(topUp, r.Units) ? r with { Part = PutBack(topUp, r.Part, session) } : r)],
            Disputes = [.. topUp.Disputes.Select(d => d.Effect == DisputeEffect.None || d.Part.Share > Wanted(topUp, d.Units) ? d with { Part = PutBack(topUp, d.Part, session) } : d)],
        };
        for (int i = 0; i < topUp.Refunds.Length; i++)
        {
            var refund = topUp.Refunds[i];
            if (refund.Status != RefundStatus.Failed)
            {
                topUp = topUp with { Refunds = topUp.Refunds.SetItem(i, refund with { Part = Grow(topUp, refund.Part, refund.Units, session) }) };
            }
        }
        for (int i = 0; i < topUp.Disputes.Length; i++)
        {
            var dispute = topUp.Disputes[i];
            if (dispute.Effect != DisputeEffect.None)
            {
                var part = Grow(topUp, dispute.Part, dispute.Units, session);
                topUp = topUp with { Disputes = topUp.Disputes.SetItem(i, dispute with { Part = dispute.Effect == DisputeEffect.Debit ? Debit(topUp, part, session) : part }) };
            }
        }
        return topUp;
    }

    /// <summary>How much money, in units of the price's currency and tax included, the credit is worth that is neither spent nor held nor going back.</summary>
    public static long Worth(TopUp topUp, PaymentSession session)
    {
        long left = Left(topUp);
        if (topUp.GrantKey is not { } grant || left == 0)
        {
            return 0;
        }
        long free = Free(grant, topUp.Credit.Asset, session);
        return free >= topUp.Credit.Units - Shares(topUp) ? left : Math.Min(left, (long)((Int128)topUp.Taken * free / topUp.Credit.Units));
    }

    /// <summary>Money that has neither gone back nor is about to, nor is disputed; what was spent included.</summary>
    public static long Left(TopUp topUp) => topUp.GrantKey is null ? 0 : Math.Max(0, topUp.Taken
        - topUp.Refunds.Where(r => r.Status != RefundStatus.Failed).Sum(r => r.Units)
        - topUp.Disputes.Where(d => d.Effect != DisputeEffect.None).Sum(d => d.Units));

    private static long Shares(TopUp topUp) => topUp.Refunds.Sum(r => r.Part.Share) + topUp.Disputes.Sum(d => d.Part.Share);

    // Rounded up: whoever gets money back keeps no part of a unit. The last part is what is left, so that all of them are exactly the whole.
    private static long Wanted(TopUp topUp, long money) =>
        (long)Int128.Min(topUp.Credit.Units, Ceiling((Int128)money * topUp.Credit.Units, topUp.Taken));

    private static long Free(long grantKey, Asset asset, PaymentSession session) =>
        session.Account(asset).Grants.FirstOrDefault(g => g.Key == grantKey)?.Free ?? 0;

    private static CreditPart Grow(TopUp topUp, CreditPart part, long money, PaymentSession session)
    {
        long more = Math.Min(Wanted(topUp, money) - part.Share, topUp.Credit.Units - Shares(topUp));
        if (more <= 0)
        {
            return part;
        }
        long taken = Take(topUp.GrantKey!.Value, topUp.Credit.Asset, more, session);
        long bonus = 0;
        if (topUp.BonusGrantKey is { } bonusKey)
        {
            long before = topUp.Refunds.Sum(r => r.Part.Bonus) + topUp.Disputes.Sum(d => d.Part.Bonus);
            long asked = Math.Min((long)Ceiling((Int128)topUp.Bonus * more, topUp.Credit.Units), topUp.Bonus - before);
            bonus = Take(bonusKey, topUp.Credit.Asset, asked, session);
        }
        return part with { Share = part.Share + more, SetAside = part.SetAside + taken, Bonus = part.Bonus + bonus, Since = session.Now };
    }

    // What was spent of disputed money is owed: from whatever credit there is, then as debt. What came free meanwhile is taken first.
    private static CreditPart Debit(TopUp topUp, CreditPart part, PaymentSession session)
    {
        long missing = part.Share - part.SetAside - part.Debited;
        if (missing <= 0)
        {
            return part;
        }
        long taken = Take(topUp.GrantKey!.Value, topUp.Credit.Asset, missing, session);
        long owed = missing - taken;
        if (owed > 0)
        {
            session.Carry(new WalletCommand.Adjust(session.Facts.NextGrantKey(), topUp.Credit.Asset, -owed, OnInsufficient.Debt));
        }
        return part with { SetAside = part.SetAside + taken, Debited = part.Debited + owed, Since = session.Now };
    }

    private static long Take(long grantKey, Asset asset, long most, PaymentSession session)
    {
        long amount = Math.Min(most, Free(grantKey, asset, session));
        if (amount > 0)
        {
            session.Carry(new WalletCommand.SetAside(grantKey, amount));
        }
        return amount;
    }

    private static CreditPart PutBack(TopUp topUp, CreditPart part, PaymentSession session)
    {
        var asset = topUp.Credit.Asset;
        // Debt first, so that what comes back into the grant does not pay for it.
        if (part.Debited > 0)
        {
            session.Carry(new WalletCommand.Adjust(session.Facts.NextGrantKey(), asset, part.Debited, OnInsufficient.Debt));
        }
        if (part.SetAside > 0)
        {
            session.Carry(new WalletCommand.PutBack(asset, Known(topUp.GrantKey!.Value, session), part.SetAside, part.Since));
        }
        if (part.Bonus > 0)
        {
            session.Carry(new WalletCommand.PutBack(asset, Known(topUp.BonusGrantKey!.Value, session), part.Bonus, part.Since));
        }
        return default;
    }

    private static Grant Known(long grantKey, PaymentSession session) =>
        session.FindGrant(grantKey) ?? throw new InvalidOperationException($"grant {grantKey} of a top-up is not there");

    private static Int128 Ceiling(Int128 dividend, long divisor) => (dividend + divisor - 1) / divisor;
}
