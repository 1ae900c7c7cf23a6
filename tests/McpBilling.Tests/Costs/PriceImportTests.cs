using System.Text.Json;
using McpBilling.Costs;
using McpBilling.Costs.PriceImports;
using static McpBilling.Tests.Costs.Readings;

namespace McpBilling.Tests.Costs;

public class PriceImportTests
{
    private const string Now = "2026-11-24T12:00:00Z";
    private static readonly DateOnly Today = new(2026, 11, 24);

    private static List<PriceChange> Compare(string document, PriceBook? book = null, string at = Now) =>
        PriceImport.Compare(PriceImport.Read(JsonElement.Parse(document), null, "a list", Today)!.Value.Read, book ?? PriceBook.Shipped, At(at));

    private static string Text(PriceChange c) => $"{c.Action} {c.Provider}/{c.Model}{(c.When is null ? "" : $" ({c.When})")}: {c.Details}";

    private static string Litellm(string name, string fields) =>
        """{"sample_spec":{"input_cost_per_token":0},"NAME":{"litellm_provider":"openai","mode":"chat",FIELDS}}""".Replace("NAME", name, StringComparison.Ordinal).Replace("FIELDS", fields, StringComparison.Ordinal);

    private static string Genai(string id, string prices, string provider = "openai", string? match = null) =>
        """[{"id":"PROVIDER","models":[{"id":"MODEL","match":MATCH,"prices":PRICES}]}]""".Replace("PROVIDER", provider, StringComparison.Ordinal).Replace("MATCH", match ?? """{"equals":"MODEL"}""", StringComparison.Ordinal)
            .Replace("MODEL", id, StringComparison.Ordinal).Replace("PRICES", prices, StringComparison.Ordinal);

    [Theory]
    [InlineData("litellm", """{"m":{"litellm_provider":"openai","input_cost_per_token":1e-06}}""")]
    [InlineData("genai-prices", """[{"id":"openai","models":[{"id":"m","match":{"equals":"m"},"prices":{"input_mtok":1}}]}]""")]
    [InlineData("pricebook", """{"rows":[{"provider":"openai","model":"m","rates":{"input":"1"}}]}""")]
    public void A_list_is_known_by_its_looks(string format, string document)
    {
        var (found, read) = PriceImport.Read(JsonElement.Parse(document), null, null, Today)!.Value;
        Assert.Equal((format, 1m), (found, read.Rows.Single().Rates["input"]));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("3")]
    [InlineData("""{"a":{"b":1}}""")]
    [InlineData("""[{"id":"openai"}]""")]
    public void What_looks_like_no_list_is_none(string document) => Assert.Null(PriceImport.Read(JsonElement.Parse(document), null, null, Today));

    [Fact]
    public void The_same_price_is_unchanged() =>
        Assert.Equal(["Skipped ?/sample_spec: is no model", "Unchanged openai/gpt-4o: "], Compare(Litellm("gpt-4o", """ "input_cost_per_token":2.5e-06,"output_cost_per_token":1e-05 """)).Select(Text));

    [Fact]
    public void Another_price_is_a_new_row_from_now_on_that_keeps_what_the_list_does_not_say()
    {
        var change = Compare(Litellm("gpt-4o", """ "input_cost_per_token":2e-06,"output_cost_per_token":1e-05 """))[1];
        Assert.Equal("Changed openai/gpt-4o: input 2.5 → 2", Text(change));
        var row = change.Row!;
        Assert.Equal((At(Now), 1.25m, 10m), (row.EffectiveFrom, row.Rates["cache_read"], row.Rates["web_search"]));
    }

    [Fact]
    public void A_snapshots_name_finds_the_model_it_is_priced_as() =>
        Assert.Equal("Unchanged openai/gpt-4o-2024-08-06: ", Text(Compare(Litellm("gpt-4o-2024-08-06", """ "input_cost_per_token":2.5e-06,"output_cost_per_token":1e-05 """))[1]));

    [Fact]
    public void An_unknown_model_is_added_with_its_tiers_places_and_long_context()
    {
        var changes = Compare(Litellm("gpt-77", """
            "input_cost_per_token":2e-06,"output_cost_per_token":1e-05,"cache_read_input_token_cost":2e-07,"input_cost_per_token_above_200k_tokens":4e-06,
            "input_cost_per_token_batches":1e-06,"output_cost_per_token_batches":5e-06,"input_cost_per_token_priority":4e-06,"regional_processing_uplift_multiplier_eu":1.1
            """));
        Assert.Equal(
            [
                "Added openai/gpt-77: input 2, cache_read 0.2, output 10", "Added openai/gpt-77 (batch): input 1, output 5",
                "Added openai/gpt-77 (data_residency=eu): input 2.2, cache_read 0.22, output 11", "Added openai/gpt-77 (batch,data_residency=eu): input 1.1, output 5.5",
            ],
            changes.Skip(1).Select(Text));
        Assert.Equal((">200000", 4m), (changes[1].Row!.Threshold!.ToString(), changes[1].Row!.OverRates["input"]));
        Assert.Equal(4.4m, changes[3].Row!.OverRates["input"]);
    }

