using System.Collections.Frozen;
using McpBilling.Costs;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;

namespace McpBilling.Tests.Usage;

/// <summary>How much an authorization holds, by the price's hold policy and what the caller tells.</summary>
public sealed class HoldQuoteTests
{
    // Three dollars per million tokens in, fifteen out.
    private static readonly PriceBook Book = PriceBook.Shipped.With([new PriceRow
    {
        Id = "own-1",
        Provider = "acme",
        Model = "known",
        Rates = new Dictionary<string, decimal> { [CostKinds.Input] = 3, [CostKinds.Output] = 15 }.ToFrozenDictionary(),
        Source = "the test",
        Checked = new DateOnly(2026, 11, 1),
    }]);

    private const string Flat = ""","hold_policy":{"kind":"flat","amount":"0.5"}""";
    private const string Max = ""","hold_policy":{"kind":"max"}""";
    private const string MaxGiven = ""","hold_policy":{"kind":"max","amount":"2"}""";
    private const string Learned = ""","hold_policy":{"kind":"learned","amount":"0.5"}""";
    private const string LearnedBare = ""","hold_policy":{"kind":"learned"}""";

    // 1,000 in and 2,000 out cost 0.033; 4,000 out at most 0.063. Markup 100 %.
    [Theory]
    [InlineData("", "known 1000 - 4000", "0.126", UsedHoldPolicy.Estimate)]
    [InlineData("", "known 1000 2000 4000", "0.066", UsedHoldPolicy.Estimate)]
    [InlineData("", "known 1000 2000 -", "0.066", UsedHoldPolicy.Estimate)]
    [InlineData("", "known - - 0", "", UsedHoldPolicy.Estimate)]
    [InlineData("", "0.25", "0.50", UsedHoldPolicy.Estimate)]
    [InlineData(Max, "known 1000 2000 4000", "0.126", UsedHoldPolicy.Max)]
    [InlineData(Max, "known 1000 2000 -", "0.066", UsedHoldPolicy.Max)]
    [InlineData(Max, "0.25", "0.50", UsedHoldPolicy.Max)]
    [InlineData(MaxGiven, "known 1000 2000 4000", "0.126", UsedHoldPolicy.Max)]
    [InlineData(MaxGiven, "", "2.00", UsedHoldPolicy.Max)]
    [InlineData(MaxGiven, "unknown 1000 2000 4000", "2.00", UsedHoldPolicy.Max)]
    [InlineData(Flat, "", "0.50", UsedHoldPolicy.Flat)]
    [InlineData(Flat, "unknown 1 1 1", "0.50", UsedHoldPolicy.Flat)]
    [InlineData(Learned, "", "0.50", UsedHoldPolicy.Flat)]
    [InlineData(LearnedBare, "known 1000 2000 4000", "0.066", UsedHoldPolicy.Estimate)]
    public void The_amount_comes_from_the_policy_and_the_estimate(string policy, string estimate, string held, UsedHoldPolicy used)
    {
        var answer = new OneCustomer(OneCustomer.CostPlus("\"markup_percent\":\"100\"" + policy)).Authorize(Estimate(estimate), Book);
        Assert.True(answer.Allowed);
        Assert.Equal((held, used), (string.Join(' ', answer.Amounts.Where(a => a.Amount != "0.00").Select(a => a.Amount)), answer.HoldPolicy));
    }

