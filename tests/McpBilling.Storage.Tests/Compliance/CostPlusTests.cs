using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>Prices by cost, and holds learned from captures: charged, taken back, explained and simulated from what the store keeps.</summary>
public abstract class CostPlusTests(StoreUnderTest store) : ComplianceTests(store)
{
    private const string RequestedAt = "2026-03-10T11:59:00Z";

    // 1,000 tokens in and 800 out of gpt-4o cost 0.0025 + 0.008 = 0.0105 dollars.
    private static string Catalog(string terms = "\"markup_percent\":\"30\"") =>
        $$"""
        {"meters":[{"id":"calls","event_type":"llm.call","aggregation":"count"}],
         "products":[{"id":"chat","prices":[{"id":"chat-usd","meter":"calls","asset":"usd","model":"cost_plus",{{terms}}}]}]}
        """;

    [Fact]
    public async Task Usage_with_its_cost_is_charged_the_cost_and_the_markup_once()
    {
        await Desk.Apply(Catalog());
        await Desk.Grant("c", "1");
        var answer = await Record("e1", 1_000, 800);
        var charge = Assert.Single(answer.GetProperty("charges").EnumerateArray());
        Assert.Equal(("0.01365", "0.0105"), (charge.GetProperty("amount").GetString(), charge.GetProperty("quantity").GetString()));
        Store.Reopen();
        Assert.True((await Record("e1", 1_000, 800)).GetProperty("replayed").GetBoolean());
        Assert.Equal("0.98635", await Desk.Figure("c", "balance"));
        await MustVerify();
    }

    [Theory]
    [InlineData("not-a-model", "set_model_price")]
    [InlineData(null, "Add cost")]
    public async Task What_has_no_known_cost_is_refused_whole(string? model, string says)
    {
        await Desk.Apply(Catalog());
        await Desk.Grant("c", "1");
        string before = Store.Fingerprint();
        var refused = await Assert.ThrowsAsync<BillingException>(() => model is null ? Desk.Record("c", "llm.call", "e1") : Record("e1", 1_000, 800, model));
        Assert.Equal((ErrorCode.CostUnpriced, "cost"), (refused.Code, refused.Field));
        Assert.Contains(says, refused.Detail, StringComparison.Ordinal);
        Assert.Equal(before, Store.Fingerprint());
    }

    [Fact]
    public async Task What_was_estimated_is_held_and_what_was_used_is_captured()
    {
        await Desk.Apply(Catalog());
        await Desk.Grant("c", "1");
        var held = await Desk.Do("authorize_usage", new { customer_id = "c", @event = new { event_type = "llm.call", estimate = new { model = "gpt-4o", input_tokens = 1_000, max_output_tokens = 4_000 } }, idempotency_key = "a" });
        Assert.Equal(("0.05525", "estimate"), (held.GetProperty("amounts")[0].GetProperty("amount").GetString(), held.GetProperty("hold_policy").GetString()));
        var captured = await Capture(held.GetProperty("hold_id").GetString()!, "e1", 1_000, 800);
        Assert.Equal("0.01365", captured.GetProperty("charges")[0].GetProperty("amount").GetString());
        Assert.Equal(("0.98635", "0"), (await Desk.Figure("c", "balance"), await Desk.Figure("c", "held")));
        await MustVerify();
    }

    [Fact]
    public async Task An_event_is_taken_back_by_halves_also_after_reopening()
    {
        await Desk.Apply(Catalog("\"markup_percent\":\"100\",\"fixed_per_event\":\"0.001\""));
        await Desk.Grant("c", "1");
        await Record("e1", 1_000, 800);
        Assert.Equal("0.978", await Desk.Figure("c", "balance"));
        Store.Reopen();
        await Desk.Do("reverse_usage", new { event_id = "e1", customer_id = "c", quantity = "0.5", idempotency_key = "r1" });
        Assert.Equal("0.9885", await Desk.Figure("c", "balance"));
        await Desk.Do("reverse_usage", new { event_id = "e1", customer_id = "c", idempotency_key = "r2" });
        Assert.Equal("1", await Desk.Figure("c", "balance"));
        await MustVerify();
    }

