using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Wallets;
using McpBilling.Webhooks;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>What is told to others: in the transaction of the change, once, to those who asked.</summary>
public abstract class WebhookTests(StoreUnderTest store) : ComplianceTests(store)
{
    private const string Catalog =
        """
        {"assets":[{"id":"credits"}],"alerts":{"low_balance":[{"asset":"usd","below":"5"}],"grant_expiring_hours":48},
         "meters":[{"id":"calls","event_type":"call","aggregation":"count"}],
         "products":[{"id":"p","prices":[{"id":"call","meter":"calls","asset":"usd","model":"per_unit","unit_price":"3"}]}]}
        """;

    [Fact]
    public async Task A_balance_is_told_of_at_its_edges_only()
    {
        await Open();
        await Desk.Apply(Catalog);
        await Desk.Grant("c", "12", key: "g1");
        foreach (string id in (string[])["1", "2", "3", "4", "5"])
        {
            await Desk.Record("c", "call", id);
        }
        await Desk.Record("c", "call", "5");
        await Desk.Grant("c", "4", key: "g2");
        await Desk.Grant("c", "100", key: "g3");
        await Desk.Grant("c", "1", asset: "credits", key: "g4");
        Assert.Equal(["balance.low 3.00", "balance.exhausted 0.00", "balance.low 1.00", "balance.recovered 101.00"], (await Told()).Select(m => $"{m.Type} {m.Data.GetProperty("account").GetProperty("balance").GetString()}"));
        Assert.Equal(("c", "5.00"), ((await Told())[0].Customer, (await Told())[0].Data.GetProperty("below").GetString()));
    }

    [Fact]
    public async Task A_customers_own_threshold_goes_before_the_catalogs_and_is_one_where_the_catalog_has_none()
    {
        await Open();
        await Desk.Apply(Catalog);
        await Desk.Grant("c", "20", key: "g1");
        await Desk.Grant("c", "20", asset: "credits", key: "g2");
        await Desk.Grant("d", "20", key: "g3");
        await Desk.Do("save_limits", new { customer_id = "c", asset = "usd", low_balance = "18" });
        await Desk.Do("save_limits", new { customer_id = "c", asset = "credits", low_balance = "10" });
        Assert.Empty(await Told());
        await Desk.Record("c", "call", "1");
        await Desk.Record("d", "call", "1");
        await Desk.Do("adjust_balance", new { customer_id = "c", asset = "credits", amount = "-11", reason = "r", idempotency_key = "a" });
        Assert.Equal(["c balance.low usd 18.00", "c balance.low credits 10"], (await Told()).Select(m => $"{m.Customer} {m.Type} {m.Data.GetProperty("account").GetProperty("asset").GetString()} {m.Data.GetProperty("below").GetString()}"));
    }

