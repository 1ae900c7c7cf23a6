using McpBilling.Insights.Margins;

namespace McpBilling.Tests.Insights.Margins;

public sealed class OtherModelTests
{
    private static readonly Dictionary<string, (decimal, decimal)> Rates = new() { ["input"] = (3m, 1_000_000m), ["output"] = (15m, 1_000_000m) };

    [Fact]
    public void Quantities_are_priced_hour_by_hour_at_the_other_models_rates()
    {
        // The price halves at the second hour; batches have half of either.
        var model = new OtherModel("acme/large", (hour, batch, _) => Rates.ToDictionary(r => r.Key, r => (r.Value.Item1 / (hour > 10 ? 2 : 1) / (batch ? 2 : 1), r.Value.Item2)));
        var cost = model.Cost(
        [
            new UsedQuantity(10, "input", false, 1_000_000, Dollars.Parse("1")),
            new UsedQuantity(10, "output", true, 2_000, Dollars.Parse("0.1")),
            new UsedQuantity(11, "input", false, 1, Dollars.Parse("0.000001")),
        ]);
        Assert.Equal("3.0150015", cost.Cost);
        Assert.Equal("1.100001", cost.Actual);
        Assert.Equal("1.9150005", cost.Difference);
        Assert.Empty(cost.WithoutPrice);
    }

    [Fact]
    public void A_kind_without_a_price_is_named_and_counts_on_neither_side()
    {
        var cost = new OtherModel("acme/large", (_, _, _) => Rates).Cost(
        [
            new UsedQuantity(1, "input", false, 1_000_000, Dollars.Parse("1")),
            new UsedQuantity(1, "cache_write_1h", false, 500, Dollars.Parse("0.01")),
            new UsedQuantity(2, "cache_write_1h", true, 250.5m, Dollars.Parse("0.005")),
        ]);
        Assert.Equal(("3", "1"), (cost.Cost, cost.Actual));
        var unknown = Assert.Single(cost.WithoutPrice);
        Assert.Equal(("cache_write_1h", "750.5", "0.015"), (unknown.Kind, unknown.Quantity, unknown.Actual));
    }
}
