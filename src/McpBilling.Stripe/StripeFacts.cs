using System.Globalization;
using McpBilling.Money;
using McpBilling.Payments;
using Stripe;
using Stripe.Checkout;
using Dispute = Stripe.Dispute;
using Refund = Stripe.Refund;

namespace McpBilling.Stripe;

/// <summary>
/// What Stripe's events and objects say about our orders. What bears no mark of ours (the builder's other payments on the same account) says nothing; refunds and
/// disputes bear none, and are told by their payment.
/// </summary>
internal static class StripeFacts
{
    /// <summary>On the session and on its payment alike, so that each leads to the order.</summary>
    public const string TopUp = "top_up_id";

    public const string Customer = "customer_id";

    /// <summary>How the payment came about: <see cref="ByCheckout"/> or <see cref="ByCharge"/>.</summary>
    public const string PaidBy = "paid_by";

    /// <summary>What was ordered, in minor units: a payment alone does not say what of it is tax.</summary>
    public const string Price = "price";

    public const string ByCheckout = "checkout";
    public const string ByCharge = "charge";

    /// <summary>On a refund of ours: the key under which it was asked for, which begins with our id of it.</summary>
    public const string RefundKey = "refund_key";

    private const string RefundPrefix = "refund_";

    public static IReadOnlyList<PaymentFact> Of(Event e)
    {
        // Of an account that is connected to ours, not ours.
        if (e.Account is { Length: > 0 })
        {
            return [];
        }
        var at = At(e.Created);
        PaymentFact? fact = e.Data.Object switch
        {
            Session session => Of(session, e.Type, e.Id, at),
            PaymentIntent payment => Of(payment, e.Type, e.Id, at),
            Refund refund => Of(refund, e.Id, at),
            Dispute dispute => Of(dispute, e.Type, e.Id, at),
            SetupIntent setup when e.Type == EventTypes.SetupIntentSucceeded => Saved(setup, e.Id, at),
            PaymentMethod method when e.Type == EventTypes.PaymentMethodDetached => Removed(e, method, at),
            _ => null,
        };
        return fact is null ? [] : [fact];
    }

    /// <summary>What a session would have told by now.</summary>
    /// <param name="session">With its payment expanded, if it has one.</param>
    public static IReadOnlyList<PaymentFact> Of(Session session)
    {
        string? type = session.Status == "expired" ? EventTypes.CheckoutSessionExpired
            : session.Status != "complete" ? null
            : session.PaymentStatus == "unpaid" && session.PaymentIntent is { Status: "requires_payment_method" or "canceled" } ? EventTypes.CheckoutSessionAsyncPaymentFailed
            : EventTypes.CheckoutSessionCompleted;
        if (type is null)
        {
            return [];
        }
        var facts = new List<PaymentFact>();
        var at = At(session.PaymentIntent?.LatestCharge?.Created ?? session.PaymentIntent?.Created ?? session.Created);
        if (Of(session, type, Seen(session.Id, session.Status + ":" + session.PaymentStatus), at) is { } fact)
        {
            facts.Add(fact is PaymentFact.Paid paid ? paid with { Instrument = Kept(session.PaymentIntent) } : fact);
        }
        return session.PaymentIntent is { } payment ? [.. facts, .. RefundsOf(payment)] : facts;
    }

    /// <summary>What a payment would have told by now.</summary>
    /// <param name="payment">With its charge and the charge's refunds expanded.</param>
    public static IReadOnlyList<PaymentFact> Of(PaymentIntent payment)
    {
        string? type = payment.Status switch
        {
            "succeeded" => EventTypes.PaymentIntentSucceeded,
            "processing" => EventTypes.PaymentIntentProcessing,
            "requires_action" => EventTypes.PaymentIntentRequiresAction,
            "canceled" => EventTypes.PaymentIntentCanceled,
            "requires_payment_method" when payment.LastPaymentError is not null => EventTypes.PaymentIntentPaymentFailed,
            _ => null,
        };
        var at = At(payment.LatestCharge?.Created ?? payment.Created);
        string id = Seen(payment.Id, payment.Status);
        // Also of one that was made at a page: whoever looks has no other word of it.
        var fact = type is null ? null
            : type == EventTypes.PaymentIntentSucceeded && Mark(payment.Metadata, TopUp) is { } topUp ? Paid(payment, topUp, id, at)
            : Of(payment, type, id, at);
        return fact is null ? RefundsOf(payment) : [fact, .. RefundsOf(payment)];
    }

