using System.Net;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Payments;

/// <summary>Buying credit at the running program: order, page, webhook over HTTP, credit; and who is refused at its doors.</summary>
public sealed class SandboxFlowTests(LiveServer server) : IClassFixture<LiveServer>
{
    private static readonly object Document = new
    {
        assets = new[] { new { id = "credits" } },
        top_ups = new { packs = new[] { new { id = "starter", price = "10", currency = "usd", credit = new { asset = "credits", amount = "1000" } } } },
    };

    [Theory]
    [InlineData("Normal")]
    [InlineData("Twice")]
    [InlineData("Reordered")]
    public async Task Paying_on_the_page_gives_the_credit_once(string delivery)
    {
        var (id, page) = await Order("pays-" + delivery);
        string shown = await Read(page);
        Assert.Contains("1000 credits", shown, StringComparison.Ordinal);
        Assert.Contains("10 USD", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", shown, StringComparison.OrdinalIgnoreCase);
        await Act(page, ("act", "pay"), ("card", "Success"), ("delivery", delivery));
        await Until(id, "paid");
        Assert.Equal("1000", await Balance("pays-" + delivery));
        // Whatever else is delivered changes nothing.
        await Act(page, ("act", "pay"), ("card", "Success"), ("delivery", "Normal"));
        await Read(new Uri(server.Url, $"/payments/done/1/{id}"));
        Assert.Equal("1000", await Balance("pays-" + delivery));
    }

    [Fact]
    public async Task The_page_after_paying_gives_the_credit_that_no_webhook_told_of()
    {
        var (id, page) = await Order("lost");
        await Act(page, ("act", "pay"), ("card", "Success"), ("delivery", "Lost"));
        Assert.Equal("open", (await server.Client.Get($"/v1/top-ups/{id}")).Json.GetProperty("status").GetString());
        Assert.Contains("1000 credits were added", await Read(new Uri(server.Url, $"/payments/done/1/{id}")), StringComparison.Ordinal);
        Assert.Equal("1000", await Balance("lost"));
        await Act(page, ("delivery", "Normal"));
    }

    [Fact]
    public async Task A_declined_card_may_be_followed_by_another_and_a_confirmation_pays()
    {
        var (id, page) = await Order("again");
        await Act(page, ("act", "pay"), ("card", "Decline"));
        Assert.Contains("declined", await Read(page), StringComparison.Ordinal);
        await Act(page, ("act", "pay"), ("card", "Authentication"));
        Assert.Contains("confirm", await Read(page), StringComparison.Ordinal);
        await Act(page, ("act", "confirm"));
        await Until(id, "paid");
        Assert.Equal("1000", await Balance("again"));
    }

    [Fact]
    public async Task A_refund_takes_the_credit_and_a_dispute_of_the_rest_too()
    {
        var (id, page) = await Order("back");
        await Act(page, ("act", "pay"), ("card", "Success"));
        await Until(id, "paid");
        var refund = await server.Client.Do("/v1/refunds", new { top_up_id = id, amount = "4", idempotency_key = "r" });
        Assert.Equal(("succeeded", "400"), (refund.Json.GetProperty("status").GetString(), refund.Json.GetProperty("credit").GetProperty("amount").GetString()));
        Assert.Equal("600", await Balance("back"));
        await Act(page, ("act", "dispute"));
        await Until(() => Balance("back"), "0");
        Assert.Equal("refund_not_possible", (await server.Client.Post("/v1/refunds", new { top_up_id = id, amount = "1", idempotency_key = "r2" })).Code);
        await Act(page, ("act", "close"));
        await Until(() => Balance("back"), "600");
        Assert.Empty((await server.Verify()).Differences);
    }

    [Fact]
    public async Task A_webhook_that_the_processor_did_not_sign_is_refused_and_leaves_nothing()
    {
        var (id, _) = await Order("forged");
        byte[] body = new PaymentReport { Id = "forged", Type = "paid", At = Instant.From(DateTimeOffset.UtcNow), TopUpId = id, Payment = "p", Amount = 10, Currency = "usd" }.ToJson();
        string before = server.Fingerprint();
        foreach (string path in (string[])["/webhooks/sandbox/1", "/webhooks/manual/1", "/webhooks/sandbox/2", "/webhooks/stripe/1", "/webhooks/sandbox/99"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Url, path)) { Content = new ByteArrayContent(body) };
            foreach (var (name, value) in WebhookSignature.Sign("another secret"u8.ToArray(), "forged", Instant.From(DateTimeOffset.UtcNow), body))
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
            using var response = await server.Http.SendAsync(request);
            Assert.True(response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound, $"{path}: {response.StatusCode}");
        }
        Assert.Equal(before, server.Fingerprint());
    }

