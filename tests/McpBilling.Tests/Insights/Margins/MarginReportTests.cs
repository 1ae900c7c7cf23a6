using CsCheck;
using McpBilling.Insights.Margins;
using McpBilling.Operations;
using static McpBilling.Tests.Insights.Margins.Figures;

namespace McpBilling.Tests.Insights.Margins;

public sealed class MarginReportTests
{
    [Fact]
    public void Percentiles_are_by_nearest_rank()
    {
        var report = new MarginReport(Of([.. Enumerable.Range(1, 10).Select(i => Sum($"c{i:00}", "1", $"0.{i:00}"))]));
        Assert.Equal(["0.05", "0.08", "0.09", "0.1"], report.CostAt(50, 75, 90, 99).Select(d => d.ToString()));
        Assert.Equal(["0.94", "0.97", "0.98", "0.99"], report.MarginAt(50, 75, 90, 99).Select(d => d.ToString()));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(19, 1)]
    [InlineData(39, 1)]
    [InlineData(40, 2)]
    [InlineData(1_000, 50)]
    public void The_top_is_a_twentieth_of_the_customers_and_at_least_one(int customers, int top)
    {
        var report = new MarginReport(Of([.. Enumerable.Range(1, customers).Select(i => Sum($"c{i:0000}", "0", $"{i}"))]));
        Assert.Equal(Enumerable.Range(0, top).Select(i => $"c{customers - i:0000}"), report.TopByCost.Select(c => c.Sum.Key));
    }

    [Fact]
    public void Nobody_who_costs_nothing_is_at_the_top() => Assert.Empty(new MarginReport(Of(Sum("a", "5", "0"))).TopByCost);

    [Fact]
    public void Every_negative_margin_is_told_the_greatest_loss_first()
    {
        var report = new MarginReport(Of(Sum("a", "1", "0.5"), Sum("b", "1", "1"), Sum("c", "1", "1.000000000000000001"), Sum("d", "0", "3"), Sum("internal", "0", "9")));
        Assert.Equal(["d", "c"], report.Negative.Select(c => c.Sum.Key));
    }

    [Fact]
    public void Socialized_costs_are_borne_in_proportion_to_what_each_costs()
    {
        var report = new MarginReport(Of(Sum("a", "10", "1"), Sum("b", "10", "3"), Sum("c", "10", "0"), Sum("internal", "0", "50"), Sum(" socialized", "0", "2")));
        Assert.Equal(["a 1.5 0.5", "b 4.5 1.5", "c 0 0"], report.Customers.Select(c => $"{c.Sum.Key} {c.Sum.Cost} {c.Socialized}"));
        Assert.True(report.IsSpread);
    }

    [Fact]
    public void Without_a_cost_to_go_by_socialized_costs_stay_apart()
    {
        var report = new MarginReport(Of(Sum("a", "10", "0"), Sum(" socialized", "0", "2")));
        Assert.False(report.IsSpread);
        Assert.Equal(Dollars.Zero, report.Customers.Single().Sum.Cost);
    }

    [Fact]
    public void Parts_of_socialized_costs_sum_up_to_the_whole_to_the_last_unit() =>
        Gen.Select(Gen.Long[0, 1_000_000_000_000], Gen.Long[0, 5_000].Array[1, 40]).Sample((amount, costs) =>
        {
            var own = costs.Select((c, i) => Sum($"c{i:00}", "0", c == 0 ? "0" : $"0.{c:000000000}")).ToArray();
            var whole = Dollars.From(0, amount);
            var report = new MarginReport(Of([.. own, Sum(" socialized", "0", "0") with { Cost = whole }]));
            Assert.Equal(costs.Any(c => c > 0), report.IsSpread);
            Assert.Equal(report.IsSpread ? whole : Dollars.Zero, Dollars.Sum(report.Customers.Select(c => c.Socialized)));
            // Whoever costs more bears no less, but for the last unit.
            Assert.All(report.Customers, c => Assert.True(c.Socialized >= Dollars.Zero));
            var byCost = report.Customers.OrderBy(c => c.Sum.Cost - c.Socialized).ToList();
            Assert.All(byCost.Zip(byCost.Skip(1)), pair => Assert.True(pair.First.Socialized.Units <= pair.Second.Socialized.Units + 1));
        });

