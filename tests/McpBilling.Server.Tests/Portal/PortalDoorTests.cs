using McpBilling.Operations;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Portal;

/// <summary>Who is let into the portal, who is not, and what a session can reach.</summary>
public sealed class PortalDoorTests(PortalShop shop) : IClassFixture<PortalShop>
{
    private const string TooLate = "This link does not work any more", SignedOut = "You are signed out", NoForm = "This form could not be accepted", Nothing = "There is nothing here";

    [Fact]
    public async Task A_link_works_once_and_leaves_no_secret_in_the_address()
    {
        string link = await shop.Link();
        using var anna = new Browser(shop.Server.Url);
        var home = await anna.Enter(link);
        Assert.Equal(200, home.Status);
        Assert.Contains("Your balance", home.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(link[(link.LastIndexOf('/') + 1)..], home.Text, StringComparison.Ordinal);
        using var thief = new Browser(shop.Server.Url);
        Refused(await thief.Get(link), 401, TooLate);
        Refused(await thief.Get("/portal"), 401, SignedOut);
        // Whoever has it may not even take over the session that it led to.
        Assert.Equal(200, (await anna.Get("/portal")).Status);
    }

    [Fact]
    public async Task Of_links_that_many_follow_at_once_one_leads_in()
    {
        string link = await shop.Link();
        var entered = await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ =>
        {
            using var browser = new Browser(shop.Server.Url);
            return (await browser.Get(link)).Status;
        }));
        Assert.Equal(1, entered.Count(s => s == 303));
        Assert.Equal(11, entered.Count(s => s == 401));
    }

    [Fact]
    public async Task Looking_ahead_does_not_use_a_link_up()
    {
        string link = await shop.Link();
        using var anna = new Browser(shop.Server.Url);
        Assert.Equal(503, (await anna.Get(link, ("Sec-Purpose", "prefetch;prerender"))).Status);
        Assert.Equal(503, (await anna.Get(link, ("Purpose", "prefetch"))).Status);
        Assert.Equal(200, (await anna.Enter(link)).Status);
    }

    [Fact]
    public async Task Links_and_sessions_end_by_time()
    {
        string customer = await shop.Customer("late");
        string late = await shop.Link(customer), inTime = await shop.Link(customer);
        // As if ten minutes had passed for the first, and twelve hours for the session that the other led to.
        shop.Server.Change("UPDATE portal_session SET link_expires_at = created_at WHERE seq = (SELECT MAX(seq) - 1 FROM portal_session)");
        using var anna = new Browser(shop.Server.Url);
        using var other = new Browser(shop.Server.Url);
        Refused(await other.Get(late), 401, TooLate);
        Assert.Equal(200, (await anna.Enter(inTime)).Status);
        Assert.Equal(["600000000", "43200000000"], shop.Server.Strings(
            """
            SELECT CAST(link_expires_at - created_at AS TEXT) FROM portal_session WHERE seq = (SELECT MAX(seq) FROM portal_session)
            UNION ALL SELECT CAST(session_expires_at - entered_at AS TEXT) FROM portal_session WHERE seq = (SELECT MAX(seq) FROM portal_session)
            """));
        shop.Server.Change("UPDATE portal_session SET session_expires_at = entered_at WHERE seq = (SELECT MAX(seq) FROM portal_session)");
        Refused(await anna.Get("/portal"), 401, SignedOut);
    }

    [Fact]
    public async Task Links_and_sessions_can_be_revoked_one_or_all_of_a_customer()
    {
        string customer = await shop.Customer("revoked");
        var made = (await shop.Client.Do("/v1/portal-sessions", new { customer_id = customer })).Json;
        using var one = new Browser(shop.Server.Url);
        using var two = new Browser(shop.Server.Url);
        await one.Enter(made.GetProperty("url").GetString()!);
        await two.Enter(await shop.Link(customer));
        string unused = await shop.Link(customer);
        Assert.Equal(1, (await shop.Client.Do("/v1/portal-sessions/revoke", new { id = made.GetProperty("id").GetString() })).Json.GetProperty("revoked").GetInt32());
        Refused(await one.Get("/portal"), 401, SignedOut);
        Assert.Equal(200, (await two.Get("/portal")).Status);
        Assert.Equal(2, (await shop.Client.Do("/v1/portal-sessions/revoke", new { customer_id = customer })).Json.GetProperty("revoked").GetInt32());
        Refused(await two.Get("/portal"), 401, SignedOut);
        Refused(await two.Get(unused), 401, TooLate);
        Assert.Equal(0, (await shop.Client.Do("/v1/portal-sessions/revoke", new { customer_id = customer })).Json.GetProperty("revoked").GetInt32());
    }

    [Fact]
    public async Task Signing_out_ends_the_session_for_whoever_has_its_cookie()
    {
        using var anna = new Browser(shop.Server.Url);
        var home = await anna.Enter(await shop.Link());
        var left = await anna.Post("/portal/leave", new() { ["_token"] = home.Token });
        Assert.Equal(200, left.Status);
        Assert.Contains("https://app.example.com/billing", left.Text, StringComparison.Ordinal);
        Assert.Contains("max-age=0", left.Header("Set-Cookie"), StringComparison.OrdinalIgnoreCase);
        Refused(await anna.Get("/portal"), 401, SignedOut);
    }

    [Theory]
    [InlineData("/portal/enter/1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/portal/enter/99.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/portal/enter/1.short")]
    [InlineData("/portal/enter/x.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/portal/enter/9223372036854775808.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/portal/enter/%20")]
    public async Task A_made_up_link_is_refused_like_a_used_one(string link)
    {
        using var anybody = new Browser(shop.Server.Url);
        Refused(await anybody.Get(link), 401, TooLate);
    }

    [Fact]
    public async Task A_key_of_the_API_does_not_open_the_portal_and_a_cookie_not_the_API()
    {
        using var anybody = new Browser(shop.Server.Url);
        Refused(await anybody.Get("/portal", ("Authorization", $"Bearer {shop.Server.Key}")), 401, SignedOut);
        using var anna = new Browser(shop.Server.Url);
        await anna.Enter(await shop.Link());
        Assert.Equal(401, (await anna.Get("/v1/customers/anna/wallet")).Status);
    }

    [Fact]
    public async Task Nothing_of_another_customer_is_reached_by_any_address()
    {
        using var anna = new Browser(shop.Server.Url);
        await anna.Enter(await shop.Link());
        Refused(await anna.Get($"/portal/receipts/{shop.BobsReceipt}"), 404, Nothing);
        foreach (string page in (string[])["", "auto-recharge", "limits", "usage", "history", "receipts", "cards"])
        {
            var shown = await anna.Get($"/portal/{page}?customer_id=bob&customer=bob&id=bob");
            Assert.Equal(200, shown.Status);
            Assert.DoesNotContain("12.34", shown.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("bob", shown.Text, StringComparison.Ordinal);
        }
        // A cursor into bob's entries leads nowhere.
        var bobs = (await shop.Client.Get("/v1/customers/bob/entries?limit=1")).Json;
        string cursor = Cursors.Write([1L, 2L, 3L, 4L, 5L, 6L])!;
        Assert.Equal("usd", bobs.GetProperty("entries")[0].GetProperty("asset").GetString());
        Assert.DoesNotContain(bobs.GetProperty("entries")[0].GetProperty("cause").GetProperty("id").GetString()!, (await anna.Get($"/portal/history?cursor={cursor}")).Text, StringComparison.Ordinal);
        Refused(await anna.Get("/portal/history?cursor=zzz"), 404, Nothing);
        Refused(await anna.Get("/portal/receipts/"), 404, Nothing);
        Refused(await anna.Get("/portal/nothing"), 404, Nothing);
    }

    [Fact]
    public async Task A_forged_form_changes_nothing()
    {
        string customer = await shop.Customer("forged");
        using var victim = new Browser(shop.Server.Url);
        var home = await victim.Enter(await shop.Link(customer));
        using var attacker = new Browser(shop.Server.Url);
        string attackers = (await attacker.Enter(await shop.Link("bob"))).Token;
        Dictionary<string, string> Form(string? token) => new() { ["asset"] = "usd", ["cap"] = "0", ["period"] = "day", ["_token"] = token ?? "" };
        Refused(await victim.Post("/portal/limits", Form(null)), 403, NoForm);
        Refused(await victim.Post("/portal/limits", Form(attackers)), 403, NoForm);
        Refused(await victim.Post("/portal/limits", Form(home.Token), ("Sec-Fetch-Site", "cross-site")), 403, NoForm);
        Refused(await victim.Post("/portal/leave", Form(attackers)), 403, NoForm);
        Assert.Equal(403, (await victim.Post("/portal/limits", Form(home.Token), ("Origin", "https://evil.example"))).Status);
        Assert.Equal(403, (await victim.Post("/portal/limits", Form(home.Token), ("Origin", "null"))).Status);
        Refused(await victim.Post("/portal/limits", new(Form(home.Token)) { ["low"] = new string('1', 20_000) }), 403, NoForm);
        Assert.Empty((await shop.Client.Get($"/v1/customers/{customer}/limits")).Json.GetProperty("limits").EnumerateArray());
        // The same with its own token is a form of ours; an asset in which she has nothing is in none.
        Refused(await victim.Post("/portal/limits", new(Form(home.Token)) { ["asset"] = "credits" }), 404, Nothing);
        Refused(await victim.Post("/portal/usage", Form(home.Token)), 404, Nothing);
        Assert.Equal(303, (await victim.Post("/portal/limits", Form(home.Token), ("Sec-Fetch-Site", "same-origin"))).Status);
        Assert.Equal("0.00", (await shop.Client.Get($"/v1/customers/{customer}/limits")).Json.GetProperty("limits")[0].GetProperty("spending_cap").GetString());
    }

    [Fact]
    public async Task Neither_link_nor_cookie_is_in_the_data()
    {
        string link = await shop.Link();
        using var anna = new Browser(shop.Server.Url);
        var entered = await anna.Get(link);
        string cookie = entered.Header("Set-Cookie").Split('=', 2)[1].Split(';')[0];
        Assert.Equal(45, cookie.Length);
        Assert.False(shop.Server.Stores(link[(link.LastIndexOf('.') + 1)..]));
        Assert.False(shop.Server.Stores(cookie[(cookie.LastIndexOf('.') + 1)..]));
        Assert.Empty((await shop.Server.Verify()).Differences);
    }

    [Theory]
    [InlineData(null, "portal=", false)]
    [InlineData("https://billing.example.com", "__Secure-portal=", true)]
    public async Task Cookies_are_for_the_server_alone_and_over_https_never_in_clear(string? publicUrl, string name, bool secure)
    {
        var server = new LiveServer { PublicUrl = publicUrl };
        await server.InitializeAsync();
        await using var running = server;
        await server.Client.Do("/v1/customers", new { id = "anna" });
        string link = (await server.Client.Do("/v1/portal-sessions", new { customer_id = "anna" })).Json.GetProperty("url").GetString()!;
        Assert.StartsWith(publicUrl ?? server.Url.ToString(), link, StringComparison.Ordinal);
        using var anna = new Browser(server.Url);
        string cookie = (await anna.Get(new Uri(link).AbsolutePath)).Header("Set-Cookie").ToLowerInvariant();
        Assert.StartsWith(name.ToLowerInvariant(), cookie, StringComparison.Ordinal);
        Assert.Contains("; httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("; path=/portal", cookie, StringComparison.Ordinal);
        Assert.Contains("; samesite=lax", cookie, StringComparison.Ordinal);
        Assert.Equal(secure, cookie.Contains("; secure", StringComparison.Ordinal));
        // Embedded, the cookie must come along inside another site's frame, apart for each such site.
        await server.Client.Apply(new { portal = new { embed_origins = new[] { "https://app.example.com" } } });
        string second = (await server.Client.Do("/v1/portal-sessions", new { customer_id = "anna" })).Json.GetProperty("url").GetString()!;
        string embedded = (await anna.Get(new Uri(second).AbsolutePath)).Header("Set-Cookie").ToLowerInvariant();
        Assert.Equal(secure, embedded.Contains("; samesite=none", StringComparison.Ordinal) && embedded.Contains("; partitioned", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pages_allow_nothing_but_themselves()
    {
        using var anna = new Browser(shop.Server.Url);
        await anna.Enter(await shop.Link());
        foreach (string address in (string[])["/portal", "/portal/auto-recharge", "/portal/limits", "/portal/usage", "/portal/history", "/portal/receipts", "/portal/cards", "/portal/nothing"])
        {
            var page = await anna.Get(address);
            Assert.Equal("default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", page.Header("Content-Security-Policy"));
            Assert.Equal(("DENY", "no-store", "nosniff", "same-origin"), (page.Header("X-Frame-Options"), page.Header("Cache-Control"), page.Header("X-Content-Type-Options"), page.Header("Referrer-Policy")));
            Assert.DoesNotContain(" style=", page.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", page.Text, StringComparison.Ordinal);
            Assert.DoesNotMatch("\\son[a-z]+=", page.Text);
        }
    }

    [Fact]
    public async Task A_workspace_says_who_may_frame_the_portal_and_whose_logo_it_shows()
    {
        var server = await LiveServer.Start();
        await using var running = server;
        await server.Client.Apply(new { portal = new { name = "A & <b>B</b>", logo = "https://cdn.example.com/logo.svg", color = "#FFEE00", embed_origins = new[] { "https://app.example.com", "http://localhost:3000" } } });
        await server.Client.Do("/v1/customers", new { id = "anna" });
        using var anna = new Browser(server.Url);
        var home = await anna.Enter((await server.Client.Do("/v1/portal-sessions", new { customer_id = "anna" })).Json.GetProperty("url").GetString()!);
        Assert.Equal("default-src 'none'; style-src 'self'; img-src data: https://cdn.example.com/logo.svg; form-action 'self'; base-uri 'none'; frame-ancestors https://app.example.com http://localhost:3000", home.Header("Content-Security-Policy"));
        Assert.Equal("", home.Header("X-Frame-Options"));
        Assert.Contains("A &amp; &lt;b&gt;B&lt;/b&gt;", home.Text, StringComparison.Ordinal);
        Assert.Contains("--brand:#ffee00;--on-brand:#000", (await anna.Get("/portal/style/ffee00.css")).Text, StringComparison.Ordinal);
        Assert.Equal(404, (await anna.Get("/portal/style/xyz.css")).Status);
    }

    [Theory]
    [InlineData("""{"portal":{"color":"red"}}""", "/portal/color")]
    [InlineData("""{"portal":{"color":"#ff"}}""", "/portal/color")]
    [InlineData("""{"portal":{"logo":"http://example.com/logo.svg"}}""", "/portal/logo")]
    [InlineData("""{"portal":{"logo":"https://example.com/logo.svg; script-src *"}}""", "/portal/logo")]
    [InlineData("""{"portal":{"logo":"data:image/svg+xml,x"}}""", "/portal/logo")]
    [InlineData("""{"portal":{"embed_origins":["*"]}}""", "/portal/embed_origins/0")]
    [InlineData("""{"portal":{"embed_origins":["https://a.example","https://*.example.com"]}}""", "/portal/embed_origins/1")]
    [InlineData("""{"portal":{"embed_origins":["https://a.example/path"]}}""", "/portal/embed_origins/0")]
    [InlineData("""{"portal":{"embed_origins":["https://a.example; script-src *"]}}""", "/portal/embed_origins/0")]
    [InlineData("""{"portal":{"embed_origins":["http://a.example"]}}""", "/portal/embed_origins/0")]
    public async Task What_could_open_a_policy_is_no_branding(string document, string pointer)
    {
        var refused = await shop.Client.Post("/v1/catalog/apply", $$"""{"document":{{document}},"dry_run":true}""");
        Assert.Equal("invalid_catalog", refused.Code);
        Assert.Contains($"\"{pointer}\"", refused.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("http://example.com/")]
    [InlineData("//example.com")]
    [InlineData("https://user:secret@example.com/")]
    public async Task A_link_back_is_a_safe_address(string address)
    {
        var refused = await shop.Client.Post("/v1/portal-sessions", new { customer_id = "anna", return_url = address });
        Assert.Equal((400, "return_url"), (refused.Status, refused.Field));
    }

    [Fact]
    public async Task Only_who_exists_gets_a_link() =>
        Assert.Equal("customer_not_found", (await shop.Client.Post("/v1/portal-sessions", new { customer_id = "nobody" })).Code);

    private static void Refused(Page page, int status, string words)
    {
        Assert.True(page.Status == status, $"{page.Status} {page.Text}");
        Assert.Contains(words, page.Text, StringComparison.Ordinal);
        Assert.StartsWith("text/html", page.Header("Content-Type"), StringComparison.Ordinal);
    }
}