    [Fact]
    public async Task Pages_take_no_script_no_frame_and_no_other_origin()
    {
        var (id, page) = await Order("safe");
        foreach (var address in (Uri[])[page, new Uri(server.Url, $"/payments/done/1/{id}")])
        {
            using var response = await server.Http.GetAsync(address);
            string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("safe@", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        using var forged = new HttpRequestMessage(HttpMethod.Post, page) { Content = new FormUrlEncodedContent([new("act", "pay"), new("card", "Success")]) };
        forged.Headers.TryAddWithoutValidation("Origin", "https://evil.example");
        using var refused = await server.Http.SendAsync(forged);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var live = await server.Http.GetAsync(new Uri(page.ToString().Replace("/sandbox/1/", "/sandbox/2/", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.NotFound, live.StatusCode);
    }

    [Fact]
    public async Task A_live_workspace_has_no_sandbox_and_takes_bank_transfers()
    {
        var live = server.With(server.NewKey(Mode.Live));
        await live.Apply(Document);
        Assert.Equal("invalid_request", (await live.Post("/v1/top-ups", new { customer_id = "firm", pack = "starter", processor = "sandbox", idempotency_key = "k" })).Code);
        var order = await live.Do("/v1/top-ups", new { customer_id = "firm", pack = "starter", idempotency_key = "k" });
        Assert.Equal("manual", order.Json.GetProperty("processor").GetString());
        string id = order.Json.GetProperty("id").GetString()!;
        Assert.Equal("payment_not_possible", (await live.Post($"/v1/top-ups/{id}/paid", new { amount = "9", currency = "usd", payment = "wire-1", idempotency_key = "p" })).Code);
        Assert.Equal("paid", (await live.Do($"/v1/top-ups/{id}/paid", new { amount = "10", currency = "usd", payment = "wire-1", idempotency_key = "p" })).Json.GetProperty("status").GetString());
        Assert.True((await live.Do($"/v1/top-ups/{id}/paid", new { amount = "10", currency = "usd", payment = "wire-1", idempotency_key = "p" })).Json.GetProperty("replayed").GetBoolean());
        Assert.Equal("top_up_closed", (await live.Post($"/v1/top-ups/{id}/paid", new { amount = "10", currency = "usd", payment = "wire-2", idempotency_key = "p2" })).Code);
    }

    private async Task<(string Id, Uri Page)> Order(string customer)
    {
        await server.Client.Apply(Document);
        var order = await server.Client.Do("/v1/top-ups", new { customer_id = customer, pack = "starter", idempotency_key = "order" });
        return (order.Json.GetProperty("id").GetString()!, new Uri(order.Json.GetProperty("url").GetString()!));
    }

    private async Task<string> Read(Uri page)
    {
        using var response = await server.Http.GetAsync(page);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    private async Task Act(Uri page, params (string Name, string Value)[] fields)
    {
        using var response = await server.Http.PostAsync(page, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.SeeOther, response.StatusCode.ToString());
    }

    private async Task<string> Balance(string customer) =>
        (await server.Client.Get($"/v1/customers/{customer}/wallet")).Json.GetProperty("accounts").EnumerateArray().Single(a => a.GetProperty("asset").GetString() == "credits").GetProperty("balance").GetString()!;

    private Task Until(string id, string status) => Until(async () => (await server.Client.Get($"/v1/top-ups/{id}")).Json.GetProperty("status").GetString()!, status);

    // Webhooks come when they come; only that they never come is a failure.
    private static async Task Until(Func<Task<string>> seen, string expected)
    {
        string last = "";
        for (int i = 0; i < 600 && last != expected; i++)
        {
            last = await seen();
            if (last != expected)
            {
                await Task.Delay(50);
            }
        }
        Assert.Equal(expected, last);
    }
}
