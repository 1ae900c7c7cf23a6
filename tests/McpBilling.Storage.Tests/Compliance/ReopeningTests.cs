using McpBilling.Operations;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>What was acknowledged is there when the store is opened again, and goes on as if it had never been closed.</summary>
public abstract class ReopeningTests(StoreUnderTest store) : ComplianceTests(store)
{
    [Fact]
    public async Task Who_starts_reads_the_keys_of_earlier_requests_without_keeping_others_from_writing()
    {
        await Desk.Grant("c", "1", key: "before");
        var other = new Desk(() => Another, Desk.Caller);
        string? meanwhile = null;
        Store.Reopen(new WriterFaults { BeforeFirstLock = () => meanwhile ??= other.Code("grant_credit", new { customer_id = "c", asset = "usd", amount = "1", idempotency_key = "meanwhile" }).GetAwaiter().GetResult() });
        foreach (string key in (string[])["before", "meanwhile"])
        {
            Assert.True((await Desk.Do("grant_credit", new { customer_id = "c", asset = "usd", amount = "1", idempotency_key = key })).GetProperty("replayed").GetBoolean(), key);
        }
        Assert.Equal("ok", meanwhile);
        Assert.Equal("2", await Desk.Figure("c", "balance"));
    }

    [Fact]
    public async Task Everything_that_can_be_read_is_the_same_after_reopening()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Clock("2026-03-10T12:00:00Z");
        await Desk.Do("save_customer", new { id = "c", name = "Ünï ☂", email = "a@b.c", metadata = new { a = new[] { 1, 2 } }, overdraft_limits = new[] { new { asset = "usd", amount = "5" } } });
        await Desk.Grant("c", "5", key: "expiring", expires: "2026-03-20T00:00:00Z");
        await Desk.Grant("c", "7", key: "later", effective: "2026-03-12T00:00:00Z");
        await Desk.Grant("c", "9", key: "restricted", products: ["art"]);
        await Desk.Do("grant_credit", new { customer_id = "c", asset = "usd", amount = "20", source = "paid", priority = 10, cost_basis = new { currency = "eur", amount = "18.50" }, idempotency_key = "paid" });
        await Desk.Record("c", "tokens", "e1", "12", new { model = "flux", n = 1.50 });
        await Desk.Record("c", "sale", "e2", "30");
        await Desk.Do("record_usage_event", new { id = "e3", customer_id = "c", event_type = "image", quantity = "2", feature = "f", subject = new { end_user = "u", session = "s", task = "t" } });
        string hold = await Desk.Hold("c", "4", "h"), other = await Desk.Hold("c", "1", "h2");
        await Desk.Do("capture_hold", new { hold_id = hold, amount = "1.5", final = false, idempotency_key = "part" });
        await Desk.Do("capture_hold", new { hold_id = other, @event = new { id = "e4", event_type = "call" }, idempotency_key = "event" });
        await Desk.Do("reverse_usage", new { event_id = "e1", customer_id = "c", quantity = "5", idempotency_key = "r" });
        await Desk.Do("adjust_balance", new { customer_id = "c", asset = "usd", amount = "-60", reason = "r", on_insufficient = "debt", idempotency_key = "into debt" });
        await Desk.Clock("2026-03-13T00:00:00Z");
        string holdView = (await Desk.Do("get_hold", new { hold_id = hold })).ToString(), before = await Desk.Everything("c"), catalog = (await Desk.Do("get_catalog", new { })).ToString();
        Store.Reopen();
        Assert.Equal(before, await Desk.Everything("c"));
        Assert.Equal(holdView, (await Desk.Do("get_hold", new { hold_id = hold })).ToString());
        Assert.Equal(catalog, (await Desk.Do("get_catalog", new { })).ToString());
        await MustVerify();
    }

    [Theory]
    // Events of one meter, each with what it is charged; R reverses the event before the charge's place. The store is closed between any two.
    [InlineData("call", "|1 usd", "|0 usd", "|0 usd", "|1 usd", "R0|-1 usd")]
    [InlineData("memory", "5|0.5 usd", "3|0 usd", "8|0.3 usd", "R2|-0.3 usd", "R0|-0.2 usd", "4|0.1 usd", "R1|0 usd", "R5|-0.4 usd")]
    [InlineData("login", "ann|2 usd", "bob|2 usd", "ann|0 usd", "R0|0 usd", "R2|-2 usd", "ann|2 usd")]
    [InlineData("level", "5|5 usd", "3|-2 usd", "4|1 usd", "R2|-1 usd", "R0|0 usd", "6|3 usd")]
    [InlineData("tokens", "9|9 usd", "3|2 usd", "R0|-8 usd", "9|8 usd")]
    [InlineData("bulk", "10|10 usd", "1|-4.5 usd", "R1|4.5 usd", "2|-4 usd")]
    [InlineData("sale", "30|3.3 usd", "50|1.7 usd", "10|0 usd", "R0|0 usd", "R2|0 usd", "R1|-5 usd")]
    public async Task A_meter_goes_on_after_reopening_where_it_was(string eventType, params string[] steps)
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Clock("2026-03-10T12:00:00Z");
        await Desk.Grant("c", "1000");
        for (int i = 0; i < steps.Length; i++)
        {
            Store.Reopen();
            string[] step = steps[i].Split('|');
            string[] property = eventType switch { "memory" => ["mb"], "login" => ["user"], "level" => ["n"], _ => [] };
            string charge;
            if (step[0].StartsWith('R'))
            {
                var answer = await Desk.Do("reverse_usage", new { event_id = "e" + step[0][1..], customer_id = "c", idempotency_key = $"r{i}" });
                charge = Desk.Charge(answer.GetProperty("charges").EnumerateArray().Single());
            }
            else
            {
                var properties = property.ToDictionary(p => p, _ => step[0]);
                charge = await Desk.Charge("c", eventType, $"e{i}", property.Length > 0 || step[0].Length == 0 ? null : step[0], properties.Count > 0 ? properties : null);
            }
            Assert.Equal((i, step[1]), (i, charge));
            await MustVerify();
        }
    }

    [Fact]
    public async Task What_is_held_over_time_counts_for_what_is_left_of_the_period()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Clock("2026-03-02T00:00:00Z");
        // 30 of 31 days, then 20 of 31: 31 dollars for a gigabyte held all month.
        Assert.Equal("30 usd", await Desk.Charge("c", "stored", "e1", properties: new { gb = 1 }, timestamp: "2026-03-02T00:00:00Z"));
        await Desk.Clock("2026-03-12T00:00:00Z");
        Store.Reopen();
        Assert.Equal("40 usd", await Desk.Charge("c", "stored", "e2", properties: new { gb = "2" }));
        await MustVerify();
    }

    [Fact]
    public async Task A_late_event_is_rated_in_its_own_period()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Clock("2026-02-20T00:00:00Z");
        Assert.Equal("9 usd", await Desk.Charge("c", "tokens", "feb", "9"));
        await Desk.Clock("2026-03-05T00:00:00Z");
        Assert.Equal("10 usd", await Desk.Charge("c", "tokens", "mar", "10"));
        Store.Reopen();
        Assert.Equal("1.5 usd", await Desk.Charge("c", "tokens", "late", "2", timestamp: "2026-02-28T23:59:59.999999Z"));
        Assert.Equal("0.5 usd", await Desk.Charge("c", "tokens", "now", "1", timestamp: "2026-03-01T00:00:00Z"));
        var back = await Desk.Do("reverse_usage", new { event_id = "feb", customer_id = "c", idempotency_key = "r" });
        Assert.Equal("-8.5", Desk.Number(back.GetProperty("charges")[0], "amount"));
        await MustVerify();
    }

    [Theory]
    [InlineData(true, "10 usd", "2 usd")]
    [InlineData(false, "10 usd", "4 usd")]
    public async Task A_new_version_goes_on_from_the_quantity_or_begins_anew(bool carry, string before, string after)
    {
        string Catalog(string first, string second, bool carries) =>
            $$"""
            {"meters":[{"id":"m","event_type":"t","aggregation":"sum"}],
             "products":[{"id":"p","prices":[{"id":"x","meter":"m","asset":"usd","model":"graduated","carry":{{(carries ? "true" : "false")}},"tiers":[{"up_to":"10","unit_price":"{{first}}"},{"up_to":null,"unit_price":"{{second}}"}]}]}]}
            """;
        await Desk.Clock("2026-03-05T00:00:00Z");
        await Desk.Apply(Catalog("1", "0.5", true));
        Assert.Equal(before, await Desk.Charge("c", "t", "e1", "10"));
        await Desk.Clock("2026-03-06T00:00:00Z");
        await Desk.Apply(Catalog("2", "1", carry));
        Store.Reopen();
        Assert.Equal(after, await Desk.Charge("c", "t", "e2", "2"));
        // An event of the first version's time is rated by it for ever.
        Assert.Equal("1 usd", await Desk.Charge("c", "t", "e3", "2", timestamp: "2026-03-05T12:00:00Z"));
        Store.Reopen();
        Assert.Equal(carry ? "1 usd" : "2 usd", await Desk.Charge("c", "t", "e4", "1"));
        await MustVerify();
    }

    [Fact]
    public async Task Alternatives_are_asked_in_turn_and_a_hold_fixes_the_asset()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("c", "10");
        object Ask(string key, string quantity) => new { customer_id = "c", @event = new { event_type = "image", quantity }, idempotency_key = key };
        string credits = (await Desk.Do("authorize_usage", Ask("a", "2"))).GetProperty("hold_id").GetString()!;
        Store.Reopen();
        var second = await Desk.Do("authorize_usage", Ask("b", "2"));
        Assert.Equal("usd", second.GetProperty("amounts")[0].GetProperty("asset").GetString());
        Assert.Equal("1 credits", await Desk.Charge("c", "image", "two", "1"));
        Store.Reopen();
        // Credits are all held or used: the next is dollars; the hold's own capture stays credits, and what it used beyond becomes debt of credits.
        Assert.Equal("0.04 usd", await Desk.Charge("c", "image", "three", "1"));
        var captured = await Desk.Do("capture_hold", new { hold_id = credits, @event = new { id = "four", event_type = "image", quantity = "3" }, idempotency_key = "c" });
        Assert.Equal("credits", captured.GetProperty("charges")[0].GetProperty("asset").GetString());
        Assert.Equal("1", await Desk.Figure("c", "debt", "credits"));
        await MustVerify();
    }

    [Fact]
    public async Task An_archived_asset_keeps_its_balance()
    {
        await Desk.Apply("""{"assets":[{"id":"tokens","scale":2}]}""");
        await Desk.Grant("c", "5.25", "tokens");
        await Desk.Apply("{}");
        Store.Reopen();
        Assert.Equal("5.25", await Desk.Figure("c", "balance", "tokens"));
        await Desk.Do("adjust_balance", new { customer_id = "c", asset = "tokens", amount = "-1", reason = "r", idempotency_key = "k" });
        await MustVerify();
    }

    [Fact]
    public async Task A_reversal_in_parts_across_reopenings_gives_back_the_whole()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Clock("2026-03-10T00:00:00Z");
        await Desk.Grant("c", "4", key: "first", expires: "2026-03-15T00:00:00Z");
        await Desk.Grant("c", "4", key: "second");
        Assert.Equal("10 usd", await Desk.Charge("c", "tokens", "e", "10"));
        string[] left = ["7", "3", "0"], given = ["-3", "-4", "-3"], balances = ["1", "5", "8"];
        for (int i = 0; i < 3; i++)
        {
            Store.Reopen();
            var answer = await Desk.Do("reverse_usage", new { event_id = "e", customer_id = "c", quantity = given[i][1..], idempotency_key = $"r{i}" });
            Assert.Equal((left[i], given[i]), (answer.GetProperty("quantity_left").GetString(), Desk.Number(answer.GetProperty("charges")[0], "amount")));
            Assert.Equal(balances[i], await Desk.Figure("c", "balance"));
            await Desk.Clock($"2026-03-{16 + i}T00:00:00Z");
        }
        Assert.Equal("reversal_too_large", await Desk.Code("reverse_usage", new { event_id = "e", customer_id = "c", idempotency_key = "more" }));
        await MustVerify();
    }

    private IBilling Another => field ??= Store.OpenAnother();
}