    [Fact]
    public async Task Rows_and_what_is_told_apart_add_up_to_the_total()
    {
        var figures = Of(Sum("a", "10", "1"), Sum("b", "10", "3"), Sum("internal", "0", "5"), Sum("unattributed", "0", "0.5"), Sum(" socialized", "0", "2"), Sum(" written_off", "0", "0.25"));
        var answer = await figures.Ask(new GetMarginsInput());
        var rows = Dollars.Sum(answer.Rows.Select(r => Dollars.Parse(r.Cost)));
        Assert.Equal(Dollars.Parse(answer.Totals.Cost), rows + Dollars.Parse(answer.WrittenOff.Cost));
        Assert.Equal(["internal", "b", "a", "unattributed"], answer.Rows.Select(r => r.Key));
        Assert.Equal("0.5 4.26", $"{answer.Unattributed.Cost} {answer.Unattributed.CostPercent}");
        Assert.Equal("2 17.02 1", $"{answer.Socialized.Cost} {answer.Socialized.CostPercent} {answer.Socialized.Events}");
    }

    [Fact]
    public async Task Not_known_is_told_and_is_not_zero()
    {
        var answer = await Of(Sum("a", "1", "0.5", events: 8, unpriced: 2, incomplete: 1)).Ask(new GetMarginsInput());
        Assert.Equal((2, "25", 1), (answer.Unpriced.Events, answer.Unpriced.EventsPercent, answer.Unpriced.Incomplete));
        Assert.Equal((2L, 1L), (answer.Rows[0].Unpriced, answer.Rows[0].Incomplete));
        Assert.Contains("lower bounds", Assert.Single(answer.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_on_nothing_says_so()
    {
        var answer = await new MarginFigures { Recorded = null, Total = MarginSum.Nothing(""), Customers = [], Rows = [] }.Ask(new GetMarginsInput());
        Assert.Null(answer.Period);
        Assert.Empty(answer.Rows);
        Assert.Null(answer.Unattributed.CostPercent);
        Assert.Null(answer.Totals.MarginPercent);
        Assert.Equal("0", answer.Distribution.Cost.P99);
    }

    [Theory]
    [InlineData(MarginSort.Cost, "b c a")]
    [InlineData(MarginSort.Revenue, "a b c")]
    [InlineData(MarginSort.Margin, "c b a")]
    [InlineData(MarginSort.Events, "c a b")]
    [InlineData(MarginSort.Key, "a b c")]
    public async Task Rows_come_in_the_order_asked_for_page_by_page(MarginSort sort, string order)
    {
        var figures = Of(Sum("a", "9", "1", events: 2), Sum("b", "8", "4", events: 1), Sum("c", "1", "3", events: 5));
        var keys = new List<string>();
        string? cursor = null;
        do
        {
            var page = await figures.Ask(new GetMarginsInput { Sort = sort, Cursor = cursor, Limit = 2 });
            Assert.Equal(3, page.TotalRows);
            keys.AddRange(page.Rows.Select(r => r.Key));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Assert.Equal(order, string.Join(' ', keys));
    }

    [Fact]
    public async Task Of_one_customer_totals_and_alerts_are_its_own_and_the_distribution_is_everybodys()
    {
        var answer = await Of(Sum("a", "1", "2"), Sum("b", "1", "9"), Sum("c", "5", "1")).Ask(new GetMarginsInput { CustomerId = "a" });
        Assert.Equal(("2", "-1", "-100"), (answer.Totals.Cost, answer.Totals.Margin, answer.Totals.MarginPercent));
        Assert.Equal("a", Assert.Single(answer.Rows).Key);
        Assert.Equal((0, 1), (answer.Alerts.TopCost.Count, answer.Alerts.NegativeMargin.Count));
        Assert.Equal("9", answer.Distribution.Cost.P99);
    }

    [Theory]
    [InlineData("not_supported_yet", "group_by", MarginGroup.Plan, null, null, null)]
    [InlineData("customer_not_found", "customer_id", MarginGroup.Customer, null, null, "nobody")]
    [InlineData("invalid_request", "from", MarginGroup.Customer, "yesterday", null, null)]
    [InlineData("invalid_request", "from", MarginGroup.Customer, "1999-01-01", null, null)]
    [InlineData("invalid_request", "to", MarginGroup.Customer, null, "2026-13-01", null)]
    [InlineData("invalid_request", "to", MarginGroup.Customer, "2026-11-02", "2026-11-02", null)]
    public async Task What_cannot_be_answered_is_refused_by_its_field(string code, string field, MarginGroup by, string? from, string? to, string? customer)
    {
        var refused = await Assert.ThrowsAsync<BillingException>(() => Of(Sum("a", "1", "1")).Ask(new GetMarginsInput { GroupBy = by, From = from, To = to, CustomerId = customer }));
        Assert.Equal((code, field), (refused.Code.Name, refused.Field));
    }
}
