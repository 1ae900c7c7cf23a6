namespace McpBilling.Server.Tests.Portal;

/// <summary>The customer's cap as the app meets it.</summary>
public sealed class LimitsOverRestTests(PortalShop shop) : IClassFixture<PortalShop>
{
    [Fact]
    public async Task At_the_cap_authorizations_are_denied_and_usage_is_recorded_all_the_same()
    {
        string customer = await shop.Customer("capped");
        await Save(customer, new { asset = "usd", spending_cap = "10", period = "month" });
        Assert.True((await Ask(customer, "10", "a")).GetProperty("allowed").GetBoolean());
        var denied = await Ask(customer, "0.01", "b");
        Assert.Equal(("spending_cap_reached", "0.01", "0.00"), (denied.GetProperty("reason").GetString(), denied.GetProperty("shortfall").GetString(), denied.GetProperty("available")[0].GetProperty("amount").GetString()));
        var recorded = await shop.Client.Do("/v1/usage", new { id = "u", customer_id = customer, event_type = "chat.answered", quantity = 1000 });
        Assert.Equal("12.50", recorded.Json.GetProperty("charges")[0].GetProperty("amount").GetString());
        var shown = await Save(customer, new { asset = "usd", spending_cap = "30", period = "month", low_balance = "20" });
        Assert.Equal(("30.00", "12.50", "20.00"), (shown.GetProperty("spending_cap").GetString(), shown.GetProperty("spent").GetString(), shown.GetProperty("low_balance").GetString()));
        // 12.50 spent and 10 held: 7.50 are left of the cap.
        Assert.True((await Ask(customer, "7.50", "c")).GetProperty("allowed").GetBoolean());
        Assert.False((await Ask(customer, "0.01", "d")).GetProperty("allowed").GetBoolean());
    }

    [Fact]
    public async Task Authorizations_at_the_same_moment_do_not_pass_the_cap_together()
    {
        string customer = await shop.Customer("rushed", "1000");
        await Save(customer, new { asset = "usd", spending_cap = "20" });
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Ask(customer, "1", $"rush-{i}")));
        Assert.Equal(20, answers.Count(a => a.GetProperty("allowed").GetBoolean()));
        Assert.All(answers.Where(a => !a.GetProperty("allowed").GetBoolean()), a => Assert.Equal("spending_cap_reached", a.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task The_same_limits_again_change_nothing_and_none_takes_them_away()
    {
        string customer = await shop.Customer("plain");
        var first = await Save(customer, new { asset = "usd", spending_cap = "5", period = "day" });
        var again = await Save(customer, new { asset = "usd", spending_cap = "5", period = "day" });
        Assert.Equal(first.GetRawText(), again.GetRawText());
        var none = await shop.Client.Do($"/v1/customers/{customer}/limits", new { asset = "usd" });
        Assert.Equal(0, none.Json.GetProperty("limits").GetArrayLength());
        Assert.True((await Ask(customer, "50", "z")).GetProperty("allowed").GetBoolean());
    }

    [Fact]
    public async Task Activity_says_what_was_used_and_how_long_the_rest_lasts()
    {
        var activity = (await shop.Client.Get("/v1/customers/anna/activity?days=30")).Json;
        Assert.True(activity.GetProperty("whole").GetBoolean());
        foreach (var account in activity.GetProperty("accounts").EnumerateArray())
        {
            Assert.Equal(30, account.GetProperty("days").GetArrayLength());
            Assert.Equal(account.GetProperty("figures").GetProperty("balance").GetString(), account.GetProperty("days")[29].GetProperty("balance").GetString());
            decimal average = decimal.Parse(account.GetProperty("average_per_day").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
            decimal available = decimal.Parse(account.GetProperty("figures").GetProperty("available").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal((int)(available / average), account.GetProperty("days_left").GetInt32());
        }
        // What the days say together is what the products say together.
        decimal Sum(string list, string asset) => activity.GetProperty(list).EnumerateArray().Where(s => s.GetProperty("asset").GetString() == asset)
            .Sum(s => decimal.Parse(s.GetProperty("amount").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
        foreach (string asset in (string[])["usd", "credits"])
        {
            decimal days = activity.GetProperty("accounts").EnumerateArray().Single(a => a.GetProperty("asset").GetString() == asset).GetProperty("days").EnumerateArray()
                .Sum(d => decimal.Parse(d.GetProperty("used").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
            Assert.True(days > 0);
            Assert.Equal((days, days, days), (Sum("products", asset), Sum("features", asset), Sum("models", asset)));
        }
    }

    private async Task<System.Text.Json.JsonElement> Save(string customer, object limits) =>
        (await shop.Client.Do($"/v1/customers/{customer}/limits", limits)).Json.GetProperty("limits")[0];

    private async Task<System.Text.Json.JsonElement> Ask(string customer, string amount, string key) =>
        (await shop.Client.Do("/v1/usage/authorize", new { customer_id = customer, asset = "usd", amount, idempotency_key = key })).Json;
}
