using System.Net;
using McpBilling.Operations;

namespace McpBilling.Server.Tests.Portal;

/// <summary>What the customer says about being charged without being there, in the portal: only they, only for themselves, only as they agreed.</summary>
public sealed class AutoRechargePageTests(RechargeShop shop) : IClassFixture<RechargeShop>
{
    private const string Address = "/portal/auto-recharge", Cards = "/portal/cards";

    [Fact]
    public async Task The_consent_is_kept_with_its_text_its_language_its_time_and_where_it_came_from()
    {
        string customer = await shop.Shop.Customer("consenting");
        using var browser = await shop.Enter(customer, "de");
        await shop.LeaveCard(browser, "Success");
        Assert.Equal(303, (await browser.Post(Address, await RechargeShop.Filled(browser))).Status);
        Assert.Equal("portal-1-de", Assert.Single(await shop.Settings(customer)).GetProperty("consent_text_version").GetString());
        Assert.Equal(["portal-1-de 127.0.0.1 1"], shop.Shop.Server.Strings(
            """
            SELECT c.version || ' ' || c.address || ' ' || CAST(c.at > 0 AND c.at = a.consent_at AS TEXT)
            FROM auto_recharge_consent c JOIN customer u ON u.workspace_id = c.workspace_id AND u.customer_id = c.customer_id
            JOIN auto_recharge a ON a.workspace_id = c.workspace_id AND a.customer_id = c.customer_id AND a.asset = c.asset
            WHERE u.id = 'consenting'
            """));
        // Another choice is another consent; the one before stays, since money was taken by it.
        await shop.Later();
        var changed = await RechargeShop.Filled(browser);
        changed["cap"] = "30";
        Assert.Equal(303, (await browser.Post(Address, changed)).Status);
        Assert.Equal(["2"], shop.Shop.Server.Strings("SELECT CAST(COUNT(*) AS TEXT) FROM auto_recharge_consent c JOIN customer u ON u.workspace_id = c.workspace_id AND u.customer_id = c.customer_id WHERE u.id = 'consenting'"));
        Assert.Empty((await shop.Shop.Server.Verify()).Differences);
    }

    [Theory]
    [InlineData("threshold", "", "threshold", "Write it like 12.50")]
    [InlineData("threshold", "ten", "threshold", "Write it like 12.50")]
    [InlineData("threshold", "-1", "threshold", "cannot be below zero")]
    [InlineData("threshold", "0.1234567", "threshold", "has at most 6 digits")]
    [InlineData("threshold", "99999999999999999999", "threshold", "Write it like 12.50")]
    [InlineData("what", "pack:huge", "what", "Choose what is bought")]
    [InlineData("what", "free:usd", "what", "Choose what is bought")]
    [InlineData("cap", "9.99", "cap", "One payment takes $10.00")]
    [InlineData("cap", "10.001", "cap", "has at most 2 digits")]
    [InlineData("cap", "", "cap", "Write it like 12.50")]
    [InlineData("card", "sandbox card-0-cus_nobody", "card", "Choose a payment method")]
    [InlineData("consent", "", "consent", "Without your consent")]
    [InlineData("consent", "portal-0-en", "consent", "Without your consent")]
    public async Task What_is_wrong_is_said_at_its_field_and_nothing_that_was_typed_is_lost(string field, string value, string told, string words)
    {
        using var browser = await shop.Enter(shop.Off);
        var form = await RechargeShop.Filled(browser);
        form["threshold"] = "17";
        form["cap"] = "31.50";
        form[field] = value;
        var page = await browser.Post(Address, form);
        Assert.Equal(422, page.Status);
        Assert.Contains(words, Between(page.Text, $"id=\"r0-{told}-problem\">", "</p>"), StringComparison.Ordinal);
        Assert.Contains($"aria-invalid=\"true\" aria-describedby=\"r0-{told}-problem", page.Text, StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(page.Text, "class=\"problem\""));
        Assert.Contains($"name=\"threshold\" type=\"text\" inputmode=\"decimal\" autocomplete=\"off\" maxlength=\"30\" dir=\"ltr\" value=\"{(field == "threshold" ? value : "17")}\"", page.Text, StringComparison.Ordinal);
        Assert.Contains($"name=\"cap\" type=\"text\" inputmode=\"decimal\" autocomplete=\"off\" maxlength=\"30\" dir=\"ltr\" value=\"{(field == "cap" ? value : "31.50")}\"", page.Text, StringComparison.Ordinal);
        Assert.Equal(field != "consent", page.Text.Contains("value=\"portal-1-en\" checked", StringComparison.Ordinal));
        Assert.Empty(await shop.Settings(shop.Off));
    }