    [Fact]
    public void A_new_standard_price_brings_the_lists_batch_price_with_it()
    {
        var changes = Compare(Litellm("gpt-4o", """ "input_cost_per_token":2e-06,"output_cost_per_token":8e-06,"input_cost_per_token_batches":1.25e-06,"output_cost_per_token_batches":5e-06 """));
        Assert.Equal(["Changed openai/gpt-4o: input 2.5 → 2, output 10 → 8", "Added openai/gpt-4o (batch): goes with the new standard price"], changes.Skip(1).Select(Text));
        var book = PriceBook.Shipped.With(changes.Select(c => c.Row).OfType<PriceRow>().Select((r, i) => r with { Id = $"own-{i}" }));
        Assert.Equal(1.25m, book.Price("openai", "gpt-4o", At(Now), Of("input 1", Batch)).Lines[0].Rate);
    }

    [Fact]
    public void Dated_prices_of_a_list_come_with_their_dates()
    {
        var changes = Compare(Genai("gpt-77", """[{"prices":{"input_mtok":1,"output_mtok":2}},{"constraint":{"start_date":"2026-12-01","type":"start_date"},"prices":{"input_mtok":3,"output_mtok":6}}]"""));
        var book = PriceBook.Shipped.With(changes.Select((c, i) => c.Row! with { Id = $"own-{i}" }));
        Assert.Equal((1m, 3m), (book.Price("openai", "gpt-77", At("2020-01-01T00:00:00Z"), Of("input 1")).Lines[0].Rate, book.Price("openai", "gpt-77", At("2026-12-01T00:00:00Z"), Of("input 1")).Lines[0].Rate));
    }

    [Fact]
    public void Hours_that_follow_a_date_begin_with_it()
    {
        var changes = Compare(Genai("deep-77", """
            [{"prices":{"input_mtok":1}},{"constraint":{"start_date":"2026-08-17","type":"start_date"},"prices":{"input_mtok":2}},
             {"constraint":{"type":"time_of_date","start_time":"01:00:00Z","end_time":"04:00:00Z"},"prices":{"input_mtok":4}}]
            """, "deepseek"));
        var book = PriceBook.Shipped.With(changes.Select((c, i) => c.Row! with { Id = $"own-{i}" }));
        decimal? At2(string day) => book.Price("deepseek", "deep-77", At($"{day}T02:00:00Z"), Of("input 1")).Lines[0].Rate;
        Assert.Equal((1m, 4m), (At2("2026-08-10"), At2("2026-08-18")));
    }

    [Fact]
    public void A_tier_that_starts_one_below_a_round_number_counts_from_the_round_one_on()
    {
        var rows = Compare(Genai("gpt-77", """{"input_mtok":{"base":1,"tiers":[{"start":271999,"price":2}]}}""")).Concat(Compare(Genai("gpt-78", """{"input_mtok":{"base":1,"tiers":[{"start":200000,"price":2}]}}"""))).Select(c => c.Row!.Threshold!.ToString());
        Assert.Equal([">=272000", ">200000"], rows);
    }

    [Fact]
    public void Other_names_that_a_list_says_outright_find_the_model() =>
        Assert.Equal("Unchanged openai/gpt-4o: ", Text(Compare(Genai("our-4o", """{"input_mtok":2.5,"output_mtok":10}""", match: """{"or":[{"equals":"gpt-4o"},{"starts_with":"gpt-4o-"}]}"""))[0]));

    [Theory]
    [InlineData(""" "input_cost_per_token":2.5e-03,"output_cost_per_token":1e-05 """, "input is 2500, 1000 times or more off the 2.5 of the row before")]
    [InlineData(""" "input_cost_per_token":2.5e-09,"output_cost_per_token":1e-05 """, "input is 0.0025, 1000 times or more off the 2.5 of the row before")]
    [InlineData(""" "input_cost_per_token":-1e-06,"output_cost_per_token":1e-05 """, "input is -1: a rate is not negative")]
    [InlineData(""" "input_cost_per_token":2.5,"output_cost_per_token":10 """, "from 0.0001 to 10000")]
    [InlineData(""" "input_cost_per_token":2.5e-06,"output_cost_per_token":0 """, "output is 0 while input is not")]
    [InlineData(""" "input_cost_per_token":0,"output_cost_per_token":1e-05 """, "input is 0 while output is not")]
    [InlineData(""" "input_cost_per_token":"free","output_cost_per_token":1e-05 """, "input_cost_per_token is not a number")]
    public void A_rate_that_cannot_be_meant_is_refused_by_name(string fields, string reason)
    {
        var change = Compare(Litellm("gpt-4o", fields)).Single(c => c.Action == PriceAction.Refused);
        Assert.Null(change.Row);
        Assert.Contains(reason, change.Details);
    }