    /// <summary>What a refund would have told by now.</summary>
    public static PaymentFact? Of(Refund refund) => Of(refund, Seen(refund.Id, refund.Status), At(refund.Created));

    /// <summary>What a dispute would have told by now: that it is there, what its bookings moved, and how it ended.</summary>
    public static IReadOnlyList<PaymentFact> Of(Dispute dispute)
    {
        var at = At(dispute.Created);
        IEnumerable<string> types = [EventTypes.ChargeDisputeCreated, .. Moved(dispute), .. IsOver(dispute) ? [EventTypes.ChargeDisputeClosed] : Array.Empty<string>()];
        return [.. types.Select(type => Of(dispute, type, Seen(dispute.Id, type), at)).OfType<PaymentFact>()];
    }

    private static PaymentFact? Of(Session session, string type, string id, Instant at)
    {
        if (session.Mode != "payment" || Mark(session.Metadata, TopUp) is not { } topUp || session.ClientReferenceId != topUp)
        {
            return null;
        }
        return type switch
        {
            EventTypes.CheckoutSessionAsyncPaymentSucceeded => Paid(session, topUp, id, at),
            EventTypes.CheckoutSessionCompleted when session.PaymentStatus == "paid" => Paid(session, topUp, id, at),
            EventTypes.CheckoutSessionCompleted when session.PaymentStatus == "unpaid" => new PaymentFact.Pending(id, at, topUp, session.PaymentIntentId),
            EventTypes.CheckoutSessionAsyncPaymentFailed => new PaymentFact.Failed(id, at, topUp, session.PaymentIntentId, "async_payment_failed", RetryAdvice.AfterCustomer),
            EventTypes.CheckoutSessionExpired => new PaymentFact.Expired(id, at, topUp, session.PaymentIntentId),
            _ => null,
        };
    }

    // What was bought is the subtotal less discounts; the tax is somebody else's.
    private static PaymentFact.Paid? Paid(Session session, string topUp, string id, Instant at)
    {
        if (session.AmountTotal is not { } total)
        {
            return null;
        }
        long tax = session.TotalDetails?.AmountTax ?? 0;
        return StripeAmounts.From(session.Currency, total - tax) is { } amount && StripeAmounts.From(session.Currency, tax) is { } taxed
            ? new PaymentFact.Paid(id, at, topUp, session.PaymentIntentId, amount, taxed, null)
            : null;
    }

    private static PaymentFact? Of(PaymentIntent payment, string type, string id, Instant at)
    {
        if (Mark(payment.Metadata, TopUp) is not { } topUp)
        {
            return null;
        }
        bool charge = Mark(payment.Metadata, PaidBy) == ByCharge;
        return type switch
        {
            // A session tells of its payment itself, with what of it is tax. Its payment tells what card was left.
            EventTypes.PaymentIntentSucceeded => charge ? Paid(payment, topUp, id, at) : Saved(payment, id, at),
            EventTypes.PaymentIntentProcessing => new PaymentFact.Pending(id, at, topUp, payment.Id),
            EventTypes.PaymentIntentPaymentFailed => new PaymentFact.Failed(
                id, at, topUp, payment.Id, StripeDeclines.CodeOf(payment.LastPaymentError), StripeDeclines.AdviceOf(payment.LastPaymentError)),
            // Nobody is there to authenticate.
            EventTypes.PaymentIntentRequiresAction when charge => new PaymentFact.Failed(id, at, topUp, payment.Id, "authentication_required", RetryAdvice.AfterCustomer),
            EventTypes.PaymentIntentCanceled when charge => new PaymentFact.Failed(id, at, topUp, payment.Id, "canceled", RetryAdvice.AfterCustomer),
            _ => null,
        };
    }

    private static PaymentFact.Paid? Paid(PaymentIntent payment, string topUp, string id, Instant at)
    {
        long received = payment.AmountReceived;
        // What came beyond the price is tax; when less came, that is what came.
        long price = long.TryParse(Mark(payment.Metadata, Price), NumberStyles.None, CultureInfo.InvariantCulture, out long ordered) && ordered < received ? ordered : received;
        bool charge = Mark(payment.Metadata, PaidBy) == ByCharge;
        return StripeAmounts.From(payment.Currency, price) is { } amount && StripeAmounts.From(payment.Currency, received - price) is { } tax
            ? new PaymentFact.Paid(
                id, at, topUp, payment.Id, amount, tax, charge ? StripeInstruments.Of(payment.PaymentMethodId, payment.PaymentMethod, payment.PaymentMethodTypes) : Kept(payment))
            : null;
    }

