using System.Text.Json;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>A builder's own prices: kept, counted at once in every process, never changed.</summary>
public abstract class PriceTests(StoreUnderTest store) : ComplianceTests(store)
{
    private const string Day = "2026-03-09T10:30:00Z";

    private Task<JsonElement> Set(string model, string input, string? from = null, string? when = null, bool? withdraw = null) =>
        Desk.Do("set_model_price", new { provider = "openai", model, rates = withdraw == true ? null : new { input, output = "10" }, effective_from = from, when, withdraw });

    private static async Task<string> Rate(Desk desk, string id, string model, object? context = null)
    {
        var answer = await desk.Do("record_llm_cost", new
        {
            id,
            customer_id = "anna",
            provider = "openai",
            api = "openai.chat",
            model,
            requested_at = Day,
            price_context = context,
            response = new { model, usage = new { prompt_tokens = 1000, completion_tokens = 0, total_tokens = 1000 } },
        });
        return answer.GetProperty("lines")[0].GetProperty("rate").GetString() ?? "null";
    }

    private async Task<List<string>> Rows(string model, bool all = false) =>
        [.. (await Desk.Do("list_model_prices", new { provider = "openai", model, at = Day, all })).GetProperty("prices").EnumerateArray().Select(p => $"{p.GetProperty("id")} {p.GetProperty("rates").GetProperty("input")}")];

    [Fact]
    public async Task An_own_price_counts_for_costs_that_are_told_after_it_and_outlives_the_process()
    {
        Assert.Equal("2.5", await Rate(Desk, "c1", "gpt-4o"));
        var set = await Set("gpt-4o", "2", "2026-01-01T00:00:00Z");
        Assert.Equal(("own-1", true), (set.GetProperty("price").GetProperty("id").GetString(), set.GetProperty("changed").GetBoolean()));
        Assert.Equal("2", await Rate(Desk, "c2", "gpt-4o"));
        Store.Reopen();
        Assert.Equal("2", await Rate(Desk, "c3", "gpt-4o"));
        Assert.Contains("own-1 2", await Rows("gpt-4o"));
        await MustVerify();
    }

    [Fact]
    public async Task Another_process_counts_with_it_at_once()
    {
        var billing = Store.OpenAnother();
        var another = new Desk(() => billing, Desk.Caller);
        Assert.Equal("2.5", await Rate(another, "c1", "gpt-4o"));
        await Set("gpt-4o", "2", "2026-01-01T00:00:00Z");
        Assert.Equal("2", await Rate(another, "c2", "gpt-4o"));
        Assert.Equal("own-2", (await another.Do("set_model_price", new { provider = "openai", model = "gpt-4o", rates = new { input = "1.5" }, effective_from = "2026-02-01T00:00:00Z" })).GetProperty("price").GetProperty("id").GetString());
        Assert.Equal("1.5", await Rate(Desk, "c3", "gpt-4o"));
    }

    [Fact]
    public async Task The_same_price_again_adds_no_row()
    {
        await Set("gpt-4o", "2", "2026-01-01T00:00:00Z");
        var again = await Set("gpt-4o", "2", "2026-01-01T00:00:00Z");
        Assert.Equal(("own-1", false), (again.GetProperty("price").GetProperty("id").GetString(), again.GetProperty("changed").GetBoolean()));
        Assert.Equal(1, Store.Number("SELECT COUNT(*) FROM own_price"));
    }

    [Fact]
    public async Task A_price_that_is_taken_back_stays_to_be_seen_and_the_shipped_one_counts()
    {
        await Set("gpt-4o", "2", "2026-01-01T00:00:00Z");
        await Set("gpt-4o", "", "2026-01-01T00:00:00Z", withdraw: true);
        Assert.Equal("2.5", await Rate(Desk, "c1", "gpt-4o"));
        Assert.Equal(2, Store.Number("SELECT COUNT(*) FROM own_price"));
        Assert.Equal("openai/gpt-4o 2.5", (await Rows("gpt-4o"))[0]);
    }

    [Fact]
    public async Task A_price_under_conditions_counts_only_then()
    {
        await Set("gpt-4o", "1", "2026-01-01T00:00:00Z", "batch");
        Assert.Equal(("2.5", "1"), (await Rate(Desk, "c1", "gpt-4o"), await Rate(Desk, "c2", "gpt-4o", new { batch = true })));
    }