    [Fact]
    public void A_rate_off_its_own_neighbours_is_refused_also_of_an_unknown_model() =>
        Assert.Contains("input is 3000, 1000 times or more off cache_read with 0.3", Compare(Litellm("gpt-77", """ "input_cost_per_token":3e-03,"cache_read_input_token_cost":3e-07,"output_cost_per_token":3e-06 """)).Single(c => c.Action == PriceAction.Refused).Details);

    [Fact]
    public void Where_the_standard_price_is_refused_nothing_lies_over_it() =>
        Assert.Contains(Compare(Litellm("gpt-77", """ "input_cost_per_token":3,"output_cost_per_token":3,"input_cost_per_token_flex":1e-06,"output_cost_per_token_flex":1e-06 """)), c => c is { Action: PriceAction.Skipped, When: "service_tier=flex" });

    [Fact]
    public void A_free_model_is_skipped_with_the_reason() =>
        Assert.Contains("prices of 0 only", Compare(Litellm("gpt-77", """ "input_cost_per_token":0,"output_cost_per_token":0 """))[1].Details);

    [Fact]
    public void A_multiplier_becomes_stored_rates_for_each_time()
    {
        var changes = Compare("""
            {"rows":[{"provider":"acme","model":"m","effective_to":"2027-01-01T00:00:00Z","rates":{"input":"5","web_search":"10"}},{"provider":"acme","model":"m","effective_from":"2027-01-01T00:00:00Z","rates":{"input":"4"}},
                     {"provider":"acme","model":"m","when":{"data_residency":"eu"},"multiplier":{"factor":"1.1","kinds":["input"]}}]}
            """);
        Assert.Equal(["Added acme/m: input 5, web_search 10", "Added acme/m: input 4", "Added acme/m (data_residency=eu): input 5.5", "Added acme/m (data_residency=eu): input 4.4"], changes.Select(Text));
    }

    [Theory]
    [InlineData("""{"rows":[{"provider":"acme","model":"m","rates":{"input":"1"},"when":{"weekdays":["someday"]}}]}""", "weekdays has someday")]
    [InlineData("""{"rows":[{"provider":"acme","model":"m","rates":{"input":true}}]}""", "cannot be read")]
    [InlineData("""{"rows":[{"provider":"acme","model":"m","when":{"batch":true},"multiplier":{"factor":"2","kinds":["input"]}}]}""", "finds no row before it")]
    [InlineData("""{"rows":[3]}""", "cannot be read")]
    [InlineData("""{"rows":[{"provider":"acme","model":"m","rates":{"smell":"1"}}]}""", "smell is no kind")]
    public void A_row_that_cannot_be_read_is_refused_and_the_others_are_taken(string document, string reason) =>
        Assert.Contains(reason, Compare(document).Single(c => c.Action == PriceAction.Refused).Details);

    [Fact]
    public void The_shared_lists_are_read_whole_and_mostly_agree_with_the_shipped_book()
    {
        var genai = Compare(File.ReadAllText(Needs.Shared("data/prices/genai-prices/data.npm-0.1.8.json"))).Where(c => CostProviders.All.Contains(c.Provider)).ToList();
        Assert.True(genai.Count(c => c.Action == PriceAction.Unchanged) > 350 && genai.Count(c => c.Action == PriceAction.Changed) < 15, string.Join("\n", genai.Where(c => c.Action is PriceAction.Changed or PriceAction.Refused).Select(Text)));
        var litellm = Compare(File.ReadAllText(Needs.Shared("data/prices/litellm/model_prices_and_context_window.2026-08-01.json")), at: "2026-08-01T00:00:00Z").Where(c => CostProviders.All.Contains(c.Provider)).ToList();
        Assert.True(litellm.Count(c => c.Action == PriceAction.Unchanged) > 600, string.Join("\n", litellm.GroupBy(c => c.Action).Select(g => $"{g.Key} {g.Count()}")));
        // The list's own slip: 50 times the standard price for a priority tier with no output price beside it.
        Assert.DoesNotContain(litellm, c => c is { Model: "gpt-5-nano", When: "service_tier=priority" });
    }
}
