using System.Text.Json;
using McpBilling.Integration;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;

namespace McpBilling.Storage.Tests.Integration;

/// <summary>What a verification judges beyond the seeded mistakes: suspicious customers, denials, debt, clocks, products, and who may store a proof.</summary>
public sealed class VerificationTests : IDisposable
{
    private readonly SqliteStore _store = new();

    private Desk Desk => field ??= new Desk(() => _store.Billing, _store.Caller(Mode.Test));

    private ISignals Signals => ((BillingStore)_store.Billing).Signals;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Where_nothing_arrived_nothing_is_judged()
    {
        await Desk.Apply(Shop.Catalog);
        var answer = await Verify();
        Assert.Equal("not_seen_yet", answer.GetProperty("verdict").GetString());
        Assert.DoesNotContain(answer.GetProperty("findings").EnumerateArray(), f => f.GetProperty("status").GetString() != "not_seen_yet");
    }

    [Theory]
    [InlineData("user-42", "User_42", null, true)]
    [InlineData("user_42", "cus:user_42", null, true)]
    [InlineData("acme", "bob", "bob", true)]
    [InlineData("user_1", "user_2", null, false)]
    [InlineData("anna", "hanna", null, false)]
    [InlineData("acme", "null", null, true)]
    public async Task A_customer_whom_usage_made_by_mistake_is_found(string saved, string used, string? endUser, bool isFound)
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Do("save_customer", new { id = saved });
        await Desk.Do("record_usage_event", new { id = "e1", customer_id = saved, event_type = "image", subject = new { end_user = endUser } });
        await Desk.Record(used, "image", "e2");
        var finding = await Finding("customer_ids");
        Assert.Equal(isFound ? "fail" : "pass", finding.GetProperty("status").GetString());
        if (isFound)
        {
            Assert.Contains(used, finding.GetProperty("evidence").GetProperty("customer_ids").EnumerateArray().Select(c => c.GetString()));
        }
    }

    [Theory]
    [InlineData("tokens", "fail")]
    [InlineData("image", "pass")]
    public async Task Work_that_was_denied_and_done_all_the_same_is_found(string usedType, string status)
    {
        await Desk.Apply(Shop.Catalog);
        var input = new { customer_id = "c", @event = new { event_type = "tokens", quantity = "500" }, idempotency_key = "job-1" };
        Assert.False((await Desk.Do("authorize_usage", input)).GetProperty("allowed").GetBoolean());
        // As a door would.
        Signals.Note(new AppSignal("authorize_usage", AppSignal.Denied, "", false, "c", "tokens", "job-1", "", "", ""), _store.Caller(Mode.Test));
        await Desk.Record("c", usedType, "job-1-event");
        Assert.Equal(status, (await Finding("denials_heeded")).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(3, "fail")]
    [InlineData(-40, "fail")]
    [InlineData(0, "pass")]
    public async Task A_clock_that_differs_steadily_is_found(int minutes, string status)
    {
        await Desk.Apply(Shop.Catalog);
        for (int i = 0; i < 4; i++)
        {
            _store.Time.Advance(TimeSpan.FromSeconds(20));
            string stamp = Money.Instant.From(_store.Time.GetUtcNow().AddMinutes(minutes).AddMilliseconds(-100)).ToString();
            await Desk.Record("c", "image", $"e{i}", timestamp: stamp);
        }
        Assert.Equal(status, (await Finding("clock")).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("authorize_capture", "fail")]
    [InlineData("record_after", "pass")]
    [InlineData(null, "pass")]
    public async Task The_style_says_whether_usage_without_a_hold_and_debt_are_right(string? style, string status)
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Record("c", "tokens", "e", "3");
        var answer = await Desk.Do("verify_integration", new { style });
        Assert.Equal(status, Status(answer, "authorized_before_use"));
        Assert.Equal(status, Status(answer, "no_debt"));
    }

    [Fact]
    public async Task A_hold_that_is_open_since_a_moment_is_not_judged_and_one_left_to_expire_is()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("c", "5");
        string hold = await Desk.Hold("c", "1", "k", ttl: 60);
        Assert.Equal("not_seen_yet", (await Finding("holds_ended")).GetProperty("status").GetString());
        _store.Time.Advance(TimeSpan.FromMinutes(2));
        var finding = await Finding("holds_ended");
        Assert.Equal("fail", finding.GetProperty("status").GetString());
        Assert.Equal([hold], finding.GetProperty("evidence").GetProperty("hold_ids").EnumerateArray().Select(h => h.GetString()));
    }

    [Fact]
    public async Task After_a_fix_only_what_came_since_is_judged()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Record("c", "imagee", "mistyped");
        var first = await Verify();
        Assert.Equal("fail", Status(first, "event_types_priced"));
        _store.Time.Advance(TimeSpan.FromSeconds(1));
        await Desk.Record("c", "image", "right");
        var second = await Desk.Do("verify_integration", new { since = Money.Instant.From(_store.Time.GetUtcNow()).ToString() });
        Assert.Equal("pass", second.GetProperty("verdict").GetString());
        Assert.Equal(1, second.GetProperty("amounts").GetProperty("events_compared").GetInt32());
    }

    [Fact]
    public async Task An_unknown_product_is_refused_with_the_nearest_name()
    {
        await Desk.Apply(Shop.Catalog);
        var refusal = await Assert.ThrowsAsync<BillingException>(() => Desk.Do("verify_integration", new { product = "mics" }));
        Assert.Equal(("catalog_item_not_found", "product"), (refusal.Code.Name, refusal.Field));
        Assert.Contains("misc", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proof_is_kept_for_who_may_write_and_is_found_again_in_its_workspace_only()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Record("c", "image", "e");
        var reader = new Desk(() => _store.Billing, _store.Caller(Mode.Test) with { ScopeNames = Scopes.ReadOnly });
        Assert.False((await reader.Do("verify_integration", new { })).TryGetProperty("proof_id", out _));
        Assert.Equal(0, (await Desk.Do("list_proofs", new { })).GetProperty("total").GetInt64());

        string id = (await Verify()).GetProperty("proof_id").GetString()!;
        var proof = await reader.Do("get_proof", new { proof_id = id });
        Assert.Equal(("local", "pass", "all products"), (proof.GetProperty("who").GetString(), proof.GetProperty("verdict").GetString(), proof.GetProperty("subject").GetString()));
        Assert.Equal("e", proof.GetProperty("document").GetProperty("amounts").GetProperty("charges")[0].GetProperty("event_id").GetString());
        await Verify();
        var page = await Desk.Do("list_proofs", new { limit = 1 });
        Assert.NotEqual(id, page.GetProperty("proofs")[0].GetProperty("id").GetString());
        var older = await Desk.Do("list_proofs", new { limit = 1, cursor = page.GetProperty("next_cursor").GetString() });
        Assert.Equal(id, older.GetProperty("proofs")[0].GetProperty("id").GetString());

        var other = new Desk(() => _store.Billing, _store.AnotherWorkspace());
        Assert.Equal("proof_not_found", await other.Code("get_proof", new { proof_id = id }));
    }

    [Fact]
    public async Task Signals_are_counted_seen_by_other_processes_and_never_by_other_workspaces()
    {
        var caller = _store.Caller(Mode.Test);
        for (int i = 0; i < 5; i++)
        {
            Signals.Note(Refusal("hold_not_found", "h"), caller);
        }
        await ((BillingStore)_store.Billing).Reads<IIntegrationReads>().Arrived(caller, null, CancellationToken.None);
        var seen = await _store.OpenAnother().Reads<IIntegrationReads>().Arrived(caller, null, CancellationToken.None);
        Assert.Equal(5, Assert.Single(seen.Signals).Count);
        Assert.Empty((await _store.Billing.Reads<IIntegrationReads>().Arrived(_store.AnotherWorkspace(), null, CancellationToken.None)).Signals);
    }

    [Fact]
    public async Task Without_anybody_asking_signals_are_written_a_moment_later()
    {
        Signals.Note(Refusal("hold_not_found", "h"), _store.Caller(Mode.Test));
        _store.Time.Advance(TimeSpan.FromSeconds(1));
        while (_store.Number("SELECT COUNT(*) FROM integration_signal") == 0)
        {
            await Task.Delay(5);
        }
    }

    [Fact]
    public async Task A_storm_of_different_requests_becomes_counts_in_bounded_memory_and_rows()
    {
        var caller = _store.Caller(Mode.Test);
        for (int i = 0; i < 30_000; i++)
        {
            Signals.Note(Refusal("idempotency_conflict", $"item-{i}"), caller);
        }
        await Verify();
        Assert.Equal(30_000, _store.Number("SELECT SUM(count) FROM integration_signal"));
        Assert.InRange(_store.Number("SELECT COUNT(*) FROM integration_signal"), 1, 4_100);
    }

    [Theory]
    [InlineData("{\"id\":\"calls\",\"event_type\":\"call\",\"aggregation\":\"count\"}", "event_types_priced", "define_price")]
    [InlineData("{\"id\":\"calls\",\"event_type\":\"call\",\"aggregation\":\"count\",\"filter\":{\"tier\":[\"pro\"]}}", "event_types_priced", "define_price")]
    public async Task A_meter_without_a_price_is_found(string meter, string check, string fix)
    {
        await Desk.Apply($"{{\"meters\":[{meter}]}}");
        await Desk.Record("c", "call", "e");
        var answer = await Verify();
        Assert.Equal("fail", Status(answer, check));
        Assert.Contains(fix, answer.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("check").GetString() == check).GetProperty("fix").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("teir", "properties.tier, not properties.teir")]
    [InlineData("plan", "Send properties.tier")]
    [InlineData("tier", "Send one of the values")]
    public async Task A_property_that_keeps_every_price_away_is_named(string sent, string fix)
    {
        await Desk.Apply(
            """
            {"meters":[{"id":"calls","event_type":"call","aggregation":"count","filter":{"tier":["pro"]}}],
             "products":[{"id":"p","prices":[{"id":"call","meter":"calls","asset":"usd","model":"per_unit","unit_price":"1"}]}]}
            """);
        await Desk.Record("c", "call", "e", properties: new Dictionary<string, string> { [sent] = "free" });
        var answer = await Verify();
        Assert.Equal("fail", Status(answer, "property_names"));
        Assert.Contains(fix, answer.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("check").GetString() == "property_names").GetProperty("fix").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("human", "pass")]
    [InlineData("AI", "fail")]
    public async Task What_a_filter_leaves_out_beside_what_it_takes_is_meant_unless_it_is_only_spelt_otherwise(string by, string status)
    {
        await Desk.Apply(
            """
            {"meters":[{"id":"resolved","event_type":"ticket.resolved","aggregation":"count","filter":{"by":["ai"]}}],
             "products":[{"id":"p","prices":[{"id":"ticket","meter":"resolved","asset":"usd","model":"per_unit","unit_price":"0.99"}]}]}
            """);
        await Desk.Record("c", "ticket.resolved", "t1", properties: new Dictionary<string, string> { ["by"] = "ai" });
        await Desk.Record("c", "ticket.resolved", "t2", properties: new Dictionary<string, string> { ["by"] = by });
        Assert.Equal(status, Status(await Verify(), "property_names"));
    }

    [Fact]
    public async Task Of_too_many_signals_the_oldest_hours_go()
    {
        _store.Tamper(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20500)
            INSERT INTO integration_signal SELECT 1, 492540 - i / 1000, 'record_usage_event', 'hold_not_found', '', 0, '', '', 'h' || i, '', '', 1, 1773144000000000, 1773144000000000, '' FROM n
            """);
        Signals.Note(Refusal("hold_not_found", "new"), _store.Caller(Mode.Test));
        await Verify();
        Assert.InRange(_store.Number("SELECT COUNT(*) FROM integration_signal"), 18_000, 20_000);
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM integration_signal WHERE item = 'new'"));
    }

    [Fact]
    public async Task Signals_of_long_ago_are_forgotten_and_keys_of_ours_are_never_kept()
    {
        var caller = _store.Caller(Mode.Test);
        Signals.Note(Refusal("customer_not_found", "mb_test_secretsecret") with { CustomerId = "mb_live_secret" }, caller);
        await Verify();
        Assert.Equal(0, _store.Number("SELECT COUNT(*) FROM integration_signal WHERE item LIKE '%secret%' OR customer_id LIKE '%secret%'"));
        _store.Time.Advance(TimeSpan.FromDays(36));
        Signals.Note(Refusal("hold_not_found", "new"), caller);
        await Verify();
        Assert.Equal(1, _store.Number("SELECT COUNT(*) FROM integration_signal"));
    }

    private static AppSignal Refusal(string code, string item) => new("record_usage_event", code, "", false, "c", "image", item, "key_1", "", "words");

    private Task<JsonElement> Verify() => Desk.Do("verify_integration", new { });

    private async Task<JsonElement> Finding(string check) => (await Verify()).GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("check").GetString() == check);

    private static string Status(JsonElement answer, string check) => answer.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("check").GetString() == check).GetProperty("status").GetString()!;
}
