using McpBilling.Payments;
using Stripe;
using Refund = Stripe.Refund;

namespace McpBilling.Stripe;

/// <summary>What an answer or a refusal of Stripe means for money that was to be taken or given back.</summary>
internal static class StripeOutcomes
{
    public static PaymentOutcome Of(PaymentIntent payment) => payment.Status switch
    {
        "succeeded" => new PaymentOutcome.Succeeded(payment.Id),
        "requires_action" or "requires_confirmation" => new PaymentOutcome.ActionRequired(payment.Id, Page(payment)),
        "requires_payment_method" when payment.LastPaymentError is { } error && StripeDeclines.AsksForAuthentication(error) => new PaymentOutcome.ActionRequired(payment.Id, null),
        "requires_payment_method" => new PaymentOutcome.Declined(payment.Id, StripeDeclines.CodeOf(payment.LastPaymentError), StripeDeclines.AdviceOf(payment.LastPaymentError)),
        "canceled" => new PaymentOutcome.Declined(payment.Id, "canceled", RetryAdvice.AfterCustomer),
        _ => new PaymentOutcome.Pending(payment.Id),
    };

    /// <summary>A charge that was not answered with a payment.</summary>
    public static PaymentOutcome OfCharge(Exception e)
    {
        if (e is not StripeException { StripeError: { } error } || StripeCalls.IsUnknown(e))
        {
            return new PaymentOutcome.Unknown();
        }
        return error.Type switch
        {
            "card_error" when StripeDeclines.AsksForAuthentication(error) && error.PaymentIntent is { } payment => new PaymentOutcome.ActionRequired(payment.Id, Page(payment)),
            "card_error" => new PaymentOutcome.Declined(error.PaymentIntent?.Id, StripeDeclines.CodeOf(error), StripeDeclines.AdviceOf(error)),
            // The card is gone, or belongs to somebody else.
            "invalid_request_error" when !StripeCalls.IsForNow(e) => new PaymentOutcome.Declined(error.PaymentIntent?.Id, error.Code ?? "invalid_request", RetryAdvice.AfterCustomer),
            _ => throw StripeCalls.Translated(e),
        };
    }

    public static PaymentOutcome Of(Refund refund) => refund.Status switch
    {
        "succeeded" => new PaymentOutcome.Succeeded(refund.Id),
        "failed" or "canceled" => new PaymentOutcome.Declined(refund.Id, refund.FailureReason ?? refund.Status, RetryAdvice.Never),
        // Also where the customer must say by mail where to: a fact tells how it ends.
        _ => new PaymentOutcome.Pending(refund.Id),
    };

    /// <summary>A refund that was not answered with one.</summary>
    public static PaymentOutcome OfRefund(Exception e)
    {
        if (e is not StripeException { StripeError: { } error } || StripeCalls.IsUnknown(e))
        {
            return new PaymentOutcome.Unknown();
        }
        return error.Type is "invalid_request_error" or "card_error" && !StripeCalls.IsForNow(e)
            ? new PaymentOutcome.Declined(null, error.Code ?? error.Type, error.Code is "balance_insufficient" or "insufficient_funds" ? RetryAdvice.Later : RetryAdvice.Never)
            : throw StripeCalls.Translated(e);
    }

    private static Uri? Page(PaymentIntent payment) => payment.NextAction?.RedirectToUrl?.Url is { } url ? new Uri(url) : null;
}
