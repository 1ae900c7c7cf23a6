using System.Globalization;
using System.Text.Json;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Payments;

/// <summary>Auto-recharge at the running program: what the customer allowed is charged by itself, once at a time and never beyond their cap.</summary>
public sealed class AutoRechargeFlowTests(LiveServer server) : IClassFixture<LiveServer>
{
    // 10 usd buy 1,000 credits; a call takes one.
    private static readonly object Document = new
    {
        assets = new[] { new { id = "credits" } },
        meters = new[] { new { id = "calls", event_type = "call", aggregation = "count" } },
        products = new[] { new { id = "calls", name = "Calls", prices = new[] { new { id = "calls", meter = "calls", asset = "credits", model = "per_unit", unit_price = "1" } } } },
        top_ups = new { packs = new[] { new { id = "starter", price = "10", currency = "usd", credit = new { asset = "credits", amount = "1000" } } } },
    };

    [Fact]
    public async Task Debits_of_a_thousand_at_once_charge_one_after_the_other_and_never_beyond_the_cap()
    {
        await Allowed("busy", "Success", cap: "25");
        for (int round = 0; round < 3; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i => server.Client.Do("/v1/usage", new { id = $"{round}-{i}", customer_id = "busy", event_type = "call" })));
            var orders = await Orders("busy");
            Assert.InRange(orders.Count(o => o == "open"), 0, 1);
            Assert.InRange(orders.Count, 1, 2);
            // The next may begin when the last is paid and a minute has passed: real time, which this test does not wait for.
        }
        await Until(async () => (await Orders("busy")).All(o => o == "paid"));
        var settings = await Settings("busy");
        Assert.Equal("10.00", settings.GetProperty("charged_this_month").GetString());
        Assert.False(settings.GetProperty("in_flight").GetBoolean());
        // 1,000 bought with the saved card at first, 1,000 by the recharge; 3,000 spent.
        Assert.Equal("-1000", await Balance("busy"));
        Assert.Empty((await server.Verify()).Differences);
    }

    [Fact]
    public async Task A_bank_that_wants_to_see_the_customer_ends_it_and_nothing_is_charged()
    {
        await Allowed("absent", "Authentication", cap: "50");
        await Spend("absent", 990);
        await Until(async () => !(await Settings("absent")).GetProperty("enabled").GetBoolean());
        var settings = await Settings("absent");
        Assert.Equal(
            ("authentication", "0.00", false),
            (settings.GetProperty("ended").GetString(), settings.GetProperty("charged_this_month").GetString(), settings.GetProperty("in_flight").GetBoolean()));
        Assert.Equal("10", await Balance("absent"));
        Assert.Equal("canceled", Assert.Single(await Orders("absent")));
    }

    [Fact]
    public async Task An_answer_that_got_lost_is_asked_for_again_and_charges_once()
    {
        await Allowed("unsure", "Timeout", cap: "50");
        await Spend("unsure", 990);
        await Until(async () => await Orders("unsure") is ["paid"]);
        Assert.Equal("1010", await Balance("unsure"));
    }

    [Fact]
    public async Task One_call_ends_it()
    {
        await Allowed("leaves", "Success", cap: "50");
        var off = await server.Client.Do("/v1/auto-recharge", new { customer_id = "leaves", asset = "credits", enabled = false });
        Assert.Equal((false, "customer"), (off.Json.GetProperty("enabled").GetBoolean(), off.Json.GetProperty("ended").GetString()));
        await Spend("leaves", 1_000);
        Assert.Empty(await Orders("leaves"));
    }

    // The customer buys once and leaves the card, which from then on is the one that is named.
    private async Task Allowed(string customer, string card, string cap)
    {
        await server.Client.Apply(Document);
        var order = await server.Client.Do("/v1/top-ups", new { customer_id = customer, pack = "starter", save_instrument = true, idempotency_key = "first" });
        var page = new Uri(order.Json.GetProperty("url").GetString()!);
        string id = order.Json.GetProperty("id").GetString()!;
        await Act(page, ("act", "pay"), ("card", card));
        await Act(page, ("act", "confirm"));
        await Until(async () => (await server.Client.Get($"/v1/top-ups/{id}")).Json.GetProperty("status").GetString() == "paid");
        await server.Client.Do("/v1/auto-recharge", new { customer_id = customer, asset = "credits", threshold = "50", pack = "starter", monthly_cap = cap, consent = new { text_version = "2026-11" } });
    }

    private Task<Reply[]> Spend(string customer, int calls) =>
        Task.WhenAll(Enumerable.Range(0, calls).Select(i => server.Client.Do("/v1/usage", new { id = $"spend-{i}", customer_id = customer, event_type = "call" })));

    private async Task Act(Uri page, params (string Name, string Value)[] fields)
    {
        using var response = await server.Http.PostAsync(page, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));
        Assert.True((int)response.StatusCode is 200 or 303, response.StatusCode.ToString());
    }

    /// <summary>How the orders of the auto-recharge stand.</summary>
    private async Task<List<string>> Orders(string customer) =>
        [.. (await server.Client.Get($"/v1/top-ups?customer_id={customer}")).Json.GetProperty("top_ups").EnumerateArray()
            .Where(t => t.GetProperty("origin").GetString() == "auto_recharge").Select(t => t.GetProperty("status").GetString()!)];

    private async Task<JsonElement> Settings(string customer) =>
        (await server.Client.Get($"/v1/auto-recharge?customer_id={customer}")).Json.GetProperty("auto_recharges").EnumerateArray().Single();

    private async Task<string> Balance(string customer) =>
        (await server.Client.Get($"/v1/customers/{customer}/wallet")).Json.GetProperty("accounts").EnumerateArray().Single(a => a.GetProperty("asset").GetString() == "credits").GetProperty("balance").GetString()!;

    private static async Task Until(Func<Task<bool>> holds)
    {
        for (int i = 0; i < 600; i++)
        {
            if (await holds())
            {
                return;
            }
            await Task.Delay(50);
        }
        Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"not within {600 * 50 / 1000} seconds"));
    }
}
