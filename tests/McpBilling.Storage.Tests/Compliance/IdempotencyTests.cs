using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>The same command twice is once (law 5): replay, conflict, duplicates that meet in one batch, keys of every spelling.</summary>
public abstract class IdempotencyTests(StoreUnderTest store) : ComplianceTests(store)
{
    public static TheoryData<string> Kinds =>
    [
        "authorize", "authorize event", "denied", "check", "capture", "capture event", "void_hold", "extend_hold", "grant", "void_grant", "adjust", "take", "record", "record with hold", "record none", "reverse",
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_retry_answers_the_same_and_changes_nothing(string kind)
    {
        var (operation, input) = await Prepare(kind);
        var first = await Desk.Do(operation, input("key", false));
        string rows = Store.Fingerprint();
        for (int i = 0; i < 3; i++)
        {
            var again = await Desk.Do(operation, input("key", false));
            Assert.True(again.GetProperty("replayed").GetBoolean());
            Assert.Equal(Plain(first), Plain(again));
            Assert.Equal(rows, Store.Fingerprint());
            Store.Reopen();
        }
        await MustVerify();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_same_key_with_other_input_is_a_conflict_and_changes_nothing(string kind)
    {
        var (operation, input) = await Prepare(kind);
        await Desk.Do(operation, input("key", false));
        string rows = Store.Fingerprint();
        Assert.Equal("idempotency_conflict", await Desk.Code(operation, input("key", true)));
        Store.Reopen();
        Assert.Equal("idempotency_conflict", await Desk.Code(operation, input("key", true)));
        Assert.Equal(rows, Store.Fingerprint());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Duplicates_in_one_batch_are_carried_out_once(string kind)
    {
        var (operation, input) = await Prepare(kind);
        Task<JsonElement>[] running = [.. Enumerable.Range(0, 40).Select(_ => Desk.Do(operation, input("key", false)))];
        var answers = await Task.WhenAll(running);
        Assert.Single(answers, a => !a.GetProperty("replayed").GetBoolean());
        Assert.Single(answers.Select(Plain).Distinct());
        await MustVerify();
    }

    [Fact]
    public async Task Duplicates_under_load_are_carried_out_once()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("c", "1000000");
        // Each event is sent three times, among others, by 32 callers.
        var sent = Enumerable.Range(0, 6000).Select(i => $"e{i % 2000}").OrderBy(id => id.GetHashCode(StringComparison.Ordinal)).Chunk(200);
        await Task.WhenAll(sent.Select(ids => Task.Run(async () =>
        {
            foreach (string id in ids)
            {
                await Desk.Record("c", "tokens", id, "1");
            }
        })));
        Assert.Equal(2000, Store.Number("SELECT COUNT(*) FROM usage_event"));
        // 10 at 1.00, the rest at 0.50.
        Assert.Equal("998995", await Desk.Figure("c", "balance"));
        await MustVerify();
    }

    [Theory]
    [InlineData("a\0b", "a\0c")]
    [InlineData("ключ-🔑", "ключ-🗝")]
    [InlineData("'; DROP TABLE entry; --", "'; DROP TABLE entry; -- ")]
    [InlineData("a", "a ")]
    public async Task Keys_are_compared_to_the_last_character(string key, string other)
    {
        var first = await Desk.Grant("c", "1", key: key);
        Assert.Equal(Plain(first), Plain(await Desk.Grant("c", "1", key: key)));
        await Desk.Grant("c", "1", key: other);
        Store.Reopen();
        await Desk.Grant("c", "1", key: key);
        await Desk.Grant("c", "1", key: other);
        Assert.Equal("2", await Desk.Figure("c", "balance"));
        await MustVerify();
    }

    [Fact]
    public async Task A_key_belongs_to_one_customer_and_one_kind()
    {
        await Desk.Grant("a", "1", key: "k");
        await Desk.Grant("b", "2", key: "k");
        await Desk.Authorize("a", "1", "k");
        Assert.Equal("1", await Desk.Figure("a", "held"));
        Assert.Equal("0", await Desk.Figure("b", "held"));
    }

    [Fact]
    public async Task A_key_whose_command_was_refused_may_be_used_again()
    {
        await Desk.Grant("c", "1");
        Assert.Equal("insufficient_balance", await Desk.Code("adjust_balance", Adjustment("k", "-2")));
        await Desk.Do("adjust_balance", Adjustment("k", "-1"));
        Assert.Equal("0", await Desk.Figure("c", "balance"));
    }

    [Fact]
    public async Task An_event_is_charged_once_whether_recorded_or_captured()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("c", "100");
        string hold = await Desk.Hold("c", "10", "h"), second = await Desk.Hold("c", "10", "h2");
        object Capture(string key, string on) => new { hold_id = on, @event = new { id = "e", event_type = "tokens", quantity = "2" }, idempotency_key = key };
        await Desk.Do("capture_hold", Capture("c1", hold));
        Assert.Equal("idempotency_conflict", await Desk.Code("capture_hold", Capture("c2", second)));
        Assert.Equal("idempotency_conflict", await Desk.Code("record_usage_event", new { id = "e", customer_id = "c", event_type = "tokens", quantity = "2" }));
        Assert.Equal("98", await Desk.Figure("c", "balance"));
        await MustVerify();
    }

    private static object Adjustment(string key, string amount) => new { customer_id = "c", asset = "usd", amount, reason = "r", idempotency_key = key };

    private static string Plain(JsonElement answer)
    {
        var node = JsonNode.Parse(answer.GetRawText())!.AsObject();
        node.Remove("replayed");
        return node.ToJsonString();
    }

    private async Task<(string Operation, Func<string, bool, object> Input)> Prepare(string kind)
    {
        await Desk.Apply(Shop.Catalog);
        string grant = (await Desk.Grant("c", "100", key: "fund")).GetProperty("grant").GetProperty("id").GetString()!;
        string hold = await Desk.Hold("c", "10", "set aside"), another = await Desk.Hold("c", "1", "set aside too");
        await Desk.Record("c", "tokens", "earlier", "12");
        return kind switch
        {
            "authorize" => ("authorize_usage", (k, o) => new { customer_id = "c", asset = "usd", amount = o ? "2" : "1", idempotency_key = k }),
            "authorize event" => ("authorize_usage", (k, o) => new { customer_id = "c", @event = new { event_type = "image", quantity = o ? "2" : "1" }, idempotency_key = k }),
            "denied" => ("authorize_usage", (k, o) => new { customer_id = "c", asset = "usd", amount = o ? "5000" : "4000", idempotency_key = k }),
            "check" => ("authorize_usage", (k, o) => new { customer_id = "c", asset = o ? "eur" : "usd", amount = "0", idempotency_key = k }),
            "capture" => ("capture_hold", (k, o) => new { hold_id = hold, amount = o ? "4" : "3", idempotency_key = k }),
            "capture event" => ("capture_hold", (k, o) => new { hold_id = hold, @event = new { id = "new", event_type = "tokens", quantity = o ? "2" : "1" }, idempotency_key = k }),
            "void_hold" => ("void_hold", (k, o) => new { hold_id = o ? another : hold, idempotency_key = k }),
            "extend_hold" => ("extend_hold", (k, o) => new { hold_id = hold, ttl_seconds = o ? 2000 : 3000, idempotency_key = k }),
            "grant" => ("grant_credit", (k, o) => new { customer_id = "c", asset = "usd", amount = o ? "2" : "1", idempotency_key = k }),
            "void_grant" => ("void_grant", (k, o) => new { grant_id = grant, amount = o ? "2" : "1", idempotency_key = k }),
            "adjust" => ("adjust_balance", (k, o) => Adjustment(k, o ? "2" : "1")),
            "take" => ("adjust_balance", (k, o) => Adjustment(k, o ? "-2" : "-1")),
            "record" => ("record_usage_event", (k, o) => new { id = k, customer_id = "c", event_type = "image", quantity = o ? "2" : "1", properties = new { a = 1 } }),
            "record with hold" => ("record_usage_event", (k, o) => new { id = k, customer_id = "c", event_type = "tokens", quantity = o ? "2" : "1", hold_id = hold }),
            "record none" => ("record_usage_event", (k, o) => new { id = k, customer_id = "c", event_type = "mis|typed;", quantity = o ? "2" : "1" }),
            _ => ("reverse_usage", (k, o) => new { event_id = "earlier", customer_id = "c", quantity = o ? "2" : "1", idempotency_key = k }),
        };
    }
}
