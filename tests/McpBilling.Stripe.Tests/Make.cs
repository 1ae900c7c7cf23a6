using McpBilling.Money;
using McpBilling.Payments;

namespace McpBilling.Stripe.Tests;

/// <summary>What most tests need.</summary>
internal static class Make
{
    public const string TopUpId = "top_up_019abcde-0000-7000-8000-00000000000a";
    public const string Secret = "whsec_test_0123456789abcdef";
    public const string OtherSecret = "whsec_test_fedcba9876543210";

    // Put together here, so that nothing that looks like a key is in the repository.
    public static readonly string TestKey = string.Concat("sk_", "test_", "planted0123456789");
    public static readonly string LiveKey = string.Concat("sk_", "live_", "planted0123456789");

    public static readonly Uri Back = new("https://app.example.com/billing?top_up=1");

    public static StripeKeys Keys(params string[] secrets) => new(TestKey, secrets.Length == 0 ? [Secret] : secrets);

    public static StripeProcessor Processor(HttpMessageHandler handler, Uri? address = null, bool automaticTax = false) => new(
        new StripeKeys(TestKey, [Secret]) { AutomaticTax = automaticTax }, TimeProvider.System,
        new StripeConnection { Handler = handler, ApiBase = address ?? new Uri("http://stripe.invalid"), Timeout = TimeSpan.FromSeconds(30), Pauses = [TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)] });

    public static Amount Money(string currency, string amount) =>
        Amount.TryFrom(Currencies.All[currency], decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), out var exact) ? exact : throw new ArgumentException(amount);

    public static PayingCustomer Customer(string? known = "cus_1") => new("anna", known, "Anna", "anna@example.com");

    public static PaymentOrder Order(string currency = "usd", string amount = "10", bool save = false, string? known = "cus_1") =>
        new(TopUpId, Customer(known), Money(currency, amount), "1,000 credits", save, Back);
}
