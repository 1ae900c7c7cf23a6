using McpBilling.Server.Tests.Reports;
using Microsoft.Playwright;

namespace McpBilling.Server.Tests.Portal;

/// <summary>The portal as customers see it: every page, both themes, right to left, and without any script.</summary>
public sealed class PortalPagesTests(PortalShop shop, Chromium chromium) : IClassFixture<PortalShop>, IClassFixture<Chromium>
{
    private static readonly string[] Pages = ["", "credit", "limits", "usage", "history", "receipts"];

    public static TheoryData<string, ColorScheme, int> Views
    {
        get
        {
            var views = new TheoryData<string, ColorScheme, int>();
            foreach (string language in (string[])["en", "ar"])
            {
                foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
                {
                    views.Add(language, scheme, 390);
                    views.Add(language, scheme, 1280);
                }
            }
            views.Add("de", ColorScheme.Light, 1280);
            views.Add("es", ColorScheme.Light, 390);
            views.Add("ja", ColorScheme.Light, 1280);
            return views;
        }
    }

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Every_page_keeps_nobody_out_and_asks_for_nothing_that_its_policy_forbids(string language, ColorScheme scheme, int width)
    {
        string customer = await shop.Customer($"viewer-{language}-{scheme}-{width}");
        await shop.Client.Do($"/v1/customers/{customer}/limits", new { asset = "usd", spending_cap = "0", low_balance = "80" });
        foreach (var (who, pages) in new[] { ("anna", Pages), (customer, [""]) })
        {
            await using var visitor = await Visitor(scheme, width);
            var look = Chromium.Watch(await visitor.NewPageAsync());
            await look.Page.GotoAsync(await shop.Link(who, language));
            Assert.Equal($"{shop.Server.Url}portal", look.Page.Url);
            foreach (string page in pages)
            {
                await Check(look, $"/portal/{page}".TrimEnd('/'), $"{(who == "anna" ? page.Length == 0 ? "balance" : page : "alerts")}-{language}-{scheme.ToString().ToLowerInvariant()}-{width}", width);
            }
            if (who == "anna")
            {
                string receipt = (await look.Page.GetAttributeAsync("main table a", "href"))!;
                await Check(look, receipt, $"receipt-{language}-{scheme.ToString().ToLowerInvariant()}-{width}", width);
                Assert.Equal(language == "ar" ? "rtl" : "ltr", await look.Page.EvaluateAsync<string>("getComputedStyle(document.body).direction"));
            }
            Assert.Empty(look.Complaints);
            Assert.All(look.Requests, r => Assert.StartsWith(shop.Server.Url.ToString(), r, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("/portal", 401)]
    [InlineData("/portal/enter/1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 401)]
    public async Task Who_is_not_let_in_is_told_so_in_their_language(string address, int status)
    {
        foreach (var (tag, direction) in new[] { ("de-DE", "ltr"), ("ar-EG", "rtl") })
        {
            await using var visitor = await chromium.Visitor(new() { Locale = tag, ColorScheme = ColorScheme.Dark });
            var look = Chromium.Watch(await visitor.NewPageAsync());
            var answer = await look.Page.GotoAsync(new Uri(shop.Server.Url, address).AbsoluteUri);
            Assert.Equal(status, answer!.Status);
            Assert.Equal((tag[..2], direction), (await look.Page.GetAttributeAsync("html", "lang"), await look.Page.GetAttributeAsync("html", "dir")));
            Assert.Empty(await Axe.Violations(look.Page));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cap_is_set_reached_raised_and_taken_away(bool script)
    {
        string customer = await shop.Customer($"flow-{script}");
        await using var visitor = await Visitor(script: script);
        var page = await visitor.NewPageAsync();
        await page.GotoAsync(await shop.Link(customer, "de"));
        await page.ClickAsync("nav.menu a:has-text('Grenzen')");
        // What means two things is asked for again, and nothing is lost of what was typed.
        await page.FillAsync("#f0-cap", "5.00");
        await page.ClickAsync("button:has-text('Grenzen für USD speichern')");
        Assert.Contains("Schreiben Sie ihn wie 12,50", await page.InnerTextAsync("#f0-cap-problem"), StringComparison.Ordinal);
        Assert.Equal("5.00", await page.InputValueAsync("#f0-cap"));
        Assert.Empty((await shop.Client.Get($"/v1/customers/{customer}/limits")).Json.GetProperty("limits").EnumerateArray());
        await page.FillAsync("#f0-cap", "5,00");
        await page.SelectOptionAsync("#f0-period", "day");
        await page.FillAsync("#f0-low", "60");
        await page.ClickAsync("button:has-text('Grenzen für USD speichern')");
        Assert.Contains("Ihre Grenzen für USD sind gespeichert", await page.InnerTextAsync("[role=status]"), StringComparison.Ordinal);

        Assert.Null(await Denial(customer, "5", "one"));
        Assert.Equal("spending_cap_reached", await Denial(customer, "0.01", "two"));
        await page.GotoAsync(new Uri(shop.Server.Url, "/portal").AbsoluteUri);
        string alerts = string.Join(' ', await page.Locator("[role=status]").AllInnerTextsAsync());
        Assert.Contains("Ihre Ausgabengrenze ist erreicht", alerts, StringComparison.Ordinal);
        Assert.Contains("Ihr Guthaben liegt unter 60,00 $", alerts.Replace('\u00a0', ' '), StringComparison.Ordinal);

        await page.ClickAsync("a:has-text('Grenze ändern')");
        await page.FillAsync("#f0-cap", "6");
        await page.FillAsync("#f0-low", "");
        await page.ClickAsync("button:has-text('Grenzen für USD speichern')");
        Assert.Null(await Denial(customer, "1", "three"));
        await page.FillAsync("#f0-cap", "");
        await page.ClickAsync("button:has-text('Grenzen für USD speichern')");
        Assert.Null(await Denial(customer, "40", "four"));
        Assert.Empty((await shop.Client.Get($"/v1/customers/{customer}/limits")).Json.GetProperty("limits").EnumerateArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Everything_is_found_by_links_and_forms_alone(bool script)
    {
        await using var visitor = await Visitor(script: script);
        var page = await visitor.NewPageAsync();
        await page.GotoAsync(await shop.Link(language: "en"));
        Assert.Equal("https://app.example.com/billing", await page.GetAttributeAsync("a.back", "href"));
        await page.ClickAsync("nav.menu a:has-text('Usage')");
        Assert.Contains("Image generation", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        await page.ClickAsync("summary >> nth=0");
        Assert.Equal(30, await page.Locator("details >> nth=0").Locator("tbody tr").CountAsync());
        await page.ClickAsync("nav.menu a:has-text('History')");
        Assert.Contains("usage img-27 was reversed", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        await page.ClickAsync("a[rel=next]");
        Assert.Contains("Credit added", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        await page.ClickAsync("nav.menu a:has-text('Receipts')");
        await page.ClickAsync("main table a >> nth=0");
        Assert.Contains("Anna Müller", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        // The language stays when it was changed, and the address stays clean.
        await page.ClickAsync("footer a:has-text('العربية')");
        Assert.DoesNotContain("lang=", page.Url, StringComparison.Ordinal);
        Assert.Equal("rtl", await page.GetAttributeAsync("html", "dir"));
        await page.GotoAsync(new Uri(shop.Server.Url, "/portal/usage").AbsoluteUri);
        Assert.Equal("ar", await page.GetAttributeAsync("html", "lang"));
        await page.ClickAsync("footer button");
        await page.GotoAsync(new Uri(shop.Server.Url, "/portal").AbsoluteUri);
        Assert.Contains("انتهت جلستك", await page.InnerTextAsync("h1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Credit_is_bought_from_the_link_to_the_new_balance(bool script)
    {
        string customer = await shop.Customer($"buyer-{script}", "7");
        await using var visitor = await Visitor(script: script);
        var look = Chromium.Watch(await visitor.NewPageAsync());
        var page = look.Page;
        await page.GotoAsync(await shop.Link(customer, "en"));
        await page.ClickAsync("nav.menu a:has-text('Add credit')");
        Assert.Contains("Balance after: 500 Image credits", await page.InnerTextAsync("section:has-text('Large pack')"), StringComparison.Ordinal);
        await page.ClickAsync("button:has-text('Buy for $40.00')");
        Assert.Empty(script ? await Axe.Violations(page) : []);
        await Pay(page);
        Assert.Contains("500", await page.InnerTextAsync("section[aria-label='Image credits'] .figure"), StringComparison.Ordinal);

        await page.ClickAsync("nav.menu a:has-text('Add credit')");
        await page.FillAsync("#a0", "4");
        await page.ClickAsync("button:has-text('Continue')");
        Assert.Contains("Choose an amount from $5.00 to $500.00", await page.InnerTextAsync("#a0-problem"), StringComparison.Ordinal);
        await page.FillAsync("#a0", "12.5");
        await page.ClickAsync("button:has-text('Continue')");
        Assert.Contains("Balance after: $19.50", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Empty(script ? await Axe.Violations(page) : []);
        await page.ClickAsync("button:has-text('Order and go on to payment')");
        string order = new Uri(page.Url).AbsolutePath;
        await Pay(page);
        Assert.Contains("$19.50", await page.InnerTextAsync("section[aria-label='USD'] .figure"), StringComparison.Ordinal);
        await page.GotoAsync(new Uri(shop.Server.Url, order).AbsoluteUri);
        Assert.Contains("Thank you", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.DoesNotContain(look.Complaints, c => !c.Contains("status of 422", StringComparison.Ordinal));

        // Another customer's order is none of anna's.
        using var anna = new Browser(shop.Server.Url);
        await anna.Enter(await shop.Link());
        Assert.Equal(404, (await anna.Get(order)).Status);

        // Paid at the sandbox's page, and back by its links.
        static async Task Pay(IPage page)
        {
            await page.ClickAsync("a.button");
            await page.CheckAsync("input[value=Success]");
            await page.ClickAsync("button[value=pay]");
            await page.ClickAsync("a:has-text('Continue')");
            await page.ClickAsync("a:has-text('Back')");
        }
    }

    [Fact]
    public async Task An_order_form_that_is_sent_twice_orders_once()
    {
        string customer = await shop.Customer("impatient");
        using var browser = new Browser(shop.Server.Url);
        await browser.Enter(await shop.Link(customer));
        var list = await browser.Get("/portal/credit");
        string order = System.Text.RegularExpressions.Regex.Match(list.Text, "name=\"order\" value=\"([0-9a-f]{32})\"").Groups[1].Value;
        var form = new Dictionary<string, string> { ["_token"] = list.Token, ["order"] = order, ["pack"] = "small" };
        var sent = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => browser.Post("/portal/credit", form)));
        Assert.All(sent, s => Assert.Equal(303, s.Status));
        Assert.Single(sent.Select(s => s.Header("Location")).Distinct());
        var orders = (await shop.Client.Get($"/v1/top-ups?customer_id={customer}")).Json;
        Assert.Equal((1, "portal"), (orders.GetProperty("total").GetInt64(), orders.GetProperty("top_ups")[0].GetProperty("origin").GetString()));
    }

    [Fact]
    public async Task A_page_of_another_origin_shows_nothing_of_the_portal()
    {
        await using var visitor = await Visitor();
        var page = await visitor.NewPageAsync();
        await page.GotoAsync(await shop.Link());
        // Another port is another origin; a name of the open web could not be framed with a loopback address for other reasons.
        using var foreign = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        foreign.Start();
        string evil = $"http://{foreign.LocalEndpoint}/";
        _ = Task.Run(async () =>
        {
            while (true)
            {
                using var client = await foreign.AcceptTcpClientAsync();
                await using var stream = client.GetStream();
                _ = await stream.ReadAtLeastAsync(new byte[4096], 1);
                string html = $"<h1>evil</h1><iframe src='{shop.Server.Url}portal'></iframe>";
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {html.Length}\r\nConnection: close\r\n\r\n{html}"));
            }
        });
        var framing = Chromium.Watch(await visitor.NewPageAsync());
        await framing.Page.RunAndWaitForConsoleMessageAsync(() => framing.Page.GotoAsync(evil), new() { Predicate = m => m.Text.Contains("frame-ancestors", StringComparison.Ordinal) });
        foreach (var frame in framing.Page.Frames.Skip(1))
        {
            Assert.DoesNotContain("Pixel Studio", await frame.ContentAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_first_load_is_small()
    {
        using var anna = new Browser(shop.Server.Url);
        var home = await anna.Enter(await shop.Link());
        var usage = await anna.Get("/portal/usage");
        var sheets = System.Text.RegularExpressions.Regex.Matches(home.Text, "href=\"(/portal/style/[^\"]+)\"").Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(2, sheets.Count);
        long whole = 0;
        foreach (string sheet in sheets)
        {
            whole += System.Text.Encoding.UTF8.GetByteCount((await anna.Get(sheet)).Text);
        }
        // Not compressed at all: a proxy in front makes it a quarter.
        Assert.InRange(whole + System.Text.Encoding.UTF8.GetByteCount(home.Text), 1, 60 * 1024);
        Assert.InRange(whole + System.Text.Encoding.UTF8.GetByteCount(usage.Text), 1, 60 * 1024);
    }

    [Fact]
    public async Task A_receipt_is_made_for_paper()
    {
        await using var visitor = await Visitor(ColorScheme.Dark);
        var look = Chromium.Watch(await visitor.NewPageAsync());
        await look.Page.GotoAsync(await shop.Link(language: "en"));
        await look.Page.GotoAsync(new Uri(shop.Server.Url, "/portal/receipts").AbsoluteUri);
        await look.Page.ClickAsync("main table a >> nth=0");
        await look.Page.EmulateMediaAsync(new() { Media = Media.Print });
        Assert.False(await look.Page.IsVisibleAsync("nav.menu"));
        Assert.False(await look.Page.IsVisibleAsync("footer"));
        Assert.True(await look.Page.IsVisibleAsync(".receipt"));
        Assert.Equal("rgb(255, 255, 255)", await look.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        await look.Picture("receipt-print");
        byte[] pdf = await look.Page.PdfAsync(new() { Format = "A4" });
        Assert.Equal("%PDF", System.Text.Encoding.ASCII.GetString(pdf, 0, 4));
    }

    private async Task Check(Look look, string address, string name, int width)
    {
        var answer = await look.Page.GotoAsync(new Uri(shop.Server.Url, address).AbsoluteUri, new() { WaitUntil = WaitUntilState.Load });
        Assert.Equal(200, answer!.Status);
        await look.Picture(name);
        int wide = await look.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");
        // All of what is wrong with a view is told together.
        look.Complaints.AddRange([.. (await Axe.Violations(look.Page)).Select(v => $"{name}: {v}"), .. wide == width ? Array.Empty<string>() : [$"{name}: {wide} pixels wide"]]);
    }

    private async Task<string?> Denial(string customer, string amount, string key)
    {
        var answer = (await shop.Client.Do("/v1/usage/authorize", new { customer_id = customer, asset = "usd", amount, idempotency_key = key })).Json;
        return answer.GetProperty("allowed").GetBoolean() ? null : answer.GetProperty("reason").GetString();
    }

    private Task<IBrowserContext> Visitor(ColorScheme scheme = ColorScheme.Light, int width = 1280, bool script = true) =>
        chromium.Visitor(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 }, JavaScriptEnabled = script, Locale = "en-US" });
}
