using System.Collections.Immutable;
using CsCheck;
using McpBilling.Costs;
using McpBilling.Money;
using static McpBilling.Tests.Costs.Readings;

namespace McpBilling.Tests.Costs;

public class PriceBookTests
{
    private const string Noon = "2026-07-01T12:00:00Z";

    private static string Cost(IEnumerable<PriceRow> rows, UsageReading reading, string at = Noon, string model = "m") => Text(new PriceBook(rows, []).Price("acme", model, At(at), reading));

    [Theory]
    [InlineData("2026-06-30T23:59:59.999999Z", "1")]
    [InlineData("2026-07-01T00:00:00Z", "2")]
    [InlineData("2026-07-31T23:59:59Z", "2")]
    public void A_row_counts_from_its_first_instant_and_not_at_its_last(string at, string rate) =>
        Assert.Contains($"input 10×{rate}", Cost([Row("m", "input 1", to: "2026-07-01T00:00:00Z"), Row("m", "input 2", "2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z")], Of("input 10"), at));

    [Fact]
    public void Without_a_row_at_that_time_nothing_is_priced_and_the_reason_says_so()
    {
        var cost = new PriceBook([Row("m", "input 1", "2026-08-01T00:00:00Z")], []).Price("acme", "m", At(Noon), Of("input 10"));
        Assert.Equal((CostStatus.Unpriced, null, "the price book has no price of m at 2026-07-01T12:00:00Z"), (cost.Status, cost.Amount, cost.Reason));
    }

