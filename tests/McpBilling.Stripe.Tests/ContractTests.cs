using McpBilling.Money;
using McpBilling.Payments;
using McpBilling.Payments.Exporting;

namespace McpBilling.Stripe.Tests;

/// <summary>Every request that the product makes is one that Stripe takes at this version: each is carried to a server made from Stripe's own contract.</summary>
public sealed class ContractTests(ContractServer contract) : IClassFixture<ContractServer>
{
    private const string OpenSession = """{"object":"checkout.session","id":"cs_1","url":"https://checkout.stripe.com/c/pay/cs_1","expires_at":1800000000,"status":"open"}""";
    private const string PaidIntent = """{"object":"payment_intent","id":"pi_1","status":"succeeded","amount":1000,"amount_received":1000,"currency":"usd"}""";

    [Theory]
    [InlineData(false, "cus_1", false)]
    [InlineData(true, "cus_1", false)]
    [InlineData(true, null, true)]
    [InlineData(false, "cus_1", true)]
    public async Task A_page_for_an_order(bool save, string? known, bool automaticTax)
    {
        var page = await Through(OpenSession, p => p.CreateTopUp(new("k1"), Make.Order(save: save, known: known), default), out var sent, automaticTax);
        Assert.Equal(("cs_1", "https://checkout.stripe.com/c/pay/cs_1"), (page.Reference, page.Url.AbsoluteUri));
        var form = Assert.Single(sent).Form;
        Assert.Equal(("k1", StripeCalls.Version), (sent[0].Key, sent[0].Version));
        Assert.Equal(("payment", Make.TopUpId), (form["mode"], form["client_reference_id"]));
        Assert.Equal(("usd", "1000", "1"), (form["line_items[0][price_data][currency]"], form["line_items[0][price_data][unit_amount]"], form["line_items[0][quantity]"]));
        // The same marks on both, so that either leads to the order.
        string[] marks = [.. form.Keys.Where(k => k.StartsWith("metadata[", StringComparison.Ordinal)).Order()];
        Assert.Equal(["metadata[customer_id]", "metadata[paid_by]", "metadata[price]", "metadata[top_up_id]"], marks);
        Assert.All(marks, m => Assert.Equal(form[m], form["payment_intent_data[" + m.Replace("[", "][", StringComparison.Ordinal)]));
        // A card is kept only where its holder agreed.
        Assert.Equal(save ? "off_session" : null, form.GetValueOrDefault("payment_intent_data[setup_future_usage]"));
        Assert.Equal(known is null ? "always" : null, form.GetValueOrDefault("customer_creation"));
        Assert.Equal(automaticTax ? "true" : null, form.GetValueOrDefault("automatic_tax[enabled]"));
        Assert.Equal("false", form["adaptive_pricing[enabled]"]);
    }

    [Fact]
    public async Task The_same_order_makes_the_same_request()
    {
        await Through(OpenSession, p => p.CreateTopUp(new("k1"), Make.Order(), default), out var first);
        await Through(OpenSession, p => p.CreateTopUp(new("k1"), Make.Order(), default), out var second);
        Assert.Equal(first[0].Body, second[0].Body);
    }

    [Fact]
    public async Task A_customer()
    {
        string? id = await Through("""{"object":"customer","id":"cus_9"}""", p => p.EnsureCustomer(new("k1"), Make.Customer(known: null), default), out var sent);
        Assert.Equal(("cus_9", "anna", "k1"), (id, Assert.Single(sent).Form["metadata[customer_id]"], sent[0].Key));
        Assert.Equal("cus_1", await Through("{}", p => p.EnsureCustomer(new("k2"), Make.Customer(), default), out var none));
        Assert.Empty(none);
    }

    [Theory]
    [InlineData("cs_1", "/v1/checkout/sessions/cs_1/expire", """{"object":"checkout.session","id":"cs_1","status":"expired"}""")]
    [InlineData("pi_1", "/v1/payment_intents/pi_1/cancel", """{"object":"payment_intent","id":"pi_1","status":"canceled"}""")]
    public async Task A_page_and_a_payment_are_closed(string reference, string path, string answer)
    {
        Assert.True(await Through(answer, p => p.CloseTopUp(new("k1"), reference, default), out var sent));
        Assert.Equal(("POST", path, "k1"), (sent[0].Method, sent[0].Path, sent[0].Key));
    }

    [Fact]
    public async Task A_page_to_leave_a_card()
    {
        await Through(OpenSession, p => p.SaveInstrument(new("k1"), Make.Customer(), Make.Back, default), out var sent);
        var form = Assert.Single(sent).Form;
        Assert.Equal(("setup", "cus_1", "anna"), (form["mode"], form["customer"], form["setup_intent_data[metadata][customer_id]"]));
    }

