using System.Globalization;
using McpBilling.Payments;
using Stripe;
using Stripe.Checkout;

namespace McpBilling.Stripe;

/// <summary>
/// What is sent for each thing asked. Nothing in it depends on when it is made: a repetition under the same key must be the same request, or Stripe refuses it.
/// </summary>
internal static class StripeRequests
{
    private const int LongestName = 250;

    public static CustomerCreateOptions Customer(PayingCustomer customer) => new()
    {
        Name = Shortened(customer.Name),
        Email = customer.Email,
        Metadata = new() { [StripeFacts.Customer] = customer.CustomerId },
    };

    public static SessionCreateOptions Checkout(PaymentOrder order, long minor, Uri back, bool automaticTax) => new()
    {
        Mode = "payment",
        ClientReferenceId = order.TopUpId,
        Metadata = Marks(order, minor, StripeFacts.ByCheckout),
        Customer = order.Customer.ProcessorCustomer,
        CustomerEmail = order.Customer.ProcessorCustomer is null ? order.Customer.Email : null,
        // What is left for later needs somebody to belong to.
        CustomerCreation = order is { Save: true, Customer.ProcessorCustomer: null } ? "always" : null,
        CustomerUpdate = automaticTax && order.Customer.ProcessorCustomer is not null ? new() { Address = "auto" } : null,
        AutomaticTax = automaticTax ? new() { Enabled = true } : null,
        // The order is paid in its own currency, or not at all: credit is given only where the currency fits.
        AdaptivePricing = new() { Enabled = false },
        LineItems =
        [
            new()
            {
                Quantity = 1,
                PriceData = new()
                {
                    Currency = order.Amount.Asset.Id,
                    UnitAmount = minor,
                    TaxBehavior = automaticTax ? "exclusive" : null,
                    ProductData = new() { Name = Shortened(order.Title) },
                },
            },
        ],
        PaymentIntentData = Payment(order, minor),
        SuccessUrl = back.AbsoluteUri,
        CancelUrl = back.AbsoluteUri,
    };

    public static SessionCreateOptions Setup(PayingCustomer customer, Uri back) => new()
    {
        Mode = "setup",
        ClientReferenceId = customer.CustomerId,
        Metadata = new() { [StripeFacts.Customer] = customer.CustomerId },
        Customer = customer.ProcessorCustomer ?? throw new ArgumentException("Who leaves a card must be known to Stripe first.", nameof(customer)),
        // A currency is asked for so that kinds of payment can be chosen; a card is charged in any.
        Currency = "usd",
        AllowedPaymentMethodTypes = ["card"],
        SetupIntentData = new() { Metadata = new() { [StripeFacts.Customer] = customer.CustomerId } },
        SuccessUrl = back.AbsoluteUri,
        CancelUrl = back.AbsoluteUri,
    };

    public static PaymentIntentCreateOptions Charge(PaymentOrder order, long minor, string instrument) => new()
    {
        Amount = minor,
        Currency = order.Amount.Asset.Id,
        Customer = order.Customer.ProcessorCustomer ?? throw new ArgumentException("Whose card it is must be known to Stripe.", nameof(order)),
        PaymentMethod = instrument,
        OffSession = true,
        Confirm = true,
        Description = Shortened(order.Title),
        Metadata = Marks(order, minor, StripeFacts.ByCharge),
        // Nobody is there to be sent anywhere.
        AutomaticPaymentMethods = new() { Enabled = true, AllowRedirects = "never" },
        PaymentMethodOptions = new() { Card = new() { StoredCredentialUsage = "unscheduled" } },
    };

    public static RefundCreateOptions Refund(PaymentKey key, string payment, long minor) => new()
    {
        PaymentIntent = payment.StartsWith("ch_", StringComparison.Ordinal) ? null : payment,
        Charge = payment.StartsWith("ch_", StringComparison.Ordinal) ? payment : null,
        Amount = minor,
        Metadata = new() { [StripeFacts.RefundKey] = key.Value },
    };

    private static SessionPaymentIntentDataOptions Payment(PaymentOrder order, long minor)
    {
        var payment = new SessionPaymentIntentDataOptions { Metadata = Marks(order, minor, StripeFacts.ByCheckout), Description = Shortened(order.Title) };
        // Set to null it would be sent, as an empty value, which Stripe refuses here.
        if (order.Save)
        {
            payment.SetupFutureUsage = "off_session";
        }
        return payment;
    }

    private static Dictionary<string, string> Marks(PaymentOrder order, long minor, string by) => new()
    {
        [StripeFacts.Price] = minor.ToString(CultureInfo.InvariantCulture),
        [StripeFacts.TopUp] = order.TopUpId,
        [StripeFacts.Customer] = order.Customer.CustomerId,
        [StripeFacts.PaidBy] = by,
    };

    private static string? Shortened(string? text) => text is { Length: > LongestName } ? text[..LongestName] : text is "" ? null : text;
}
