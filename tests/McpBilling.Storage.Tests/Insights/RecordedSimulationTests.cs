using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;

namespace McpBilling.Storage.Tests.Insights;

/// <summary>Simulations of what was recorded, on the real engine, with figures computed by hand.</summary>
public sealed class RecordedSimulationTests : IDisposable
{
    private const string Catalog =
        """
        {"assets":[{"id":"credits"}],
         "meters":[{"id":"images","event_type":"image","aggregation":"sum"},{"id":"calls","event_type":"call","aggregation":"count"}],
         "products":[
           {"id":"art","charge":"first_affordable","prices":[
             {"id":"art-credits","meter":"images","asset":"credits","model":"per_unit","unit_price":"1"},
             {"id":"art-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04"}]},
           {"id":"api","prices":[{"id":"calls","meter":"calls","asset":"usd","model":"graduated","tiers":[{"up_to":"2","unit_price":"1"},{"up_to":null,"unit_price":"0.5"}]}]}],
         "signup":{"grants":[{"asset":"credits","amount":"10"}]}}
        """;

    private readonly SqliteStore store = new();
    private readonly Desk desk;

    public RecordedSimulationTests() => desk = new Desk(() => store.Billing, store.Caller(Mode.Test));

    public void Dispose() => store.Dispose();

    [Fact]
    public async Task A_draft_moves_those_whose_usage_it_charges_and_is_never_applied()
    {
        await Use();
        string before = store.Fingerprint();
        var answer = await desk.Do("simulate_pricing", new { document = Draft("\"0.04\"", "\"0.10\"") });
        Assert.Equal("16 credits, 3.10 usd", Say(answer.GetProperty("charged")));
        Assert.Equal("16 credits, 3.10 usd", Say(answer.GetProperty("present").GetProperty("revenue")));
        // ann's 15 images beyond her credits at 0.10 instead of 0.04.
        Assert.Equal("16 credits, 4.00 usd", Say(answer.GetProperty("draft").GetProperty("revenue")));
        var more = Assert.Single(answer.GetProperty("pay_more").EnumerateArray());
        Assert.Equal(("ann", "3.10", "4.00", "0.90"), (Text(more, "customer_id"), Text(more, "present"), Text(more, "draft"), Text(more, "change")));
        Assert.Empty(answer.GetProperty("pay_less").EnumerateArray());
        Assert.Equal(before, store.Fingerprint());
    }

    [Fact]
    public async Task More_free_credit_keeps_customers_from_running_out()
    {
        await Use();
        var answer = await desk.Do("simulate_pricing", new { document = Draft("\"amount\":\"10\"", "\"amount\":\"100\"") });
        Assert.Equal(1, Assert.Single(answer.GetProperty("present").GetProperty("ran_out_of_credit").EnumerateArray()).GetProperty("customers").GetInt64());
        Assert.Empty(answer.GetProperty("draft").GetProperty("ran_out_of_credit").EnumerateArray());
        // All 31 images in credits; what remains in dollars is the calls.
        Assert.Equal("31 credits, 2.50 usd", Say(answer.GetProperty("draft").GetProperty("revenue")));
    }

    [Fact]
    public async Task A_hold_is_placed_where_the_draft_would_place_it()
    {
        await desk.Apply(Catalog);
        await desk.Record("ann", "image", "e1", "8");
        // Two credits are left: five images are held, and captured, in dollars.
        string hold = Text(await desk.Do("authorize_usage", new { customer_id = "ann", asset = "credits", amount = "0.5", idempotency_key = "h0" }), "hold_id");
        await desk.Grant("ann", "1");
        string held = Text(await desk.Do("authorize_usage", new { customer_id = "ann", @event = new { event_type = "image", quantity = "5" }, idempotency_key = "h1" }), "hold_id");
        await desk.Do("capture_hold", new { hold_id = held, @event = new { id = "e2", event_type = "image", quantity = "5" }, idempotency_key = "h2" });
        await desk.Do("void_hold", new { hold_id = hold, idempotency_key = "h3" });
        var answer = await desk.Do("simulate_pricing", new { document = Draft("\"amount\":\"10\"", "\"amount\":\"100\"") });
        Assert.Equal("8 credits, 0.20 usd", Say(answer.GetProperty("present").GetProperty("revenue")));
        // With a hundred credits the authorization would have found them.
        Assert.Equal("13 credits, 0.00 usd", Say(answer.GetProperty("draft").GetProperty("revenue")));
    }

    [Fact]
    public async Task Tiers_count_from_the_beginning_of_the_rating_period_also_when_the_question_begins_later()
    {
        await desk.Apply(Catalog);
        await desk.Record("ann", "call", "c1");
        await desk.Record("ann", "call", "c2");
        store.Time.Advance(TimeSpan.FromDays(2));
        await desk.Record("ann", "call", "c3");
        var answer = await desk.Do("simulate_pricing", new { usage = new { recorded = new { from = Minutes(24 * 60) } }, document = Draft("\"0.5\"", "\"0.7\"") });
        // The third call lies in the second tier, although the first two are not in the question.
        Assert.Equal("0.50 usd", Say(answer.GetProperty("present").GetProperty("revenue")));
        Assert.Equal("0.70 usd", Say(answer.GetProperty("draft").GetProperty("revenue")));
        Assert.Equal("1", Text(answer, "events"));
    }

