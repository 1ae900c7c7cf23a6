using System.Text;
using McpBilling.Money;
using McpBilling.Payments;
using McpBilling.Tests.Payments;

namespace McpBilling.Stripe.Tests;

/// <summary>What every processor must do, of this one; its webhooks are signed by Stripe's own package.</summary>
public sealed class StripeConformanceTests : ProcessorConformance, IDisposable
{
    private readonly StatefulStripe _stripe = new();
    private readonly StripeProcessor _processor;

    public StripeConformanceTests() => _processor = Make.Processor(_stripe);

    protected override IPaymentProcessor Processor => _processor;

    protected override ReceivedWebhook PaidWebhook(string topUpId, Amount amount)
    {
        string session = Paid(topUpId, amount).GetAwaiter().GetResult().Session;
        string body = Events.Of("checkout.session.completed", _stripe.Stands(session));
        string header = StripeTools.Sign(body, Make.Secret, Now.ToDateTimeOffset()).GetAwaiter().GetResult();
        return new ReceivedWebhook(new Dictionary<string, string> { [StripeWebhooks.Header] = header }, Encoding.UTF8.GetBytes(body), Now);
    }

    protected override async Task<string?> Pay(string topUpId, Amount amount) => (await Paid(topUpId, amount)).Payment;

    public void Dispose() => _processor.Dispose();

    private async Task<(string Session, string Payment)> Paid(string topUpId, Amount amount)
    {
        string? customer = await _processor.EnsureCustomer(new PaymentKey("customer-1-anna"), new PayingCustomer("anna", null, "Anna", "anna@example.com"), default);
        string session = (await _processor.CreateTopUp(new PaymentKey(topUpId), OrderOf(topUpId, amount, customer), default)).Reference;
        return (session, _stripe.Pay(session));
    }
}