    [Fact]
    public async Task A_simulation_charges_recorded_costs_as_they_were_and_other_markups_on_them()
    {
        await Desk.Apply(Catalog());
        await Desk.Grant("c", "1");
        await Record("e1", 1_000, 800);
        await Record("e2", 2_000, 1_600);
        var answer = await Desk.Do("simulate_pricing", new { document = JsonElement.Parse(Catalog("\"markup_percent\":\"100\"")), usage = new { recorded = new { } } });
        static string Revenue(JsonElement of) => of.GetProperty("revenue")[0].GetProperty("amount").GetString()!;
        Assert.Equal(("0.04095", "0.063"), (Revenue(answer.GetProperty("present")), Revenue(answer.GetProperty("draft"))));
    }

    [Fact]
    public async Task An_explanation_says_what_was_charged_by()
    {
        await Desk.Apply(Catalog());
        await Desk.Grant("c", "1");
        await Record("e1", 1_000, 800);
        string text = (await Desk.Do("explain_charge", new { event_id = "e1", customer_id = "c" })).GetProperty("text").GetString()!;
        Assert.Contains("what the use cost and 30 % of it", text, StringComparison.Ordinal);
        Assert.Contains("0.0105", text, StringComparison.Ordinal);
        Assert.Contains("0.01365 usd", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_learned_hold_is_the_same_for_whoever_counted_along_whoever_reads_back_and_whoever_comes_second()
    {
        await Desk.Apply(Catalog("\"markup_percent\":\"0\",\"hold_policy\":{\"kind\":\"learned\",\"amount\":\"0.5\"}"));
        foreach (string customer in (string[])["c", "d", "new"])
        {
            await Desk.Grant(customer, "1000");
        }
        Assert.Equal("flat 0.5", await Held("c", "first"));
        int key = 0;
        for (int i = 0; i < 30; i++)
        {
            string customer = i % 3 == 0 ? "d" : "c";
            var held = await Authorize(customer, $"a{++key}");
            await Capture(held.GetProperty("hold_id").GetString()!, $"e{key}", 1_000 * (i + 1), 0, customer, final: i % 5 != 0);
            if (i % 7 == 3)
            {
                Store.Reopen();
            }
            if (i % 4 == 1)
            {
                await Record($"alone{key}", 1_000_000, 0); // no hold, nothing to learn
            }
            string own = await Held("c", $"own{key}"), common = await Held("new", $"common{key}");
            var other = new Desk(() => Store.OpenAnother(), Desk.Caller);
            Assert.Equal((own, common), (await Held("c", $"other-own{key}", other), await Held("new", $"other-common{key}", other)));
        }
        // 20 captures of c: the 95th percentile is the last but one, of 29,000 tokens at 2.50 a million; of all 30 it is the 29th.
        Assert.Equal("learned 0.0725", await Held("c", "last"));
        Assert.Equal("learned 0.0725", await Held("new", "last"));
        await MustVerify();
    }

    private async Task<string> Held(string customer, string key, Desk? desk = null)
    {
        desk ??= Desk;
        var held = await Authorize(customer, key, desk);
        await desk.Do("void_hold", new { hold_id = held.GetProperty("hold_id").GetString(), idempotency_key = "void-" + key });
        return $"{held.GetProperty("hold_policy").GetString()} {Desk.Number(held.GetProperty("amounts")[0], "amount")}";
    }

    private Task<JsonElement> Authorize(string customer, string key, Desk? desk = null) =>
        (desk ?? Desk).Do("authorize_usage", new { customer_id = customer, @event = new { event_type = "llm.call" }, idempotency_key = key });

    private Task<JsonElement> Record(string id, int input, int output, string model = "gpt-4o") =>
        Desk.Do("record_usage_event", new { id, customer_id = "c", event_type = "llm.call", cost = Cost(id, input, output, model) });

    private Task<JsonElement> Capture(string hold, string id, int input, int output, string customer = "c", bool final = true) =>
        Desk.Do("capture_hold", new { hold_id = hold, @event = new { id, event_type = "llm.call", cost = Cost(customer + id, input, output, "gpt-4o") }, final, idempotency_key = "capture-" + id });

    private static object Cost(string id, int input, int output, string model) =>
        new { id, provider = "openai", api = "openai.chat", model, usage = new { prompt_tokens = input, completion_tokens = output }, requested_at = RequestedAt };
}