    [Fact]
    public async Task A_hold_tells_of_its_expiry_when_it_was_neither_captured_nor_voided()
    {
        await Open();
        await Desk.Clock(Minutes(0));
        await Desk.Grant("c", "100");
        string captured = await Desk.Hold("c", "1", "a", ttl: 60), voided = await Desk.Hold("c", "2", "b", ttl: 60), expired = await Desk.Hold("c", "3", "c", ttl: 60), late = await Desk.Hold("c", "4", "d", ttl: 60);
        await Desk.Do("capture_hold", new { hold_id = captured, amount = "1", idempotency_key = "a" });
        await Desk.Do("void_hold", new { hold_id = voided, idempotency_key = "b" });
        Assert.Empty(await Told());
        await Desk.Clock(Minutes(10));
        // One that is captured late has told that it expired: nobody can know then that it will be.
        await Desk.Do("capture_hold", new { hold_id = late, amount = "4", allow_expired = true, idempotency_key = "d" });
        var told = await Told();
        Assert.Equal(["hold.expired", "hold.expired"], told.Select(m => m.Type));
        Assert.Equal(new[] { expired, late }.Order(), told.Select(m => m.Data.GetProperty("hold").GetProperty("id").GetString()!).Order());
        Assert.All(told, m => Assert.Equal("expired", m.Data.GetProperty("hold").GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_grant_is_told_of_once_before_it_expires_while_credit_is_left()
    {
        await Open();
        await Desk.Clock(Minutes(0));
        await Desk.Apply(Catalog);
        string At(int hours) => Minutes(60 * hours);
        await Desk.Grant("c", "1", key: "soon", expires: At(40));
        await Desk.Grant("c", "2", key: "later", expires: At(50));
        await Desk.Grant("d", "3", key: "same", expires: At(50));
        await Desk.Grant("d", "4", key: "never");
        await Desk.Grant("e", "6", key: "used", expires: At(50));
        await Desk.Record("e", "call", "1");
        await Desk.Record("e", "call", "2");
        Assert.Equal(["1.00"], await Expiring());
        Assert.Empty(await Expiring());
        await Desk.Clock(At(3));
        Store.Reopen();
        Assert.Equal(["2.00", "3.00"], await Expiring());
        // Its whole life is shorter than the notice: whoever gave it knows.
        await Desk.Grant("c", "7", key: "short", expires: At(6));
        Assert.Empty(await Expiring());
        await Desk.Clock(At(49));
        Assert.Empty(await Expiring());
        await Desk.Grant("c", "9", key: "next", expires: At(200));
        Assert.Empty(await Expiring());
        await Desk.Clock(At(199));
        Assert.Equal(["9.00"], await Expiring());
    }

    [Fact]
    public async Task A_margin_alert_is_told_once()
    {
        await Open("margin.alert");
        await Desk.Do("record_cost", new { id = "c1", customer_id = "c", provider = "aws", category = "gpu", amount = new { currency = "usd", amount = "9" }, incurred_at = (string?)null });
        foreach (int _ in new[] { 1, 2 })
        {
            await Desk.Do("check_margins", new { month = "2026-03" });
        }
        var told = await Told();
        Assert.Equal(["negative_margin", "top_cost"], told.Select(m => m.Data.GetProperty("kind").GetString()!).Order(StringComparer.Ordinal));
        Assert.All(told, m => Assert.Equal(("margin.alert", "c"), (m.Type, m.Customer)));
    }

    [Fact]
    public async Task What_nobody_asked_for_is_not_written()
    {
        await Desk.Apply(Catalog);
        await Desk.Grant("c", "6");
        await Desk.Record("c", "call", "1");
        Assert.Equal(0, Store.Number("SELECT COUNT(*) FROM outbox"));
        await Open("hold.expired");
        await Desk.Record("c", "call", "2");
        Assert.Equal(0, Store.Number("SELECT COUNT(*) FROM outbox"));
        await Open("balance.recovered");
        await Desk.Grant("c", "100", key: "g2");
        Assert.Equal((1, 1), (Store.Number("SELECT COUNT(*) FROM outbox"), Store.Number("SELECT COUNT(*) FROM webhook_delivery")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_is_there_exactly_when_its_change_is(bool committed)
    {
        await Open();
        await Desk.Apply(Catalog);
        await Desk.Grant("c", "6");
        Action crash = () => throw new InvalidOperationException("crashed");
        Store.Reopen(committed ? new() { AfterCommit = crash } : new() { BeforeCommit = crash });
        await Desk.Code("record_usage_event", new { id = "1", customer_id = "c", event_type = "call" });
        Store.Reopen();
        Assert.Equal(committed ? 1 : 0, Store.Number("SELECT COUNT(*) FROM usage_event"));
        Assert.Equal(committed ? ["balance.low"] : [], (await Told()).Select(m => m.Type));
        await Desk.Record("c", "call", "1");
        Assert.Equal(["balance.low"], (await Told()).Select(m => m.Type));
        await MustVerify();
    }

    [Fact]
    public async Task Who_listens_is_known_to_every_process_at_once()
    {
        await Desk.Apply(Catalog);
        await Desk.Grant("c", "7");
        var other = new Desk(Store.OpenAnother, Store.Caller(Mode.Test));
        string endpoint = (await other.Do("create_webhook_endpoint", new { url = "https://example.com/", idempotency_key = "k" })).GetProperty("endpoint").GetProperty("id").GetString()!;
        await Desk.Record("c", "call", "1");
        Assert.Equal(["balance.low"], (await Told()).Select(m => m.Type));
        await other.Record("c", "call", "2");
        await Desk.Record("c", "call", "3");
        Assert.Equal(["balance.low", "balance.exhausted"], (await Told()).Select(m => m.Type));
        await other.Do("delete_webhook_endpoint", new { endpoint_id = endpoint });
        await Desk.Grant("c", "70", key: "more");
        Assert.Equal(2, (await Told()).Count);
    }

    [Fact]
    public async Task What_a_command_tells_is_told_also_when_it_leaves_the_wallet_as_it_was()
    {
        await Open();
        await Desk.Grant("c", "1");
        await Store.Billing.Commit(new FailedPayment { CustomerId = "c", IdempotencyKey = "k" }, Desk.Caller, CancellationToken.None);
        Assert.Equal(("top_up.failed", "c"), (Assert.Single(await Told()).Type, (await Told())[0].Customer));
    }

    private sealed class FailedPayment : CustomerCommand<CustomerView>
    {
        public override CommandKind Kind => CommandKind.SaveCustomer;

        public override CustomerView Decide(WalletSession session)
        {
            session.Outbox.Add(new OutboxMessage("top_up.failed", session.Now, session.Customer.Id, "{}"));
            return CustomerView.Of(session.Customer, created: false);
        }
    }

    private async Task<string> Open(params string[] types) =>
        (await Desk.Do("create_webhook_endpoint", new { url = "https://example.com/hooks", types, idempotency_key = "open" + string.Join(',', types) })).GetProperty("endpoint").GetProperty("id").GetString()!;

    // In the order in which they were written.
    private async Task<List<(string Type, string? Customer, JsonElement Data)>> Told() =>
        [.. (await Desk.Do("list_webhook_deliveries", new { limit = 200 })).GetProperty("deliveries").EnumerateArray().Reverse()
            .Select(d => (d.GetProperty("type").GetString()!, d.TryGetProperty("customer_id", out var c) ? c.GetString() : null, d.GetProperty("data")))];

    // What the job would find now: what remained of each grant that it told of.
    private async Task<string[]> Expiring()
    {
        var before = (await Told()).Count(m => m.Type == "grant.expiring");
        if (await Store.Billing.Reads<IWebhookReads>().AnyExpiring(Desk.Caller, CancellationToken.None))
        {
            await Store.Billing.Commit(new TellExpiringGrants(10), Desk.Caller, CancellationToken.None);
        }
        return [.. (await Told()).Where(m => m.Type == "grant.expiring").Skip(before).Select(m => m.Data.GetProperty("grant").GetProperty("remaining").GetString()!)];
    }
}