    [Fact]
    public async Task A_cost_that_waits_is_priced_when_a_row_arrives()
    {
        Assert.Equal("null", await Rate(Desk, "c1", "gpt-of-ours"));
        await Set("gpt-of-ours", "4");
        var repriced = await Desk.Do("reprice_costs", new { dry_run = false, reason = "contract" });
        Assert.Equal((1, "0.004"), (repriced.GetProperty("events").GetInt32(), repriced.GetProperty("delta").GetString()));
        await MustVerify();
    }

    [Theory]
    [InlineData("""{"provider":"openai","model":"gpt-4o","rates":{"input":"2500"}}""", "rates.input")]
    [InlineData("""{"provider":"openai","model":"gpt-4o","rates":{"input":"-1"}}""", "rates.input")]
    [InlineData("""{"provider":"openai","model":"gpt-4o","rates":{"smell":"1"}}""", "rates.smell")]
    [InlineData("""{"provider":"openai","model":"gpt-new"}""", "rates")]
    [InlineData("""{"provider":"openai","model":"gpt-4o","rates":{"input":"2"},"when":"moon=full"}""", "when")]
    [InlineData("""{"provider":"openai","model":"gpt-4o","rates":{"input":"2"},"over_threshold":"200k"}""", "over_threshold")]
    [InlineData("""{"provider":"openai","model":"gpt-4o","rates":{"input":"2"},"over_rates":{"input":"4"}}""", "over_rates")]
    [InlineData("""{"provider":"openai","model":"gpt-4o","rates":{"input":"2"},"over_threshold":">200000"}""", "over_threshold")]
    [InlineData("""{"provider":"openai","model":"gpt-4o","rates":{"input":"2"},"effective_from":"2026-02-01T00:00:00Z","effective_to":"2026-01-01T00:00:00Z"}""", "effective_to")]
    [InlineData("""{"provider":"openai","model":"gpt-4o","withdraw":true}""", "withdraw")]
    public async Task A_price_that_cannot_be_is_named_and_changes_nothing(string input, string field)
    {
        string before = Store.Fingerprint();
        var refused = await Assert.ThrowsAsync<Operations.BillingException>(() => Desk.Do("set_model_price", JsonElement.Parse(input)));
        Assert.Equal((Operations.ErrorCode.InvalidRequest, field), (refused.Code, refused.Field));
        Assert.Equal(before, Store.Fingerprint());
    }

    [Fact]
    public async Task An_import_shows_first_what_it_then_does()
    {
        var document = JsonElement.Parse("""{"gpt-4o":{"litellm_provider":"openai","mode":"chat","input_cost_per_token":2e-06,"output_cost_per_token":1e-05},"gpt-77":{"litellm_provider":"openai","mode":"chat","input_cost_per_token":3,"output_cost_per_token":3}}""");
        string before = Store.Fingerprint();
        var preview = await Desk.Do("import_price_book", new { document });
        Assert.Equal(before, Store.Fingerprint());
        var done = await Desk.Do("import_price_book", new { document, dry_run = false, effective_from = "2026-01-01T00:00:00Z" });
        foreach (var answer in (JsonElement[])[preview, done])
        {
            Assert.Equal((1, 1, "changed", "refused"), (answer.GetProperty("changed").GetInt32(), answer.GetProperty("refused").GetInt32(),
                answer.GetProperty("changes")[0].GetProperty("action").GetString(), answer.GetProperty("changes")[1].GetProperty("action").GetString()));
        }
        Assert.Equal("own-1", done.GetProperty("changes")[0].GetProperty("id").GetString());
        Assert.Equal("2", await Rate(Desk, "c1", "gpt-4o"));
        Assert.Equal("invalid_request", await Desk.Code("import_price_book", new { document = new { } }));
    }

    [Fact]
    public async Task Prices_are_listed_lean_and_by_pages()
    {
        var first = await Desk.Do("list_model_prices", new { provider = "bedrock", limit = 5 });
        Assert.Equal(5, first.GetProperty("prices").GetArrayLength());
        var next = await Desk.Do("list_model_prices", new { provider = "bedrock", limit = 5, cursor = first.GetProperty("next_cursor").GetString() });
        Assert.DoesNotContain(next.GetProperty("prices")[0].GetProperty("id").GetString(), first.GetProperty("prices").EnumerateArray().Select(p => p.GetProperty("id").GetString()));
        Assert.All(await Rows("gpt-5.4"), r => Assert.StartsWith("openai/gpt-5.4", r, StringComparison.Ordinal));
        Assert.True((await Rows("gpt-5.6", all: true)).Count > (await Rows("gpt-5.6")).Count);
        Assert.Empty(await Rows("no-such-model"));
    }
}