    private static PaymentFact.InstrumentSaved? Saved(PaymentIntent payment, string id, Instant at) =>
        payment.CustomerId is { } owner && Mark(payment.Metadata, Customer) is { } customer && Kept(payment) is { } instrument
            ? new PaymentFact.InstrumentSaved(id, at, customer, owner, instrument)
            : null;

    private static PaymentFact.InstrumentSaved? Saved(SetupIntent setup, string id, Instant at) =>
        setup.CustomerId is { } owner && Mark(setup.Metadata, Customer) is { } customer
        && StripeInstruments.Of(setup.PaymentMethodId, setup.PaymentMethod, setup.PaymentMethodTypes) is { } instrument
            ? new PaymentFact.InstrumentSaved(id, at, customer, owner, instrument)
            : null;

    // Left for later only if the holder agreed to it.
    private static SavedInstrument? Kept(PaymentIntent? payment) =>
        payment is { SetupFutureUsage: "off_session" } ? StripeInstruments.Of(payment.PaymentMethodId, payment.PaymentMethod, payment.PaymentMethodTypes) : null;

    // Once it is detached its owner is only said in what it was before.
    private static PaymentFact.InstrumentRemoved? Removed(Event e, PaymentMethod method, Instant at) =>
        (method.CustomerId ?? StripeInstruments.OwnerBefore(e)) is { } owner ? new PaymentFact.InstrumentRemoved(e.Id, at, owner, method.Id) : null;

    private static PaymentFact? Of(Refund refund, string id, Instant at)
    {
        if (StripeAmounts.From(refund.Currency, refund.Amount) is not { } amount || (refund.PaymentIntentId ?? refund.ChargeId) is not { } payment)
        {
            return null;
        }
        string? own = Mark(refund.Metadata, RefundKey)?.Split(':')[0] is { } key && key.StartsWith(RefundPrefix, StringComparison.Ordinal) ? key : null;
        return refund.Status switch
        {
            "succeeded" => new PaymentFact.Refunded(id, at, null, payment, refund.Id, own, amount),
            "failed" => new PaymentFact.RefundFailed(id, at, null, payment, refund.Id, own, amount, refund.FailureReason ?? "failed"),
            "canceled" => new PaymentFact.RefundFailed(id, at, null, payment, refund.Id, own, amount, "canceled"),
            _ => null,
        };
    }

    private static IReadOnlyList<PaymentFact> RefundsOf(PaymentIntent payment) =>
        [.. (payment.LatestCharge?.Refunds?.Data ?? []).Select(r => Of(r)).OfType<PaymentFact>()];

    private static PaymentFact? Of(Dispute dispute, string type, string id, Instant at)
    {
        if (StripeAmounts.From(dispute.Currency, dispute.Amount) is not { } amount || (dispute.PaymentIntentId ?? dispute.ChargeId) is not { } payment)
        {
            return null;
        }
        return type switch
        {
            EventTypes.ChargeDisputeCreated => new PaymentFact.DisputeOpened(id, at, null, payment, dispute.Id, amount, dispute.Reason ?? "general"),
            EventTypes.ChargeDisputeFundsWithdrawn => new PaymentFact.DisputeWithdrawn(id, at, null, payment, dispute.Id, amount),
            EventTypes.ChargeDisputeFundsReinstated => new PaymentFact.DisputeReinstated(id, at, null, payment, dispute.Id, amount),
            // An inquiry that comes to nothing, and a dispute that was settled before it began, took nothing either.
            EventTypes.ChargeDisputeClosed => new PaymentFact.DisputeClosed(id, at, null, payment, dispute.Id, dispute.Status is "won" or "warning_closed" or "prevented"),
            _ => null,
        };
    }

    private static IEnumerable<string> Moved(Dispute dispute)
    {
        var bookings = dispute.BalanceTransactions ?? [];
        if (bookings.Any(b => b.Amount < 0))
        {
            yield return EventTypes.ChargeDisputeFundsWithdrawn;
        }
        if (bookings.Any(b => b.Amount > 0))
        {
            yield return EventTypes.ChargeDisputeFundsReinstated;
        }
    }

    private static bool IsOver(Dispute dispute) => dispute.Status is "won" or "lost" or "warning_closed" or "prevented";

    private static string? Mark(Dictionary<string, string>? metadata, string name) => metadata?.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    // The same for as long as the object stands as it does, so that looking twice tells nothing new.
    private static string Seen(string id, string? state) => $"look:{id}:{state}";

    private static Instant At(DateTime time) => Instant.From(new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)));
}
