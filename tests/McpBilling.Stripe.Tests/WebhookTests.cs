using System.Text;
using McpBilling.Money;
using McpBilling.Payments;

namespace McpBilling.Stripe.Tests;

/// <summary>Webhooks signed by Stripe's own package, and what somebody might make of them on the way.</summary>
public sealed class WebhookTests
{
    private static readonly DateTimeOffset Sent = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly string Paid = Events.Of("checkout.session.completed", Events.PaidSession);

    [Fact]
    public async Task One_that_Stripe_signed_is_read()
    {
        var fact = Assert.IsType<PaymentFact.Paid>(Assert.Single(Read(Paid, await StripeTools.Sign(Paid, Make.Secret, Sent))));
        Assert.Equal((Make.TopUpId, "pi_1", "10.00", "1.90", "evt_1"), (fact.TopUpId, fact.Payment, fact.Amount.ToString(), fact.Tax.ToString(), fact.EventId));
    }

    [Theory]
    [InlineData(299, true)]
    [InlineData(-299, true)]
    [InlineData(301, false)]
    [InlineData(3600, false)]
    [InlineData(-3600, false)]
    public async Task It_is_good_for_five_minutes(int secondsLater, bool good)
    {
        string header = await StripeTools.Sign(Paid, Make.Secret, Sent);
        if (good)
        {
            Assert.Single(Read(Paid, header, Sent.AddSeconds(secondsLater)));
        }
        else
        {
            Refused(Paid, header, Sent.AddSeconds(secondsLater));
        }
    }

    [Fact]
    public async Task While_one_secret_replaces_another_both_are_good()
    {
        foreach (string secret in new[] { Make.Secret, Make.OtherSecret })
        {
            string header = await StripeTools.Sign(Paid, secret, Sent);
            Assert.Single(Read(Paid, header, Sent, Make.Secret, Make.OtherSecret));
        }
        Refused(Paid, await StripeTools.Sign(Paid, "whsec_of_somebody_else", Sent), Sent, Make.Secret, Make.OtherSecret);
        // As Stripe sends it when both are in use: one header with two signatures.
        string first = await StripeTools.Sign(Paid, "whsec_of_somebody_else", Sent), second = await StripeTools.Sign(Paid, Make.Secret, Sent);
        Assert.Single(Read(Paid, first + second[second.IndexOf(",v1=", StringComparison.Ordinal)..]));
    }

    [Fact]
    public async Task What_was_changed_on_the_way_is_refused()
    {
        string header = await StripeTools.Sign(Paid, Make.Secret, Sent);
        Refused(Paid.Replace("1190", "9190", StringComparison.Ordinal), header);
        Refused(Paid.Replace("\n", "", StringComparison.Ordinal), header);
        Refused(Paid + " ", header);
        Refused(Paid, header.Replace($"t={Sent.ToUnixTimeSeconds()}", $"t={Sent.ToUnixTimeSeconds() + 1}", StringComparison.Ordinal));
        Refused(Paid, header[..^1] + (header[^1] == '0' ? '1' : '0'));
        Refused(Paid, header.Replace("v1=", "v0=", StringComparison.Ordinal));
        Refused(Paid, "");
        Refused(Paid, "t=,v1=");
        Refused(Paid, "nonsense");
        Refused("", header);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(Paid), 0xC3, 0x28];
        string header = await StripeTools.Sign(Encoding.UTF8.GetString(bytes), Make.Secret, Sent);
        Assert.Throws<WebhookRefusedException>(() => Processor(Make.Secret).Read(Received(bytes, header, Sent)));
    }

    [Theory]
    [InlineData("checkout.session.completed", true, StripeCalls.Version)]
    [InlineData("checkout.session.completed", false, "2026-03-25.dahlia")]
    [InlineData("checkout.session.completed", false, "2020-08-27")]
    [InlineData("checkout.session.completed", false, null)]
    public async Task Of_the_other_mode_or_another_version_it_is_refused_though_it_is_signed(string type, bool live, string? version)
    {
        string body = Events.Of(type, Events.PaidSession, live: live, version: version);
        Refused(body, await StripeTools.Sign(body, Make.Secret, Sent));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"object":"v2.core.event","id":"evt_1","type":"v1.billing.meter.error_report_triggered","livemode":false}""")]
    public async Task What_is_no_event_is_refused_though_it_is_signed(string body) => Refused(body, await StripeTools.Sign(body, Make.Secret, Sent));

    [Fact]
    public async Task Without_a_secret_nothing_is_believed()
    {
        string header = await StripeTools.Sign(Paid, Make.Secret, Sent);
        using var processor = new StripeProcessor(new StripeKeys(Make.TestKey, []), TimeProvider.System);
        Assert.Throws<WebhookRefusedException>(() => processor.Read(Received(Encoding.UTF8.GetBytes(Paid), header, Sent)));
    }

    [Fact]
    public async Task No_refusal_shows_a_secret_or_the_body()
    {
        string header = await StripeTools.Sign(Paid, Make.Secret, Sent);
        var refused = Assert.Throws<WebhookRefusedException>(() => Read(Paid + " ", header));
        Assert.DoesNotContain(Make.Secret, refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Make.TopUpId, refused.ToString(), StringComparison.Ordinal);
    }

    private static void Refused(string body, string header, DateTimeOffset? now = null, params string[] secrets) =>
        Assert.Throws<WebhookRefusedException>(() => Read(body, header, now, secrets));

    private static IReadOnlyList<PaymentFact> Read(string body, string header, DateTimeOffset? now = null, params string[] secrets)
    {
        using var processor = Processor(secrets);
        return processor.Read(Received(Encoding.UTF8.GetBytes(body), header, now ?? Sent.AddSeconds(2)));
    }

    private static StripeProcessor Processor(params string[] secrets) => new(Make.Keys(secrets), TimeProvider.System);

    private static ReceivedWebhook Received(byte[] body, string header, DateTimeOffset now) =>
        new(new Dictionary<string, string> { [StripeWebhooks.Header] = header }, body, Instant.From(now));
}