    [Fact]
    public async Task A_charge_without_the_customer()
    {
        var outcome = await Through(PaidIntent, p => p.Charge(new("k1"), Make.Order(), "pm_1", default), out var sent);
        Assert.Equal(new PaymentOutcome.Succeeded("pi_1"), outcome);
        var form = Assert.Single(sent).Form;
        Assert.Equal(("true", "true", "unscheduled"), (form["off_session"], form["confirm"], form["payment_method_options[card][stored_credential_usage]"]));
        Assert.Equal(("1000", "usd", "cus_1", "pm_1"), (form["amount"], form["currency"], form["customer"], form["payment_method"]));
        Assert.Equal((Make.TopUpId, "charge"), (form["metadata[top_up_id]"], form["metadata[paid_by]"]));
        Assert.False(form.ContainsKey("setup_future_usage"));
    }

    [Theory]
    [InlineData("pi_1", "payment_intent")]
    [InlineData("ch_1", "charge")]
    public async Task A_refund(string payment, string named)
    {
        var outcome = await Through("""{"object":"refund","id":"re_1","status":"pending"}""", p => p.Refund(new("refund_1"), payment, Make.Money("jpy", "300"), default), out var sent);
        Assert.Equal(new PaymentOutcome.Pending("re_1"), outcome);
        Assert.Equal((payment, "300", "refund_1"), (sent[0].Form[named], sent[0].Form["amount"], sent[0].Key));
    }

    [Fact]
    public async Task Saved_cards_are_listed_and_removed()
    {
        var cards = await Through(
            """
            {"object":"list","data":[
              {"object":"payment_method","id":"pm_1","type":"card","card":{"brand":"visa","last4":"4242","exp_month":4,"exp_year":2031}},
              {"object":"payment_method","id":"pm_2","type":"sepa_debit","sepa_debit":{"last4":"3000"}},
              {"object":"payment_method","id":"pm_3","type":"link","link":{"email":"anna@example.com"}}]}
            """,
            p => p.Instruments("cus_1", default), out _);
        Assert.Equal([new("pm_1", "Visa 4242", (2031, 4)), new("pm_2", "SEPA 3000", null), new SavedInstrument("pm_3", "Link", null)], cards);
        await Through("""{"object":"payment_method","id":"pm_1"}""", async p => { await p.RemoveInstrument(new("k1"), "pm_1", default); return true; }, out var sent);
        Assert.Equal("/v1/payment_methods/pm_1/detach", sent[0].Path);
    }

    [Theory]
    [InlineData("cs_1", "/v1/checkout/sessions/cs_1")]
    [InlineData("pi_1", "/v1/payment_intents/pi_1")]
    [InlineData("re_1", "/v1/refunds/re_1")]
    [InlineData("dp_1", "/v1/disputes/dp_1")]
    [InlineData(Make.TopUpId, "/v1/events")]
    public async Task What_has_become_of_it(string reference, string path)
    {
        await Through(null, p => p.Look(reference, default), out var sent);
        Assert.All(sent, s => Assert.Equal(("GET", path), (s.Method, s.Path.Split('?')[0])));
        Assert.NotEmpty(sent);
    }

    [Fact]
    public async Task Usage_and_what_is_taken_back()
    {
        foreach (decimal? value in new decimal?[] { 25, -25, null })
        {
            var witness = new Witness();
            using var export = new StripeUsageExport(Make.Keys(), TimeProvider.System, new StripeConnection { Handler = witness, ApiBase = contract.Address });
            var message = new ExportMessage("img-1:0011223344556677", "api_images", "cus_1", value, Instant.From(DateTimeOffset.UnixEpoch.AddSeconds(1_800_000_000)));
            Assert.Equal(ExportAnswer.Taken, await export.Send(message, default));
            Assert.True(witness.Refusals.Count == 0, string.Join('\n', witness.Refusals));
            var form = Assert.Single(witness.Sent).Form;
            Assert.Equal(value is null ? ("cancel", "img-1:0011223344556677") : ($"{value}", "img-1:0011223344556677"),
                value is null ? (form["type"], form["cancel[identifier]"]) : (form["payload[value]"], form["identifier"]));
        }
    }

    [Fact]
    public async Task The_contract_refuses_what_Stripe_would()
    {
        using var http = new HttpClient { BaseAddress = contract.Address };
        using var form = new FormUrlEncodedContent([new("payment_intent", "pi_1"), new("amount_in_cents", "100")]);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await http.PostAsync(new Uri("/v1/refunds", UriKind.Relative), form)).StatusCode);
    }

    private Task<T> Through<T>(string? answer, Func<StripeProcessor, ValueTask<T>> call, out List<SentRequest> sent, bool automaticTax = false)
    {
        var witness = new Witness(answer);
        sent = witness.Sent;
        return Run();

        async Task<T> Run()
        {
            using var processor = Make.Processor(witness, contract.Address, automaticTax);
            try
            {
                return await call(processor);
            }
            finally
            {
                Assert.True(witness.Refusals.Count == 0, string.Join('\n', witness.Refusals));
            }
        }
    }
}
