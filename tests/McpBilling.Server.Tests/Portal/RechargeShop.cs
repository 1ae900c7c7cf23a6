using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace McpBilling.Server.Tests.Portal;

/// <summary>The shop with customers who have left cards: one whose recharge is on and has charged as much as it may, and one who has not turned it on.</summary>
public sealed class RechargeShop : IAsyncLifetime
{
    private DateTime now = new(2026, 11, 22, 9, 0, 0);

    internal PortalShop Shop { get; } = new();

    /// <summary>10 usd buy 100 credits whenever fewer than 20 are available, 10 usd a month: which are charged.</summary>
    public string On => "carla";

    /// <summary>Has a card and nothing else.</summary>
    public string Off => "dora";

    public async ValueTask InitializeAsync()
    {
        await Shop.InitializeAsync();
        await Later();
        foreach (string customer in (string[])[On, Off])
        {
            await Shop.Customer(customer);
            using var browser = await Enter(customer);
            await LeaveCard(browser, "Success");
            if (customer == On)
            {
                var set = await browser.Post("/portal/auto-recharge", await Filled(browser));
                Assert.True(set.Status == 303, set.Text);
                await Until(async () => await Available(customer) == 100);
            }
        }
    }

    public ValueTask DisposeAsync() => Shop.DisposeAsync();

    internal async Task<Browser> Enter(string customer, string? language = "en")
    {
        var browser = new Browser(Shop.Server.Url);
        await browser.Enter(await Shop.Link(customer, language));
        return browser;
    }

    /// <summary>Time passes in the workspace: more than the pause between two charges.</summary>
    internal async Task Later()
    {
        now = now.AddMinutes(2);
        await Shop.Client.Clock($"{now:yyyy-MM-dd'T'HH:mm:ss}Z");
    }

    /// <summary>Leaves a card on the sandbox's page, as the link of the portal leads there.</summary>
    internal async Task LeaveCard(Browser browser, string card)
    {
        var page = await browser.Post("/portal/cards", await AddForm(browser));
        string address = PageOf(page);
        await Act(("act", "pay"), ("card", card));
        if (card is "Authentication" or "Delay")
        {
            await Act(("act", "confirm"));
        }
        Assert.Contains($"Test card {card}", (await browser.Get("/portal/cards")).Text, StringComparison.Ordinal);

        async Task Act(params (string Name, string Value)[] fields)
        {
            using var answer = await Shop.Server.Http.PostAsync(new Uri(address), new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));
            Assert.True((int)answer.StatusCode is 200 or 303, answer.StatusCode.ToString());
        }
    }

    internal static async Task<Dictionary<string, string>> AddForm(Browser browser)
    {
        var list = await browser.Get("/portal/cards");
        return new() { ["_token"] = list.Token, ["act"] = "add", ["once"] = Regex.Match(list.Text, "name=\"once\" value=\"([0-9a-f]{32})\"").Groups[1].Value };
    }

    /// <summary>Where the link to the processor leads.</summary>
    internal static string PageOf(Page page) => WebUtility.HtmlDecode(Regex.Match(page.Text, "<a class=\"button\" href=\"([^\"]+)\"").Groups[1].Value);

    /// <summary>The cards that the form offers, as it names them.</summary>
    internal static async Task<string[]> CardsOf(Browser browser) =>
        [.. Regex.Matches((await browser.Get("/portal/cards")).Text, "name=\"card\" value=\"([^\"]+)\"").Select(m => WebUtility.HtmlDecode(m.Groups[1].Value)).Distinct()];

    /// <summary>The form as somebody fills it in who wants the small pack, below 20, for 10 usd a month.</summary>
    internal static async Task<Dictionary<string, string>> Filled(Browser browser)
    {
        var shown = await browser.Get("/portal/auto-recharge");
        return new()
        {
            ["_token"] = shown.Token,
            ["asset"] = "credits",
            ["threshold"] = "20",
            ["what"] = "pack:small",
            ["amount"] = "",
            ["cap"] = "10",
            ["card"] = (await CardsOf(browser))[0],
            ["consent"] = Regex.Match(shown.Text, "name=\"consent\" type=\"checkbox\" value=\"([^\"]+)\"").Groups[1].Value,
        };
    }

    /// <summary>As apps see it.</summary>
    internal async Task<JsonElement[]> Settings(string customer) =>
        [.. (await Shop.Client.Get($"/v1/auto-recharge?customer_id={customer}")).Json.GetProperty("auto_recharges").EnumerateArray()];

    /// <summary>How the orders of the recharge stand, the newest first.</summary>
    internal async Task<string[]> Orders(string customer) =>
        [.. (await Shop.Client.Get($"/v1/top-ups?customer_id={customer}")).Json.GetProperty("top_ups").EnumerateArray()
            .Where(t => t.GetProperty("origin").GetString() == "auto_recharge").Select(t => t.GetProperty("status").GetString()!)];

    /// <summary>Credits that can be used.</summary>
    internal async Task<decimal> Available(string customer) =>
        (await Shop.Client.Wallet(customer)).Json.GetProperty("accounts").EnumerateArray().Where(a => a.GetProperty("asset").GetString() == "credits")
            .Select(a => decimal.Parse(a.GetProperty("available").GetString()!, CultureInfo.InvariantCulture)).SingleOrDefault();

    /// <summary>Asks for credits; null when they may be used, else why not.</summary>
    internal async Task<string?> Denial(string customer, int credits, string key)
    {
        var answer = (await Shop.Client.Do("/v1/usage/authorize", new { customer_id = customer, asset = "credits", amount = credits, idempotency_key = key })).Json;
        return answer.GetProperty("allowed").GetBoolean() ? null : answer.GetProperty("reason").GetString();
    }

    internal static async Task Until(Func<Task<bool>> holds)
    {
        for (int i = 0; i < 600; i++)
        {
            if (await holds())
            {
                return;
            }
            await Task.Delay(50);
        }
        Assert.Fail("not within 30 seconds");
    }
}