    [Fact]
    public async Task An_amount_of_ones_own_is_held_against_the_bounds_of_the_catalog()
    {
        string customer = await shop.Shop.Customer("free", "50");
        using var browser = await shop.Enter(customer);
        await shop.LeaveCard(browser, "Success");
        var form = await RechargeShop.Filled(browser);
        (form["asset"], form["what"], form["amount"], form["cap"], form["threshold"]) = ("usd", "free:usd", "4", "100", "10");
        var refused = await browser.Post(Address, form);
        Assert.Contains("Choose an amount from $5.00 to $500.00", Between(refused.Text, "id=\"r1-amount-problem\">", "</p>"), StringComparison.Ordinal);
        form["amount"] = "25";
        Assert.Equal(303, (await browser.Post(Address, form)).Status);
        var settings = Assert.Single(await shop.Settings(customer));
        Assert.Equal(
            ("usd", "25.00", "100.00", "10.00", true),
            (settings.GetProperty("asset").GetString(), settings.GetProperty("amount").GetString(), settings.GetProperty("monthly_cap").GetString(), settings.GetProperty("threshold").GetString(), settings.GetProperty("enabled").GetBoolean()));
        Assert.Contains("Whenever less than <bdi>$10.00</bdi> is available, you get <bdi>$25.00</bdi> for <bdi>$25.00</bdi>", (await browser.Get(Address)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forged_form_neither_turns_it_on_nor_off_nor_touches_a_card()
    {
        string customer = await shop.Shop.Customer("forged");
        using var victim = await shop.Enter(customer);
        await shop.LeaveCard(victim, "Success");
        using var attacker = await shop.Enter("bob");
        string attackers = (await attacker.Get("/portal")).Token;
        var on = await RechargeShop.Filled(victim);
        string card = on["card"];
        foreach (string? token in (string?[])[null, "", attackers, new string('0', 64)])
        {
            foreach (var (address, form) in new[] { (Address, on), (Address, new() { ["act"] = "off", ["asset"] = "credits" }), (Cards, new() { ["act"] = "remove", ["card"] = card }), (Cards, await RechargeShop.AddForm(victim)) })
            {
                var forged = new Dictionary<string, string>(form);
                forged.Remove("_token");
                if (token is not null)
                {
                    forged["_token"] = token;
                }
                Assert.Equal(403, (await victim.Post(address, forged)).Status);
            }
        }
        Assert.Equal(403, (await victim.Post(Address, on, ("Sec-Fetch-Site", "cross-site"))).Status);
        Assert.Equal(403, (await victim.Post(Address, on, ("Origin", "https://evil.example"))).Status);
        Assert.Empty(await shop.Settings(customer));
        Assert.Equal([card], await RechargeShop.CardsOf(victim));
        // A session of its own does what it may, and only where there is something to do.
        Assert.Equal(404, (await victim.Post(Address, new() { ["_token"] = on["_token"], ["act"] = "off", ["asset"] = "credits" })).Status);
        Assert.Equal(404, (await victim.Post(Address, new(on) { ["asset"] = "nothing" })).Status);
        Assert.Equal(404, (await victim.Post(Cards, new() { ["_token"] = on["_token"], ["act"] = "add", ["once"] = "short" })).Status);
        Assert.Equal(404, (await victim.Post(Cards, new() { ["_token"] = on["_token"], ["act"] = "steal" })).Status);
    }

    [Fact]
    public async Task Another_customers_card_is_neither_shown_nor_charged_nor_removed()
    {
        using var carla = await shop.Enter(shop.On);
        string carlas = Assert.Single(await RechargeShop.CardsOf(carla));
        string customer = await shop.Shop.Customer("greedy");
        using var greedy = await shop.Enter(customer);
        await shop.LeaveCard(greedy, "Success");
        Assert.DoesNotContain(carlas, (await greedy.Get(Cards)).Text, StringComparison.Ordinal);
        var form = await RechargeShop.Filled(greedy);
        Assert.Equal(422, (await greedy.Post(Address, new(form) { ["card"] = carlas })).Status);
        foreach (string act in (string[])["use", "remove"])
        {
            Assert.Equal(404, (await greedy.Post(Cards, new() { ["_token"] = form["_token"], ["act"] = act, ["card"] = carlas })).Status);
        }
        Assert.Equal([carlas], await RechargeShop.CardsOf(carla));
        Assert.Empty(await shop.Settings(customer));
    }

    [Fact]
    public async Task What_the_app_sets_the_portal_shows_and_ends_and_the_app_sees_it()
    {
        string customer = await shop.Shop.Customer("shared");
        await shop.Shop.Client.Do("/v1/auto-recharge", new { customer_id = customer, asset = "credits", threshold = "0", pack = "large", monthly_cap = "80", consent = new { text_version = "app-7" } });
        using var browser = await shop.Enter(customer);
        var shown = await browser.Get(Address);
        Assert.Contains("you get <bdi>500 Image credits</bdi> for <bdi>$40.00</bdi>", shown.Text, StringComparison.Ordinal);
        Assert.Contains("There is no payment method that could be charged", shown.Text, StringComparison.Ordinal);
        var off = await browser.Post(Address, new() { ["_token"] = shown.Token, ["act"] = "off", ["asset"] = "credits" });
        Assert.Equal((303, "/portal/auto-recharge?off=credits"), (off.Status, off.Header("Location")));
        var settings = Assert.Single(await shop.Settings(customer));
        Assert.Equal((false, "customer", "app-7"), (settings.GetProperty("enabled").GetBoolean(), settings.GetProperty("ended").GetString(), settings.GetProperty("consent_text_version").GetString()));
        Assert.Contains("Automatic top-up of <bdi>Image credits</bdi> is off. Nothing more is charged by itself.", (await browser.Get(off.Header("Location"))).Text, StringComparison.Ordinal);
        // It is said while it is so, whatever the address says.
        await shop.Shop.Client.Do("/v1/auto-recharge", new { customer_id = customer, asset = "credits", threshold = "0", pack = "large", monthly_cap = "80", consent = new { text_version = "app-7" } });
        Assert.DoesNotContain("Nothing more is charged", (await browser.Get(off.Header("Location"))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_card_that_is_charged_it_ends_at_once_and_the_customer_is_told_until_they_decide()
    {
        string customer = await shop.Shop.Customer("leaving");
        using var browser = await shop.Enter(customer);
        await shop.LeaveCard(browser, "Success");
        Assert.Equal(303, (await browser.Post(Address, await RechargeShop.Filled(browser))).Status);
        await RechargeShop.Until(async () => await shop.Available(customer) == 100);
        await shop.LeaveCard(browser, "NoRefund");
        string[] cards = await RechargeShop.CardsOf(browser);
        Assert.Equal(2, cards.Length);
        string token = (await browser.Get(Cards)).Token;
        Dictionary<string, string> Form(string act, string card) => new() { ["_token"] = token, ["act"] = act, ["card"] = card };
        // The one that is charged is the one that they say, not the last that they left; another may go.
        Assert.Equal(303, (await browser.Post(Cards, Form("use", cards[0]))).Status);
        await shop.Later();
        Assert.Equal(303, (await browser.Post(Cards, Form("remove", cards[1]))).Status);
        Assert.True(Assert.Single(await shop.Settings(customer)).GetProperty("enabled").GetBoolean());
        var shown = await browser.Get(Cards);
        Assert.Contains("When you remove it, automatic top-up turns off.", shown.Text, StringComparison.Ordinal);
        Assert.Equal(303, (await browser.Post(Cards, Form("remove", cards[0]))).Status);
        Assert.Empty(await RechargeShop.CardsOf(browser));
        var settings = Assert.Single(await shop.Settings(customer));
        Assert.Equal((false, "instrument"), (settings.GetProperty("enabled").GetBoolean(), settings.GetProperty("ended").GetString()));
        Assert.Contains("Automatic top-up of <bdi>Image credits</bdi>: <bdi>It was turned off, because your payment method cannot be charged any more.</bdi>", (await browser.Get("/portal")).Text, StringComparison.Ordinal);
        var auto = await browser.Get(Address);
        Assert.Contains("Leave it off for <bdi>Image credits</bdi>", auto.Text, StringComparison.Ordinal);
        Assert.Contains("first add a payment method", auto.Text, StringComparison.Ordinal);
        Assert.Equal(303, (await browser.Post(Address, new() { ["_token"] = token, ["act"] = "off", ["asset"] = "credits" })).Status);
        Assert.DoesNotContain("It was turned off", (await browser.Get("/portal")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_customer_chose_stays_chosen_however_late_it_is_told_what_they_left_before()
    {
        string customer = await shop.Shop.Customer("chooser");
        using var browser = await shop.Enter(customer);
        await shop.LeaveCard(browser, "Success");
        await shop.LeaveCard(browser, "NoRefund");
        string[] cards = await RechargeShop.CardsOf(browser);
        string token = (await browser.Get(Cards)).Token;
        Assert.Equal(303, (await browser.Post(Cards, new() { ["_token"] = token, ["act"] = "use", ["card"] = cards[0] })).Status);
        // Both reports have come by now, or come later: neither undoes the choice.
        for (int i = 0; i < 20; i++)
        {
            Assert.Contains($"value=\"{cards[0]}\" selected", (await browser.Get(Address)).Text, StringComparison.Ordinal);
            await Task.Delay(25);
        }
        Assert.Equal(["card-0"], shop.Shop.Server.Strings("SELECT substr(a.instrument, 1, 6) FROM processor_account a JOIN customer u ON u.workspace_id = a.workspace_id AND u.customer_id = a.customer_id WHERE u.id = 'chooser'"));
    }

    [Fact]
    public async Task A_bank_that_wants_to_see_the_customer_is_named_as_the_reason()
    {
        string customer = await shop.Shop.Customer("absent");
        using var browser = await shop.Enter(customer);
        await shop.LeaveCard(browser, "Authentication");
        Assert.Equal(303, (await browser.Post(Address, await RechargeShop.Filled(browser))).Status);
        await RechargeShop.Until(async () => !(await shop.Settings(customer))[0].GetProperty("enabled").GetBoolean());
        string text = (await browser.Get(Address)).Text;
        Assert.Contains("because your bank wants you to confirm payments yourself", text, StringComparison.Ordinal);
        Assert.Contains("<bdi>$10.00</bdi> not taken: <bdi>your bank wants you to confirm it</bdi>", text, StringComparison.Ordinal);
        Assert.Contains("<bdi>$0.00</bdi> of <bdi>$10.00</bdi> charged this month", text, StringComparison.Ordinal);
        Assert.Contains("because your bank wants you to confirm payments yourself", (await browser.Get("/portal")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_under_way_is_shown_and_counts_also_after_it_was_turned_off()
    {
        string customer = await shop.Shop.Customer("slow");
        using var browser = await shop.Enter(customer);
        await shop.LeaveCard(browser, "Delay");
        Assert.Equal(303, (await browser.Post(Address, await RechargeShop.Filled(browser))).Status);
        await RechargeShop.Until(async () => (await browser.Get(Address)).Text.Contains("<bdi>$10.00</bdi>, under way", StringComparison.Ordinal));
        var shown = await browser.Get(Address);
        Assert.Contains("A payment is under way. The credit is added as soon as it is through.", shown.Text, StringComparison.Ordinal);
        Assert.Contains("<bdi>$10.00</bdi> of <bdi>$10.00</bdi> charged this month", shown.Text, StringComparison.Ordinal);
        Assert.Equal(303, (await browser.Post(Address, new() { ["_token"] = shown.Token, ["act"] = "off", ["asset"] = "credits" })).Status);
        var off = await browser.Get(Address);
        Assert.Contains("A payment that had begun before is still under way and cannot be called back.", off.Text, StringComparison.Ordinal);
        Assert.Contains("You turned it off.", off.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Whenever less than", off.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Turn off for", off.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_for_another_card_that_is_sent_twice_leads_to_one_page()
    {
        using var browser = await shop.Enter(shop.Off);
        var form = await RechargeShop.AddForm(browser);
        string page = RechargeShop.PageOf(await browser.Post(Cards, form));
        Assert.StartsWith($"{shop.Shop.Server.Url}sandbox/", page, StringComparison.Ordinal);
        Assert.Equal(page, RechargeShop.PageOf(await browser.Post(Cards, form)));
        Assert.NotEqual(page, RechargeShop.PageOf(await browser.Post(Cards, await RechargeShop.AddForm(browser))));
    }

    [Fact]
    public async Task Where_nobody_can_charge_an_absent_customer_nothing_of_it_is_offered()
    {
        var live = shop.Shop.Server.With(shop.Shop.Server.NewKey(Mode.Live));
        await live.Do("/v1/customers", new { id = "erna" });
        using var browser = new Browser(shop.Shop.Server.Url);
        var home = await browser.Enter((await live.Do("/v1/portal-sessions", new { customer_id = "erna" })).Json.GetProperty("url").GetString()!);
        Assert.DoesNotContain(Address, home.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Cards, home.Text, StringComparison.Ordinal);
        Assert.Contains("Nothing can be bought by itself here", (await browser.Get(Address)).Text, StringComparison.Ordinal);
        var list = await browser.Get(Cards);
        Assert.Equal(503, (await browser.Post(Cards, new() { ["_token"] = list.Token, ["act"] = "add", ["once"] = new string('a', 32) })).Status);
    }

    private static string Between(string text, string begin, string end)
    {
        int from = text.IndexOf(begin, StringComparison.Ordinal);
        Assert.True(from >= 0, text);
        from += begin.Length;
        return WebUtility.HtmlDecode(text[from..text.IndexOf(end, from, StringComparison.Ordinal)]);
    }
}
