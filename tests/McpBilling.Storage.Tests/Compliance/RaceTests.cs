using McpBilling.Storage.Tests.Writing;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>Many at once: never more than there is, never less, and once means once; with one engine and with two on the same database.</summary>
public abstract class RaceTests(StoreUnderTest store) : ComplianceTests(store)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Ten_thousand_authorizations_of_four_cents_on_a_hundred_dollars_allow_exactly_2500(int engines)
    {
        var desks = Enumerable.Range(1, engines).Select(i => i == 1 ? Desk : DeskOf(Store.OpenAnother())).ToArray();
        await Desk.Grant("c", "100");
        var answers = await Task.WhenAll(Enumerable.Range(0, 10_000).Select(i => Task.Run(() => desks[i % engines].Authorize("c", "0.04", $"a{i}"))));
        var allowed = answers.Where(a => a.GetProperty("allowed").GetBoolean()).ToList();
        Assert.Equal(2500, allowed.Count);
        Assert.Equal(("100", "100", "0"), (await Desk.Figure("c", "balance"), await Desk.Figure("c", "held"), await Desk.Figure("c", "available")));
        await Task.WhenAll(allowed.Select((a, i) => Task.Run(() =>
            desks[(i + 1) % engines].Do("capture_hold", new { hold_id = a.GetProperty("hold_id").GetString(), amount = "0.03", idempotency_key = $"c{i}" }))));
        Assert.Equal(("25", "0", "25"), (await Desk.Figure("c", "balance"), await Desk.Figure("c", "held"), await Desk.Figure("c", "available")));
        await MustVerify();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_thousand_first_requests_of_one_customer_sign_up_once(int engines)
    {
        await Desk.Apply(Shop.Catalog);
        var desks = Enumerable.Range(1, engines).Select(i => i == 1 ? Desk : DeskOf(Store.OpenAnother())).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => Task.Run(() => (i % 4) switch
        {
            0 => desks[i % engines].Do("save_customer", new { id = "new" }),
            1 => desks[i / 4 % engines].Authorize("new", "0.01", $"a{i}", "credits"),
            2 => desks[i / 4 % engines].Record("new", "image", $"e{i}", "0"),
            _ => desks[i / 4 % engines].Grant("new", "1", key: $"g{i}"),
        })));
        Assert.Equal(1, Store.Number("SELECT COUNT(*) FROM customer"));
        Assert.Equal("3", await Desk.Figure("new", "balance", "credits"));
        Assert.Equal("250", await Desk.Figure("new", "balance"));
        await MustVerify();
    }

    [Fact]
    public async Task Reversals_of_one_event_in_one_transaction_each_find_what_the_one_before_left()
    {
        using var gate = new WriterGate();
        gate.Open();
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("c", "100");
        Store.Reopen(gate.Faults);
        await Desk.Record("c", "bulk", "e", "10");
        gate.Close();
        var before = Desk.Grant("c", "1", key: "before");
        await gate.Reached();
        // Asked again in between, the event is the one that was acknowledged.
        var asked = Enumerable.Range(0, 10).Select(i => i % 2 == 0
            ? Desk.Code("record_usage_event", new { id = "e", customer_id = "c", event_type = "bulk", quantity = "10" })
            : Desk.Code("reverse_usage", new { event_id = "e", customer_id = "c", quantity = "3", idempotency_key = $"r{i}" })).ToList();
        gate.Open();
        await before;
        Assert.Equal(["ok", "ok", "ok", "ok", "ok", "ok", "ok", "reversal_too_large", "ok", "reversal_too_large"], await Task.WhenAll(asked));
        Assert.InRange(gate.BatchesSinceClosed, 1, 3);
        // Of ten one is left.
        Assert.Equal("100", await Desk.Figure("c", "balance"));
        await MustVerify();
    }

    [Fact]
    public async Task Two_engines_take_turns_and_each_sees_what_the_other_did()
    {
        await Desk.Apply(Shop.Catalog);
        var other = DeskOf(Store.OpenAnother());
        await Desk.Grant("c", "1000");
        for (int i = 0; i < 100; i++)
        {
            var (a, b) = i % 2 == 0 ? (Desk, other) : (other, Desk);
            string hold = await a.Hold("c", "2", $"h{i}");
            await b.Do("capture_hold", new { hold_id = hold, amount = "1", idempotency_key = $"c{i}" });
            Assert.Equal("hold_already_captured", await a.Code("capture_hold", new { hold_id = hold, amount = "1", idempotency_key = $"d{i}" }));
            await a.Record("c", "call", $"e{i}");
            Assert.True((await b.Record("c", "call", $"e{i}")).GetProperty("replayed").GetBoolean());
        }
        // A hundred dollars captured, and 34 packages of three calls.
        Assert.Equal("866", await Desk.Figure("c", "balance"));
        await other.Apply("""{"customers":{"auto_create":false}}""");
        Assert.Equal("customer_not_found", await Desk.Code("grant_credit", new { customer_id = "new", asset = "usd", amount = "1", idempotency_key = "k" }));
        await MustVerify();
    }

    [Fact]
    public async Task Two_engines_under_load_lose_and_double_nothing()
    {
        await Desk.Apply(Shop.Catalog);
        var desks = new[] { Desk, DeskOf(Store.OpenAnother()) };
        // Every event is sent to both.
        await Task.WhenAll(Enumerable.Range(0, 3000).SelectMany(i => desks.Select(d => Task.Run(() => d.Record($"c{i % 7}", "tokens", $"e{i}", "1")))));
        Assert.Equal(3000, Store.Number("SELECT COUNT(*) FROM usage_event"));
        await MustVerify();
    }

    private Desk DeskOf(Operations.IBilling billing) => new(() => billing, Desk.Caller);
}
