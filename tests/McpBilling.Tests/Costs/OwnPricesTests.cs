using McpBilling.Costs;
using static McpBilling.Tests.Costs.Readings;

namespace McpBilling.Tests.Costs;

/// <summary>A builder's own rows over the shipped ones.</summary>
public class OwnPricesTests
{
    private static readonly PriceRow[] Listed = [Row("m", "input 2, output 10") with { Aliases = ["m-2026-01-01"] }, Row("m", "input 1, output 5", when: When(("batch", "true")))];

    private static string Cost(PriceRow[] own, string uses = "input 1000", PriceContext? context = null, string at = "2026-07-01T00:00:00Z", string model = "m", string? answered = null) =>
        Text(new PriceBook(Listed, []).With(own).Price("acme", model, At(at), Of(uses, context) with { Model = answered }));

    [Theory]
    [InlineData("2026-06-01T00:00:00Z", "2")]
    [InlineData("2026-07-01T00:00:00Z", "1.5")]
    public void An_own_row_counts_instead_of_the_shipped_one_from_its_day(string at, string rate) =>
        Assert.Contains($"input 1000×{rate}", Cost([Row("m", "input 1.5", "2026-07-01T00:00:00Z")], at: at));

    [Fact]
    public void An_own_row_of_the_model_counts_for_its_other_names() => Assert.Contains("input 1000×1.5", Cost([Row("m", "input 1.5")], model: "m-2026-01-01"));

    [Fact]
    public void An_own_row_of_a_snapshot_counts_for_that_name_alone()
    {
        PriceRow[] own = [Row("m-2026-01-01", "input 1.5")];
        Assert.Contains("input 1000×1.5", Cost(own, model: "m-2026-01-01"));
        Assert.Contains("input 1000×2", Cost(own));
    }

    [Fact]
    public void Of_two_own_rows_the_one_recorded_last_counts() =>
        Assert.Contains("input 1000×1.2", Cost([Row("m", "input 1.5", id: "own-1"), Row("m", "input 1.2", "2026-06-01T00:00:00Z", id: "own-2")]));

    [Fact]
    public void An_own_row_taken_back_lets_the_shipped_price_count_again() =>
        Assert.Contains("input 1000×2", Cost([Row("m", "input 1.5", id: "own-1"), Row("m", "", "2026-06-01T00:00:00Z", status: PriceRowStatus.Cancelled, id: "own-2")]));

    [Fact]
    public void The_shipped_batch_price_is_part_of_the_list_price_that_an_own_row_replaces() =>
        Assert.Equal("Priced 0.0015: input 1000×1.5 assumed", Cost([Row("m", "input 1.5")], context: Batch));

    [Fact]
    public void An_own_conditional_row_alone_lies_over_the_shipped_price()
    {
        PriceRow[] own = [Row("m", "input 0.9", when: When(("batch", "true")))];
        Assert.Equal("Priced 0.0109: input 1000×0.9, output 1000×10", Cost(own, "input 1000, output 1000", Batch));
        Assert.Contains("input 1000×2", Cost(own));
    }

    [Fact]
    public void A_deployment_with_an_own_price_goes_before_the_model_that_answered() =>
        Assert.Contains("input 1000×7", Cost([Row("our-deployment", "input 7")], model: "our-deployment", answered: "m"));

    [Fact]
    public void The_model_that_answered_goes_before_the_one_that_was_asked_for() => Assert.Contains("input 1000×2", Cost([], model: "some-router", answered: "m-2026-01-01"));

    [Fact]
    public void Own_models_that_share_a_name_do_not_spoil_the_book() =>
        Assert.Contains("input 1000×4", Cost([Row("a", "input 3") with { Aliases = ["b", "c"] }, Row("b", "input 4") with { Aliases = ["c"] }], model: "c"));
}
