using McpBilling.Catalog;
using McpBilling.Wallets;

namespace McpBilling.Payments;

/// <summary>
/// Auto-recharge inside the transactions of the commands that it follows: whatever took credit may begin one, and what is reported of its order ends it. So there
/// is no moment in which credit is gone and nobody knows that a recharge is due, and none in which two are.
/// </summary>
public static class AutoRecharging
{
    /// <summary>The processor's word for a bank that wants to see the customer.</summary>
    public const string AuthenticationRequired = "authentication_required";

    /// <summary>After a command: makes the order that is due, if one is. An order has the key of its command, so there is one at most; another account's waits for the next command.</summary>
    public static void Begin(PaymentSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.TopUps.Any(t => t.Key == session.Facts.OperationKey))
        {
            return;
        }
        foreach (var settings in session.AutoRecharges)
        {
            if (Offer(settings, session.Facts.Catalog) is not { } offer
                || AutoRechargeStep.Need(settings, session.Account(settings.Asset).Available, offer.Price, session.Now) != AutoRechargeNeed.Begin)
            {
                continue;
            }
            var order = new TopUp(
                session.Facts.OperationKey, TopUpOrigin.AutoRecharge, settings.Processor, offer.PackId, offer.Title, offer.Price, offer.Credit, offer.Bonus, session.Now)
            {
                ExpiresAfterDays = offer.ExpiresAfterDays,
                BonusExpiresAfterDays = offer.BonusExpiresAfterDays,
                Priority = offer.Priority ?? Grant.DefaultPriority,
                NextLook = session.Now + LookTimes.First,
            };
            session.Put(order);
            session.Put(AutoRechargeStep.Begun(settings, order.Key, order.Price, session.Now));
            return;
        }
    }

    /// <summary>After a report: what it means for the auto-recharge that made the order, and for all of the customer's when they dispute a payment.</summary>
    /// <returns>The order: one that could not be charged is over, since the next charge makes its own.</returns>
    public static TopUp Reported(TopUp before, TopUp after, PaymentSession session)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(session);
        if (session.StopsAutoRecharge)
        {
            foreach (var settings in session.AutoRecharges.Where(s => s.IsOn))
            {
                Keep(settings, AutoRechargeStep.Stopped(settings, AutoRechargeEnd.Dispute), session);
            }
        }
        if (after.Origin != TopUpOrigin.AutoRecharge || session.AutoRecharges.FirstOrDefault(s => s.Asset.Id == after.Credit.Asset.Id) is not { } made)
        {
            return after;
        }
        if (before.Status != TopUpStatus.Paid && after.Status == TopUpStatus.Paid)
        {
            Keep(made, AutoRechargeStep.Paid(made, after.Key, after.Price, after.CreatedAt, session.Now), session);
            return after;
        }
        bool isOver = after.Status is TopUpStatus.Expired || (after is { Status: TopUpStatus.Open, Attempt.Code: not null });
        if (before.Status != TopUpStatus.Open || !isOver)
        {
            return after;
        }
        var retry = after.Attempt?.Retry ?? RetryAdvice.Later;
        Keep(made, AutoRechargeStep.Failed(made, after.Key, after.Price, after.CreatedAt, retry, after.Attempt?.Code == AuthenticationRequired, session.Now), session);
        return after.Status == TopUpStatus.Open ? after with { Status = TopUpStatus.Canceled } : after;
    }

    /// <summary>Keeps settings as they become, and tells the customer's app when they end by themselves.</summary>
    internal static void Keep(AutoRecharge before, AutoRecharge after, PaymentSession session)
    {
        session.Put(after);
        if (before.IsOn && after.Ended is { } and not AutoRechargeEnd.Customer)
        {
            PaymentMessages.TurnedOff(after, session);
        }
    }

    /// <summary>What a charge buys; null: the catalog does not offer it any more.</summary>
    internal static TopUpOffer? Offer(AutoRecharge settings, CatalogSnapshot catalog)
    {
        try
        {
            return TopUpOffer.Choose(catalog, settings.Purchase.PackId is { } pack
                ? new CreateTopUpInput { CustomerId = "", Pack = pack, IdempotencyKey = "" }
                : new CreateTopUpInput
                {
                    CustomerId = "",
                    Amount = settings.Purchase.Free!.Value.ToDecimal(),
                    Currency = settings.Purchase.Free.Value.Asset.Id,
                    Asset = settings.Asset.Id,
                    IdempotencyKey = "",
                }) is { } offer && offer.Credit.Asset.Id == settings.Asset.Id ? offer : null;
        }
        catch (Operations.BillingException)
        {
            return null;
        }
    }
}
