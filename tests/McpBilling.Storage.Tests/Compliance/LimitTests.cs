using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Portal;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>Customers' own limits and portal sessions are kept, and go on after the store was closed.</summary>
public abstract class LimitTests(StoreUnderTest store) : ComplianceTests(store)
{
    [Fact]
    public async Task A_cap_goes_on_counting_after_reopening_and_begins_anew_with_its_period()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Clock("2026-03-10T12:00:00Z");
        await Desk.Grant("c", "1000");
        await Desk.Record("c", "call", "e1");
        // What was charged before the cap was set is counted from the ledger: 1 usd.
        Assert.Equal(("1.00", "day"), Shown(await Save("3", "day")));
        Store.Reopen();
        await Desk.Record("c", "tokens", "e2", "1");
        Store.Reopen();
        Assert.Equal(("2.00", "day"), Shown(await Desk.Do("get_limits", new { customer_id = "c" })));
        Assert.True((await Desk.Authorize("c", "1", "a1")).GetProperty("allowed").GetBoolean());
        Store.Reopen();
        var denied = await Desk.Authorize("c", "0.01", "a2");
        Assert.Equal("spending_cap_reached", denied.GetProperty("reason").GetString());
        // A denial is an answer that is kept: asked again with the same key it is the same.
        Assert.Equal("spending_cap_reached", (await Desk.Authorize("c", "0.01", "a2")).GetProperty("reason").GetString());
        Assert.Equal(("2.00", "month"), Shown(await Save("5", "month")));
        await Desk.Clock("2026-03-11T00:00:00Z");
        Assert.Equal(("0.00", "day"), Shown(await Save("5", "day")));
        Assert.Equal(("2.00", "month"), Shown(await Save("5", "month")));
        await Desk.Clock("2026-04-01T00:00:00Z");
        Store.Reopen();
        Assert.Equal(("0.00", "month"), Shown(await Desk.Do("get_limits", new { customer_id = "c" })));
        Assert.True((await Desk.Authorize("c", "5", "a3")).GetProperty("allowed").GetBoolean());
        await MustVerify();
    }

    [Fact]
    public async Task A_reversal_makes_room_again()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("c", "1000");
        await Save("5", "month");
        await Desk.Record("c", "tokens", "e1", "5");
        Assert.False((await Desk.Authorize("c", "1", "a1")).GetProperty("allowed").GetBoolean());
        await Desk.Do("reverse_usage", new { event_id = "e1", customer_id = "c", idempotency_key = "r" });
        Assert.Equal(("0.00", "month"), Shown(await Desk.Do("get_limits", new { customer_id = "c" })));
        Assert.True((await Desk.Authorize("c", "5", "a2")).GetProperty("allowed").GetBoolean());
    }

    [Fact]
    public async Task Limits_are_of_customers_who_exist_and_of_no_others()
    {
        await Desk.Apply(Shop.Catalog);
        Assert.Equal("customer_not_found", await Desk.Code("save_limits", new { customer_id = "nobody", asset = "usd", spending_cap = "1" }));
        Assert.Equal("customer_not_found", await Desk.Code("get_limits", new { customer_id = "nobody" }));
        await Desk.Grant("c", "10");
        await Desk.Grant("d", "10");
        await Save("0", "month");
        Assert.True((await Desk.Authorize("d", "1", "a")).GetProperty("allowed").GetBoolean());
        Assert.Equal(0, (await Desk.Do("get_limits", new { customer_id = "d" })).GetProperty("limits").GetArrayLength());
    }

    [Fact]
    public async Task A_link_is_exchanged_once_also_by_another_process_and_a_session_outlives_reopening()
    {
        await Desk.Do("save_customer", new { id = "c" });
        var tokens = Store.Billing.Reads<IPortalTokens>();
        var (link, cookie, second) = (tokens.Make(Desk.Caller.WorkspaceKey), tokens.Make(Desk.Caller.WorkspaceKey), tokens.Make(Desk.Caller.WorkspaceKey));
        Assert.NotEqual(link.Text, cookie.Text);
        Assert.Equal((Desk.Caller.WorkspaceKey, link.Hash), tokens.Read(link.Text));
        var opened = await Commit(new AddPortalLink("c", link.Hash, "https://app.example.com/", "de"));
        Store.Reopen();
        var entered = await Commit(new EnterPortal(link.Hash, cookie.Hash));
        Assert.Equal((opened.Id, "c", "https://app.example.com/", "de"), (entered.Session!.Id, entered.Session.CustomerId, entered.Session.ReturnUrl, entered.Session.Language));
        Assert.Null((await Commit(new EnterPortal(link.Hash, second.Hash))).Session);
        Store.Reopen();
        Assert.Equal("c", (await Store.Billing.Reads<IPortalSessions>().Find(Desk.Caller.WorkspaceKey, cookie.Hash))?.CustomerId);
        Assert.Null(await Store.Billing.Reads<IPortalSessions>().Find(Desk.Caller.WorkspaceKey, link.Hash));
        Assert.Null(await Store.Billing.Reads<IPortalSessions>().Find(Desk.Caller.WorkspaceKey + 1, cookie.Hash));
        Assert.Equal(new EndedPortalSessions(true, 1), await Commit(new EndPortalSessions(opened.Id, null)));
        Assert.Null(await Store.Billing.Reads<IPortalSessions>().Find(Desk.Caller.WorkspaceKey, cookie.Hash));
        Assert.Equal(new EndedPortalSessions(false, 0), await Commit(new EndPortalSessions("portal_x", null)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.")]
    [InlineData(".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("-1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("1.AAAAAAAAAAAAAAAAAAAA/AAAAAAAAAAAAAAAAAAAAAA")]
    public void What_has_not_the_form_of_a_token_is_none(string text) => Assert.Null(Store.Billing.Reads<IPortalTokens>().Read(text));

    private ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command) => Store.Billing.Commit(command, Desk.Caller, CancellationToken.None);

    private Task<JsonElement> Save(string cap, string period) => Desk.Do("save_limits", new { customer_id = "c", asset = "usd", spending_cap = cap, period });

    private static (string?, string?) Shown(JsonElement output)
    {
        var limits = output.GetProperty("limits").EnumerateArray().Single();
        return (limits.GetProperty("spent").GetString(), limits.GetProperty("period").GetString());
    }
}