    [Fact]
    public void Two_base_rows_at_one_time_are_no_price()
    {
        var cost = new PriceBook([Row("m", "input 1"), Row("m", "input 2", "2026-01-01T00:00:00Z")], []).Price("acme", "m", At(Noon), Of("input 10"));
        Assert.Equal((CostStatus.Unpriced, (decimal?)null), (cost.Status, cost.Lines[0].Rate));
        Assert.StartsWith("two rows are the price of m", cost.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_model_keeps_its_quantities_and_costs_null_not_zero()
    {
        var cost = new PriceBook([], []).Price("acme", "m", At(Noon), Of("input 10, output 5"));
        Assert.Equal("Unpriced unknown: input 10×?, output 5×?", Text(cost));
        Assert.All(cost.Lines, l => Assert.True(l is { Amount: null, RowId: null }));
    }

    [Fact]
    public void No_use_at_all_costs_zero_whatever_the_model() => Assert.Equal("Priced 0: ", Cost([], Of("")));

    [Fact]
    public void A_response_without_usage_has_no_cost_and_no_lines()
    {
        var cost = new PriceBook([], []).Price("acme", "m", At(Noon), Of("") with { State = ReadingState.NoUsage, Reason = "no usage" });
        Assert.Equal((CostStatus.NoUsage, null, "no usage", 0), (cost.Status, cost.Amount, cost.Reason, cost.Lines.Length));
    }

    [Theory]
    [InlineData("input 10", "Incomplete 0.00001: input 10×1")]
    [InlineData("web_search 1", "Unpriced unknown: web_search 1×?")]
    public void A_stream_that_broke_off_is_a_lower_bound_if_its_prices_are_known(string uses, string expected) =>
        Assert.Equal(expected, Cost([Row("m", "input 1")], Of(uses) with { State = ReadingState.Partial, Reason = "broke off" }));

    [Fact]
    public void A_conditional_row_changes_only_the_kinds_it_names() =>
        Assert.Equal("Priced 0.0165: input 1000×1, output 1000×5, web_search 1×10.5",
            Cost([Row("m", "input 2, output 10, web_search 10.5"), Row("m", "input 1, output 5", when: When(("batch", "true")))], Of("input 1000, output 1000, web_search 1", Batch)));

    [Fact]
    public void The_more_special_of_two_conditional_rows_counts_in_any_order()
    {
        PriceRow[] rows =
        [
            Row("m", "input 8"), Row("m", "input 4", when: When(("batch", "true"))), Row("m", "input 9", when: When(("data_residency", "eu"))), Row("m", "input 4.5", when: When(("batch", "true"), ("data_residency", "eu"))),
        ];
        var reading = Of("input 1000000", new PriceContext { Batch = true, DataResidency = "EU" });
        Gen.Shuffle(rows).Sample(r => Assert.Equal("Priced 4.5: input 1000000×4.5", Cost(r, reading)), iter: 30);
    }

    [Fact]
    public void Two_equally_special_rows_that_differ_are_no_price_of_that_kind()
    {
        PriceRow[] rows = [Row("m", "input 8, output 1"), Row("m", "input 4", when: When(("batch", "true"))), Row("m", "input 9", when: When(("speed", "fast")))];
        Assert.Equal("Unpriced unknown: input 5×?, output 1000×1", Cost(rows, Of("input 5, output 1000", new PriceContext { Batch = true, Speed = "fast" })));
    }

    [Fact]
    public void A_circumstance_without_a_price_is_priced_as_usual_and_said_to_be_assumed()
    {
        var cost = new PriceBook([Row("m", "input 2, web_search 10")], []).Price("acme", "m", At(Noon), Of("input 1000, web_search 1", new PriceContext { ServiceTier = "flex" }));
        Assert.Equal("Priced 0.012: input 1000×2 assumed, web_search 1×10", Text(cost));
        Assert.Equal("no price of m for service_tier flex is known; its standard rate was used", cost.Reason);
    }

    [Theory]
    [InlineData("default", "priority", "2")]
    [InlineData(null, "priority", "4")]
    [InlineData("priority", null, "4")]
    [InlineData("on_demand", null, "2")]
    [InlineData("Batch", null, "1")]
    public void The_served_tier_is_billed_and_the_requested_one_only_where_that_is_unknown(string? served, string? requested, string rate) =>
        Assert.Contains($"input 10×{rate}", Cost(
            [Row("m", "input 2"), Row("m", "input 4", when: When(("service_tier", "priority"))), Row("m", "input 1", when: When(("batch", "true")))],
            Of("input 10", new PriceContext { ServiceTier = served, RequestedServiceTier = requested })));

    [Theory]
    [InlineData("gt", 199_999, "3")]
    [InlineData("gt", 200_000, "3")]
    [InlineData("gt", 200_001, "6")]
    [InlineData("gte", 199_999, "3")]
    [InlineData("gte", 200_000, "6")]
    public void A_long_request_pays_the_long_rate_for_all_of_it(string op, int tokens, string rate)
    {
        var row = Row("m", "input 3, cache_read 1, output 5") with { Threshold = new(200_000, op == "gte"), OverRates = Rates("input 6") };
        Assert.Contains($"input {tokens - 50_000}×{rate}, cache_read 50000×1, output 10×5", Cost([row], Of($"input {tokens - 50_000}, cache_read 50000, output 10")));
    }

    [Fact]
    public void A_tier_whose_long_rate_is_not_known_leaves_a_long_request_unpriced()
    {
        PriceRow[] rows = [Row("m", "input 3") with { Threshold = new(100, false), OverRates = Rates("input 6") }, Row("m", "input 1.5", when: When(("batch", "true")))];
        Assert.Equal("Priced 0.00015: input 100×1.5", Cost(rows, Of("input 100", Batch)));
        Assert.Equal("Unpriced unknown: input 101×?", Cost(rows, Of("input 101", Batch)));
    }

    [Fact]
    public void Each_iteration_is_measured_against_the_threshold_by_itself()
    {
        var row = Row("m", "input 3") with { Threshold = new(100, false), OverRates = Rates("input 6") };
        var reading = Of("") with { Uses = [new("input", 90) { Part = 0 }, new("input", 101) { Part = 1 }] };
        Assert.Equal("Priced 0.000876: input 90×3, input 101×6", Cost([row], reading));
    }

    [Theory]
    [InlineData("2026-11-24T00:59:59Z", "1")]
    [InlineData("2026-11-24T01:00:00Z", "2")]
    [InlineData("2026-11-24T03:59:59.999Z", "2")]
    [InlineData("2026-11-24T04:00:00Z", "1")]
    [InlineData("2026-11-22T02:00:00Z", "1")]
    public void Peak_hours_count_on_their_days_only(string at, string rate)
    {
        var peak = new PriceConditions([], [new(new(1, 0), new(4, 0))], [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday]);
        Assert.Contains($"input 5×{rate}", Cost([Row("m", "input 1"), Row("m", "input 2", when: peak)], Of("input 5"), at));
    }

    [Theory]
    [InlineData("cache_write_5m", "cache_write", "Priced", "")]
    [InlineData("cache_write", "cache_write_5m", "Priced", " assumed")]
    [InlineData("cache_write_1h", "cache_write", "Unpriced", "")]
    [InlineData("cache_write_1h", "cache_write_5m", "Unpriced", "")]
    [InlineData("cache_read", "input", "Priced", " assumed")]
    [InlineData("input_image", "input", "Priced", "")]
    [InlineData("cache_read_image", "cache_read", "Priced", "")]
    [InlineData("input_audio", "input", "Priced", " assumed")]
    [InlineData("output_audio", "output", "Priced", " assumed")]
    [InlineData("output", "input", "Unpriced", "")]
    [InlineData("web_search", "search_query", "Unpriced", "")]
    [InlineData("audio_second", "input_audio", "Unpriced", "")]
    public void A_kind_without_a_rate_has_a_stand_in_only_where_that_is_how_it_is_billed(string kind, string only, string status, string assumed) =>
        Assert.StartsWith($"{status} {(status == "Priced" ? "0.000004: " : "unknown: ")}{kind} 1×{(status == "Priced" ? "4" : "?")}{assumed}", Cost([Row("m", $"{only} 4")], Of($"{kind} 1")), StringComparison.Ordinal);

    [Fact]
    public void A_cancelled_rise_never_counts() =>
        Assert.Contains("input 5×1", Cost([Row("m", "input 1"), Row("m", "input 2", "2026-06-01T00:00:00Z", status: PriceRowStatus.Cancelled)], Of("input 5")));

    [Fact]
    public void An_announced_price_counts_from_its_day() =>
        Assert.Contains("input 5×2", Cost([Row("m", "input 1", to: "2026-06-01T00:00:00Z"), Row("m", "input 2", "2026-06-01T00:00:00Z", status: PriceRowStatus.Announced)], Of("input 5")));

    [Fact]
    public void Lines_come_in_one_order_whatever_the_reading_s()
    {
        MeteredUse[] uses = [new("input", 1), new("cache_read", 2), new("output", 3), new("web_search", 1), new("input", 4) { Iteration = "advisor_message", Part = 1, Model = "m2" }];
        var book = new PriceBook([Row("m", "input 1, cache_read 1, output 1, web_search 1"), Row("m2", "input 2")], []);
        string expected = Text(book.Price("acme", "m", At(Noon), Of("") with { Uses = [.. uses] }));
        Gen.Shuffle(uses).Sample(u => Assert.Equal(expected, Text(book.Price("acme", "m", At(Noon), Of("") with { Uses = [.. u] }))), iter: 50);
        Assert.Contains("input 4×2", expected);
    }

    [Theory]
    [InlineData("1", "0.000000000001", "1000000", "0.000000000000000001")]
    [InlineData("1", "0.36", "3600", "0.0001")]
    [InlineData("1", "1", "3600", "0.000277777777777778")]
    [InlineData("0.5", "2.5", "1000000", "0.00000125")]
    [InlineData("999999999999", "0.123456789012", "1000000", "123456.789011876543210988")]
    public void An_amount_is_exact_or_rounded_at_eighteen_decimals(string quantity, string rate, string per, string amount) =>
        Assert.Equal(decimal.Parse(amount), PriceBook.AmountOf(decimal.Parse(quantity), decimal.Parse(rate), decimal.Parse(per)));

    [Fact]
    public void The_quick_way_to_an_amount_is_the_exact_one() =>
        Gen.Select(Gen.Long[0, 1_000_000_000], Gen.Long[0, 999_999_999_999_999]).Sample((quantity, units) =>
        {
            decimal rate = units / 1_000_000_000_000m;
            Assert.Equal((Exact.From(quantity) * Exact.From(rate) / Exact.From(1_000_000)).ToDecimal(18), PriceBook.AmountOf(quantity, rate, 1_000_000));
        });
}
