using System.Text.Json;
using McpBilling.Integration;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;

namespace McpBilling.Storage.Tests.Insights;

/// <summary>A charge explained: the whole story in order, whichever end one begins at.</summary>
public sealed class ExplanationTests : IDisposable
{
    private readonly SqliteStore _store = new();

    private Desk Desk => field ??= new Desk(() => _store.Billing, _store.Caller(Mode.Test));

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task An_event_is_explained_from_the_meter_to_the_ledger_in_order()
    {
        await Stock();
        await Desk.Record("c", "tokens", "first", "8");
        await Desk.Record("c", "tokens", "second", "4");
        await Desk.Do("reverse_usage", new { event_id = "second", customer_id = "c", quantity = "1", reason = "was slow", idempotency_key = "r" });
        var story = await Explain(new { event_id = "second", customer_id = "c" });
        Assert.Equal(["event", "meter", "price", "grant", "grant", "entry", "entry", "reversal", "cost"], Kinds(story));
        var price = Step(story, "price");
        Assert.Equal(("tokens", "usd", "3.00", "8", "12"), (Text(price, "id"), Text(price, "asset"), Text(price, "amount"), Text(price, "quantity_before"), Text(price, "quantity_after")));
        Assert.Contains("from tier 1 (to 10): 1 usd each into tier 2 (everything beyond): 0.5 usd each", Text(price, "says"), StringComparison.Ordinal);
        Assert.Contains("version 1", Text(price, "says"), StringComparison.Ordinal);
        // The promotional grant had 1 left; the paid one gave the rest.
        var grants = story.GetProperty("steps").EnumerateArray().Where(s => Text(s, "kind") == "grant").Select(s => Text(s, "says")).ToList();
        Assert.Contains("1 usd was taken from free credit", grants[0], StringComparison.Ordinal);
        Assert.Contains("2 usd was taken from paid credit", grants[1], StringComparison.Ordinal);
        Assert.Contains("valid until 2026-04-10", grants[0], StringComparison.Ordinal);
        Assert.Contains("in part, 3 is left (was slow): 0.50 usd came back", Text(Step(story, "reversal"), "says"), StringComparison.Ordinal);
        Assert.Contains("not recorded", Text(Step(story, "cost"), "says"), StringComparison.Ordinal);
        Assert.Equal("18.00", Text(story.GetProperty("steps").EnumerateArray().Last(s => Text(s, "kind") == "entry"), "balance_after"));

        string text = Text(story, "text");
        Assert.Contains("4 of tokens", text, StringComparison.Ordinal);
        Assert.DoesNotContain("grant_", text, StringComparison.Ordinal);
        Assert.DoesNotContain("entry_", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hold_and_its_entries_tell_the_same_story_as_the_captured_event()
    {
        await Stock();
        var authorized = await Desk.Do("authorize_usage", new { customer_id = "c", @event = new { event_type = "tokens", quantity = "6" }, idempotency_key = "job" });
        string hold = authorized.GetProperty("hold_id").GetString()!;
        await Desk.Do("capture_hold", new { hold_id = hold, @event = new { id = "e", event_type = "tokens", quantity = "2" }, idempotency_key = "done" });
        var ofHold = await Explain(new { hold_id = hold });
        Assert.Contains("6.00 usd was set aside; it was captured: 2.00 usd was used, 4.00 usd was released", Text(Step(ofHold, "hold"), "says"), StringComparison.Ordinal);
        Assert.Equal("e", Text(Step(ofHold, "event"), "id"));
        Assert.Equal(hold, Text(Step(await Explain(new { event_id = "e", customer_id = "c" }), "hold"), "id"));
        // The key of the authorization leads there too.
        Assert.Equal(hold, Text(Step(await Explain(new { event_id = "job", customer_id = "c" }), "hold"), "id"));
        foreach (var entry in (await Desk.Do("list_entries", new { customer_id = "c", asset = "usd" })).GetProperty("entries").EnumerateArray().Where(e => Text(e, "kind") is "used" or "held" or "released"))
        {
            Assert.Equal(hold, Text(Step(await Explain(new { entry_id = Text(entry, "id") }), "hold"), "id"));
        }
    }

    [Fact]
    public async Task What_was_not_charged_is_explained_too()
    {
        await Stock();
        await Desk.Record("c", "unheard", "free");
        Assert.Contains("No price took this event", Text(await Explain(new { event_id = "free", customer_id = "c" }), "text"), StringComparison.Ordinal);

        await Desk.Do("authorize_usage", new { customer_id = "c", asset = "usd", amount = "1000", idempotency_key = "too-much" });
        var denied = await Explain(new { event_id = "too-much", customer_id = "c" });
        Assert.Equal(["authorization"], Kinds(denied));
        Assert.Contains("not allowed (insufficient balance), so nothing was charged. 29.00 usd was available. 971.00 usd was missing.", Text(denied, "text"), StringComparison.Ordinal);

        var signal = new AppSignal("record_usage_event", "invalid_event", "properties.mb", true, "c", "memory", "lost", "", "", "properties.mb is missing; the meter peak needs it.");
        ((BillingStore)_store.Billing).Signals.Note(signal, _store.Caller(Mode.Test));
        Assert.Contains("properties.mb is missing", Text(await Explain(new { event_id = "lost", customer_id = "c" }), "text"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_that_time_alone_made_is_explained()
    {
        await Stock();
        _store.Time.Advance(TimeSpan.FromDays(40));
        await _store.BringUp(_store.Caller(Mode.Test), 10);
        var expired = (await Desk.Do("list_entries", new { customer_id = "c", asset = "usd" })).GetProperty("entries").EnumerateArray().First(e => Text(e, "kind") == "expired");
        var story = await Explain(new { entry_id = Text(expired, "id") });
        Assert.Equal(["entry"], Kinds(story));
        Assert.Contains("9.00 usd of credit expired unused. The balance was then 20.00 usd.", Text(story, "text"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"event_id":"none","customer_id":"c"}""", "event_not_found")]
    [InlineData("""{"event_id":"e","customer_id":"nobody"}""", "customer_not_found")]
    [InlineData("""{"hold_id":"hold_00000000-0000-7000-8000-000000000000"}""", "hold_not_found")]
    [InlineData("""{"entry_id":"entry_00000000-0000-7000-8000-000000000000"}""", "entry_not_found")]
    [InlineData("""{"event_id":"e"}""", "invalid_request")]
    [InlineData("""{"event_id":"e","customer_id":"c","hold_id":"h"}""", "invalid_request")]
    [InlineData("{}", "invalid_request")]
    public async Task What_cannot_be_explained_is_refused_with_the_reason(string input, string code)
    {
        await Stock();
        Assert.Equal(code, await Desk.Code("explain_charge", JsonElement.Parse(input)));
    }

    [Fact]
    public async Task Another_workspace_is_told_nothing()
    {
        await Stock();
        await Desk.Record("c", "tokens", "e", "1");
        string entry = Text((await Desk.Do("list_entries", new { customer_id = "c" })).GetProperty("entries")[0], "id");
        var other = new Desk(() => _store.Billing, _store.AnotherWorkspace());
        Assert.Equal("customer_not_found", await other.Code("explain_charge", new { event_id = "e", customer_id = "c" }));
        Assert.Equal("entry_not_found", await other.Code("explain_charge", new { entry_id = entry }));
    }

    // 9 free dollars that expire first, then 20 paid ones.
    private async Task Stock()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("c", "9", key: "free", expires: "2026-04-10T00:00:00Z");
        await Desk.Do("grant_credit", new { customer_id = "c", asset = "usd", amount = "20", source = "paid", cost_basis = new { currency = "usd", amount = "20" }, idempotency_key = "paid" });
    }

    private Task<JsonElement> Explain(object input) => Desk.Do("explain_charge", input);

    private static List<string> Kinds(JsonElement story) => [.. story.GetProperty("steps").EnumerateArray().Select(s => Text(s, "kind"))];

    private static JsonElement Step(JsonElement story, string kind) => story.GetProperty("steps").EnumerateArray().First(s => Text(s, "kind") == kind);

    private static string Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.ToString() : "";
}
