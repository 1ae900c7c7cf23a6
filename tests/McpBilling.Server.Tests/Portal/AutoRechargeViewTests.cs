using McpBilling.Server.Tests.Reports;
using Microsoft.Playwright;

namespace McpBilling.Server.Tests.Portal;

/// <summary>Recharges and cards as customers see them, in Chromium: both themes, right to left, with script and without.</summary>
public sealed class AutoRechargeViewTests(RechargeShop shop, Chromium chromium) : IClassFixture<RechargeShop>, IClassFixture<Chromium>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Turned_on_it_charges_up_to_its_cap_raised_it_goes_on_and_one_click_ends_it(bool script)
    {
        string customer = await shop.Shop.Customer($"auto-{script}");
        await using var visitor = await Visitor(script: script);
        var look = Chromium.Watch(await visitor.NewPageAsync());
        var page = look.Page;
        await page.GotoAsync(await shop.Shop.Link(customer, "en"));
        await page.ClickAsync("nav.menu a:has-text('Auto top-up')");
        Assert.Contains("first add a payment method", await page.InnerTextAsync("section[aria-label='Image credits']"), StringComparison.Ordinal);
        await page.ClickAsync("section[aria-label='Image credits'] button:has-text('Add a payment method')");
        await page.ClickAsync("a.button");
        await page.CheckAsync("input[value=Success]");
        await page.ClickAsync("button[value=pay]");
        await page.ClickAsync("a:has-text('Continue')");
        Assert.Equal($"{shop.Shop.Server.Url}portal/cards", page.Url);
        Assert.Contains("Valid until December 2099", await page.InnerTextAsync("section[aria-label='Test card Success']"), StringComparison.Ordinal);

        await page.ClickAsync("nav.menu a:has-text('Auto top-up')");
        await page.FillAsync("#r0-threshold", "20");
        await page.SelectOptionAsync("#r0-what", "pack:small");
        await page.FillAsync("#r0-cap", "9");
        await page.ClickAsync("button:has-text('Turn on for Image credits')");
        Assert.Contains("One payment takes $10.00", await page.InnerTextAsync("#r0-cap-problem"), StringComparison.Ordinal);
        Assert.Contains("Without your consent", await page.InnerTextAsync("#r0-consent-problem"), StringComparison.Ordinal);
        Assert.Equal("20", await page.InputValueAsync("#r0-threshold"));
        Assert.Empty(await shop.Settings(customer));
        await page.FillAsync("#r0-cap", "10");
        await page.CheckAsync("#r0-consent");
        await page.ClickAsync("button:has-text('Turn on for Image credits')");
        Assert.Contains("Automatic top-up of Image credits is on", await page.InnerTextAsync(".done"), StringComparison.Ordinal);

        await RechargeShop.Until(async () => await shop.Available(customer) == 100);
        Assert.Null(await shop.Denial(customer, 90, "one"));
        await shop.Later();
        // Fewer than 20 are left, and the month has cost what it may: nothing is charged, so there is nothing to use.
        Assert.Contains("insufficient", await shop.Denial(customer, 50, "two"), StringComparison.Ordinal);
        await page.ReloadAsync();
        Assert.Contains("Your monthly cap leaves no room for another payment", await page.InnerTextAsync("section[aria-label='Image credits']"), StringComparison.Ordinal);
        Assert.Equal(["paid"], await shop.Orders(customer));
        await page.FillAsync("#r0-cap", "20");
        await page.CheckAsync("#r0-consent");
        await page.ClickAsync("button:has-text('Save for Image credits')");
        await RechargeShop.Until(async () => await shop.Available(customer) == 110);
        Assert.Null(await shop.Denial(customer, 50, "three"));

        await page.GotoAsync(new Uri(shop.Shop.Server.Url, "/portal/auto-recharge").AbsoluteUri);
        Assert.Contains("$20.00 of $20.00 charged this month", await page.InnerTextAsync("section[aria-label='Image credits']"), StringComparison.Ordinal);
        await page.ClickAsync("button:has-text('Turn off for Image credits')");
        Assert.Contains("Nothing more is charged by itself", await page.InnerTextAsync(".done"), StringComparison.Ordinal);
        var settings = Assert.Single(await shop.Settings(customer));
        Assert.Equal((false, "customer"), (settings.GetProperty("enabled").GetBoolean(), settings.GetProperty("ended").GetString()));
        await shop.Later();
        Assert.Null(await shop.Denial(customer, 60, "four"));
        Assert.Equal(["paid", "paid"], await shop.Orders(customer));
        Assert.Equal(0, await shop.Available(customer));
        Assert.DoesNotContain(look.Complaints, c => !c.Contains("status of 422", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(PortalPagesTests.Views), MemberType = typeof(PortalPagesTests))]
    public async Task Its_pages_keep_nobody_out_and_ask_for_nothing_that_their_policy_forbids(string language, ColorScheme scheme, int width)
    {
        string view = $"{language}-{scheme.ToString().ToLowerInvariant()}-{width}";
        foreach (string who in (string[])[shop.On, shop.Off])
        {
            await using var visitor = await Visitor(scheme, width);
            var look = Chromium.Watch(await visitor.NewPageAsync());
            await look.Page.GotoAsync(await shop.Shop.Link(who, language));
            await look.Page.GotoAsync(new Uri(shop.Shop.Server.Url, "/portal/auto-recharge").AbsoluteUri);
            await Check(look, $"{(who == shop.On ? "auto-recharge" : "auto-recharge-off")}-{view}", width);
            if (who == shop.Off)
            {
                await look.Page.FillAsync("#r0-cap", "1");
                await look.Page.ClickAsync("form:has(#r0-cap) button");
                Assert.Equal(3, await look.Page.Locator(".problem").CountAsync());
                await Check(look, $"auto-recharge-wrong-{view}", width);
                look.Complaints.RemoveAll(c => c.Contains("status of 422", StringComparison.Ordinal));
            }
            else
            {
                await look.Page.GotoAsync(new Uri(shop.Shop.Server.Url, "/portal/cards").AbsoluteUri);
                await Check(look, $"cards-{view}", width);
                await look.Page.ClickAsync("main > form button");
                await Check(look, $"cards-add-{view}", width);
            }
            Assert.Empty(look.Complaints);
            Assert.All(look.Requests, r => Assert.StartsWith(shop.Shop.Server.Url.ToString(), r, StringComparison.Ordinal));
        }
    }

    private static async Task Check(Look look, string name, int width)
    {
        await look.Picture(name);
        int wide = await look.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");
        look.Complaints.AddRange([.. (await Axe.Violations(look.Page)).Select(v => $"{name}: {v}"), .. wide == width ? Array.Empty<string>() : [$"{name}: {wide} pixels wide"]]);
    }

    private Task<IBrowserContext> Visitor(ColorScheme scheme = ColorScheme.Light, int width = 1280, bool script = true) =>
        chromium.Visitor(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 }, JavaScriptEnabled = script, Locale = "en-US" });
}