    [Fact]
    public async Task A_read_only_key_may_ask_and_one_that_may_not_read_the_catalog_may_not()
    {
        await Use();
        var reader = new Desk(() => store.Billing, desk.Caller with { ScopeNames = Scopes.ReadOnly });
        Assert.Equal("ok", await reader.Code("simulate_pricing", new { }));
        var blind = new Desk(() => store.Billing, desk.Caller with { ScopeNames = System.Collections.Frozen.FrozenSet.Create(Scopes.UsageRead) });
        Assert.Equal("forbidden", await blind.Code("simulate_pricing", new { }));
    }

    [Fact]
    public async Task A_simulation_that_is_cancelled_leaves_nothing_and_the_next_one_answers()
    {
        await Use();
        string before = store.Fingerprint();
        using var stop = new CancellationTokenSource();
        var progress = new Told(_ => stop.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new McpBilling.Insights.SimulatePricing().Run(new(), desk.Caller, store.Billing, progress, stop.Token).AsTask());
        Assert.Equal(before, store.Fingerprint());
        Assert.Equal("16 credits, 3.10 usd", Say((await desk.Do("simulate_pricing", new { })).GetProperty("present").GetProperty("revenue")));
    }

    [Fact]
    public async Task The_diff_tells_who_pays_more_and_from_when()
    {
        await Use();
        var dry = await desk.Do("apply_catalog", new { document = Draft("\"0.04\"", "\"0.10\""), dry_run = true });
        var effects = dry.GetProperty("effects");
        Assert.Equal(2, effects.GetProperty("customers").GetInt64());
        var product = Assert.Single(effects.GetProperty("products").EnumerateArray());
        Assert.Equal("art", Text(product, "product"));
        string change = Assert.Single(product.GetProperty("changes").EnumerateArray()).GetString()!;
        Assert.StartsWith("price art-usd changed: ", change, StringComparison.Ordinal);
        Assert.Contains($"from {Money.Instant.From(store.Time.GetUtcNow())} on", change, StringComparison.Ordinal);
        Assert.Equal("credits 16 → 16: 0 more, 0 less, 2 same; usd 0.60 → 1.50: 1 more, 0 less, 1 same", Effects(product.GetProperty("amounts")));
        Assert.Equal("credits 16 → 16: 0 more, 0 less, 2 same; usd 3.10 → 4.00: 1 more, 0 less, 1 same", Effects(effects.GetProperty("totals")));
        var affected = Assert.Single(effects.GetProperty("most_affected").EnumerateArray());
        Assert.Equal(("ann", "3.10", "4.00"), (Text(affected, "customer_id"), Text(affected, "before"), Text(affected, "after")));
        // The real one says the same, and then it is so.
        var applied = await desk.Do("apply_catalog", new { document = Draft("\"0.04\"", "\"0.10\"") });
        Assert.True(applied.GetProperty("applied").GetBoolean());
        Assert.Equal(effects.ToString(), applied.GetProperty("effects").ToString());
    }

    [Fact]
    public async Task A_diff_that_charges_nobody_otherwise_has_no_effects()
    {
        await desk.Apply(Catalog);
        Assert.False((await desk.Do("apply_catalog", new { document = Draft("\"0.04\"", "\"0.10\""), dry_run = true })).TryGetProperty("effects", out _));
        await Use();
        // Existing customers keep the credit that they got.
        Assert.False((await desk.Do("apply_catalog", new { document = Draft("\"amount\":\"10\"", "\"amount\":\"100\""), dry_run = true })).TryGetProperty("effects", out _));
        Assert.Equal("invalid_catalog", await desk.Code("apply_catalog", new { document = Draft("per_unit", "perunit"), dry_run = true }));
        Assert.Equal("version_conflict", await desk.Code("apply_catalog", new { document = Draft("per_unit", "perunit"), expected_version = 77 }));
    }

    // ann: 25 images, 10 of them in credits, and 3 calls; bob: 6 images in credits.
    private async Task Use()
    {
        await desk.Apply(Catalog);
        for (int i = 0; i < 5; i++)
        {
            await desk.Record("ann", "image", "a" + i, "5");
            store.Time.Advance(TimeSpan.FromHours(1));
        }
        await desk.Record("ann", "call", "c1");
        await desk.Record("ann", "call", "c2");
        await desk.Record("ann", "call", "c3");
        await desk.Record("bob", "image", "b1", "6");
    }

    private static JsonElement Draft(string old, string @new)
    {
        Assert.Contains(old, Catalog, StringComparison.Ordinal);
        return JsonElement.Parse(Catalog.Replace(old, @new, StringComparison.Ordinal));
    }

    private static string Minutes(int after) => Money.Instant.From(StoreUnderTest.Start.AddMinutes(after)).ToString();

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private static string Say(JsonElement amounts) => string.Join(", ", amounts.EnumerateArray().Select(a => $"{Text(a, "amount")} {Text(a, "asset")}"));

    private static string Effects(JsonElement amounts) => string.Join("; ", amounts.EnumerateArray().Select(a =>
        $"{Text(a, "asset")} {Text(a, "before")} → {Text(a, "after")}: {a.GetProperty("pay_more")} more, {a.GetProperty("pay_less")} less, {a.GetProperty("same")} same"));

    private sealed class Told(Action<OperationProgress> told) : IProgress<OperationProgress>
    {
        public void Report(OperationProgress value) => told(value);
    }
}
