using McpBilling.Costs;
using McpBilling.Money;
using static McpBilling.Tests.Costs.Readings;

namespace McpBilling.Tests.Costs;

/// <summary>What must hold of every row that comes with the program.</summary>
public class ShippedPricesTests
{
    private static readonly List<PriceRow> Rows = [.. PriceBook.Shipped.ShippedRows];

    [Fact]
    public void Every_main_provider_has_models_with_prices()
    {
        Assert.Equal(CostProviders.All.Order(), Rows.Select(r => r.Provider).Distinct().Order());
        Assert.True(Rows.Count > 1000, $"{Rows.Count} rows");
    }

    [Fact]
    public void Every_row_has_a_source_a_day_and_only_kinds_that_there_are() => Assert.All(Rows, r =>
    {
        Assert.True(r.Source.Length is > 0 and < 300 && r.Checked > new DateOnly(2026, 1, 1), r.Id);
        Assert.All(r.Rates.Concat(r.OverRates), rate => Assert.True(CostKinds.IsKind(rate.Key) && rate.Value is >= 0 and < 10_000 && rate.Value.Scale <= 12, $"{r.Id} {rate}"));
        Assert.True(r.OverRates.Keys.All(r.Rates.ContainsKey) && r.OverRates.Count == 0 == r.Threshold is null, r.Id);
        Assert.True(r.EffectiveFrom < r.EffectiveTo, r.Id);
    });

    [Fact]
    public void At_any_time_a_model_has_at_most_one_row_for_the_same_circumstances() =>
        Assert.All(Rows.Where(r => r.Status != PriceRowStatus.Cancelled).GroupBy(r => (r.Provider, r.Model, r.When)), group =>
        {
            var inTime = group.OrderBy(r => r.EffectiveFrom).ToList();
            Assert.All(inTime.Zip(inTime.Skip(1)), pair => Assert.True(pair.First.EffectiveTo <= pair.Second.EffectiveFrom, pair.Second.Id));
        });

    [Fact]
    public void A_conditional_row_lies_over_a_base_row_and_names_no_kind_that_is_free_there() => Assert.All(Rows.Where(r => !r.IsBase), r =>
        Assert.Contains(Rows, b => b.IsBase && b.Provider == r.Provider && b.Model == r.Model && r.Rates.Keys.All(k => b.Rates.ContainsKey(k)) && b.EffectiveFrom < r.EffectiveTo && r.EffectiveFrom < b.EffectiveTo));

    [Fact]
    public void No_circumstances_that_the_book_knows_leave_a_price_undecided()
    {
        // For each model at each time of change, the circumstances of every pair of its conditional rows together.
        var undecided =
            from model in Rows.GroupBy(r => (r.Provider, r.Model))
            from one in model.Where(r => r.When.Request.Length > 0)
            let context = new PriceContext
            {
                Batch = one.When.Request.Any(c => c.Key == PriceConditions.Batch),
                ServiceTier = Value(one, PriceConditions.ServiceTier),
                Speed = Value(one, PriceConditions.Speed),
                InferenceGeo = Value(one, PriceConditions.InferenceGeo),
                DataResidency = Value(one, PriceConditions.DataResidency),
                Deployment = Value(one, PriceConditions.Deployment),
            }
            let at = one.EffectiveFrom == Instant.Beginning ? At("2025-01-01T00:00:00Z") : one.EffectiveFrom
            let kind = one.Rates.Keys.Order().First()
            let cost = PriceBook.Shipped.Price(model.Key.Provider, model.Key.Model, at, Of($"{kind} 10", context))
            where cost.Status != CostStatus.Priced || cost.Lines[0].RowId != one.Id || cost.Lines[0].Assumed
            select $"{one.Id}: {Text(cost)} {cost.Reason}";
        Assert.Empty(undecided);

        static string? Value(PriceRow row, string name) => row.When.Request.FirstOrDefault(c => c.Key == name).Value;
    }

    [Theory]
    [InlineData("anthropic", "claude-sonnet-5", "2026-09-15T00:00:00Z", "input 1000000, output 100000", "3")]
    [InlineData("deepseek", "deepseek-v4-flash", "2026-08-18T02:00:00Z", "input 1000000", "0.44")]
    [InlineData("deepseek", "deepseek-v4-flash", "2026-08-22T02:00:00Z", "input 1000000", "0.44")]
    [InlineData("deepseek", "deepseek-v4-flash", "2026-08-29T02:00:00Z", "input 1000000", "0.22")]
    [InlineData("deepseek", "deepseek-v4-flash", "2026-08-28T05:00:00Z", "input 1000000", "0.22")]
    [InlineData("deepseek", "deepseek-v4-flash", "2026-08-28T06:00:00Z", "input 1000000", "0.44")]
    [InlineData("x-ai", "grok-4.3", "2026-09-01T00:00:00Z", "input 200000", "0.5")]
    [InlineData("google", "gemini-2.5-pro", "2026-09-01T00:00:00Z", "input 200000", "0.25")]
    [InlineData("openai", "gpt-5.4", "2026-09-01T00:00:00Z", "input 272000", "1.36")]
    [InlineData("openai", "whisper-1", "2026-09-01T00:00:00Z", "audio_second 90", "0.009")]
    public void Known_traps_of_price_lists(string provider, string model, string at, string uses, string amount)
    {
        var cost = PriceBook.Shipped.Price(provider, model, At(at), Of(uses));
        Assert.True(cost.Amount == decimal.Parse(amount), Text(cost));
    }

    [Fact]
    public void The_row_as_text_reads_back_as_the_same_row() => Assert.All(Rows.Where((_, i) => i % 7 == 0), row =>
    {
        var again = PriceRowView.Of(row).ToRow();
        Assert.Equal((row.Id, row.When, row.EffectiveFrom, row.EffectiveTo, row.Threshold, row.Status, row.Checked), (again.Id, again.When, again.EffectiveFrom, again.EffectiveTo, again.Threshold, again.Status, again.Checked));
        Assert.Equal(row.Rates.OrderBy(r => r.Key), again.Rates.OrderBy(r => r.Key));
        Assert.Equal(row.OverRates.OrderBy(r => r.Key), again.OverRates.OrderBy(r => r.Key));
    });
}