    [Theory]
    [InlineData("", "", "event.estimate", "invalid_request")]
    [InlineData("", "- 1000 - 4000", "event.estimate.model", "invalid_request")]
    [InlineData("", "known 1000 - -", "event.estimate.max_output_tokens", "invalid_request")]
    [InlineData("", "unknown 1000 - 4000", "event.estimate.model", "cost_unpriced")]
    [InlineData(Max, "unknown 1000 - 4000", "event.estimate.model", "cost_unpriced")]
    [InlineData(LearnedBare, "", "event.estimate", "invalid_request")]
    [InlineData("", "known 1000 5000 4000", "event.estimate.output_tokens", "invalid_request")]
    [InlineData("", "-1", "event.estimate.amount", "invalid_request")]
    public void What_a_cost_cannot_be_estimated_from_is_named(string policy, string estimate, string field, string code)
    {
        var refused = Assert.Throws<BillingException>(() => new OneCustomer(OneCustomer.CostPlus("\"markup_percent\":\"100\"" + policy)).Authorize(Estimate(estimate), Book));
        Assert.Equal((field, code), (refused.Field, refused.Code.Name));
        Assert.StartsWith(field, refused.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(700_000_000, 900_000_000, "0.70", UsedHoldPolicy.Learned)]
    [InlineData(null, 900_000_000, "0.90", UsedHoldPolicy.Learned)]
    [InlineData(null, null, "0.50", UsedHoldPolicy.Flat)]
    public void Learned_asks_the_customers_captures_then_everybodys_then_the_flat_amount(int? own, int? all, string held, UsedHoldPolicy used)
    {
        var anna = new OneCustomer(OneCustomer.CostPlus("\"markup_percent\":\"100\"" + Learned)) { Usual = (own, all) };
        var answer = anna.Authorize(null, Book);
        Assert.Equal((held, used), (Assert.Single(answer.Amounts).Amount, answer.HoldPolicy));
    }

    // Tokens at a dollar each: the caller expects 30, and 100 at most.
    [Theory]
    [InlineData("sum", Max, "30.00", "100.00", UsedHoldPolicy.Max)]
    [InlineData("sum", MaxGiven, "2.00", "100.00", UsedHoldPolicy.Max)]
    [InlineData("sum", "", "30.00", "30.00", UsedHoldPolicy.Estimate)]
    [InlineData("count", Max, "1.00", "1.00", UsedHoldPolicy.Estimate)]
    public void The_most_of_a_meter_that_adds_up_tokens_is_max_output_tokens(string aggregation, string policy, string without, string with, UsedHoldPolicy used)
    {
        string document = $$"""
            {"meters":[{"id":"tokens","event_type":"llm.call","aggregation":"{{aggregation}}"}],
             "products":[{"id":"chat","prices":[{"id":"chat-usd","meter":"tokens","asset":"usd","model":"per_unit","unit_price":"1"{{policy}}}]}]}
            """;
        Assert.Equal(without, Assert.Single(new OneCustomer(document).Authorize(null, Book, quantity: 30).Amounts).Amount);
        var answer = new OneCustomer(document).Authorize(new CostEstimate { MaxOutputTokens = 100 }, Book, quantity: 30);
        Assert.Equal((with, used), (Assert.Single(answer.Amounts).Amount, answer.HoldPolicy));
    }

    [Fact]
    public void A_quote_goes_on_from_what_the_period_has_cost()
    {
        var anna = new OneCustomer(OneCustomer.CostPlus("\"markup_percent\":\"0\",\"free_units\":\"1\"" + Max));
        anna.Use("e1", 0.75m);
        Assert.Equal("0.25", Assert.Single(anna.Authorize(new CostEstimate { Amount = 0.5m }, Book).Amounts).Amount);
    }

    [Theory]
    [InlineData("acme", "known", "0.09")]
    [InlineData(null, "known", "0.09")]
    [InlineData("openai", "gpt-4o", "0.06")]
    [InlineData(null, "gpt-4o", "0.06")]
    public void A_model_is_priced_by_the_book_also_where_its_provider_is_not_told(string? provider, string model, string held)
    {
        // 10,000 in and 4,000 out: 2.50 and 10 dollars a million at OpenAI. No markup.
        var estimate = new CostEstimate { Provider = provider, Model = model, InputTokens = 10_000, OutputTokens = model == "known" ? 4_000 : 3_500, MaxOutputTokens = 4_000 };
        Assert.Equal(held, Assert.Single(new OneCustomer(OneCustomer.CostPlus("\"markup_percent\":\"0\"")).Authorize(estimate, Book).Amounts).Amount);
    }

    // "": none; one figure: the cost itself; else model, input, output and most output, - for absent.
    private static CostEstimate? Estimate(string text)
    {
        static long? Count(string part) => part == "-" ? null : long.Parse(part);
        string[] parts = text.Split(' ');
        return text.Length == 0 ? null
            : parts.Length == 1 ? new CostEstimate { Amount = decimal.Parse(text) }
            : new CostEstimate { Model = parts[0] == "-" ? null : parts[0], InputTokens = Count(parts[1]), OutputTokens = Count(parts[2]), MaxOutputTokens = Count(parts[3]) };
    }
}
