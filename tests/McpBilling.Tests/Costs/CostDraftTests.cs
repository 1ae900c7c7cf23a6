using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Costs;
using static McpBilling.Tests.Costs.Readings;

namespace McpBilling.Tests.Costs;

/// <summary>A cost may be worked out before it is booked; booked, it is what the book says then.</summary>
public class CostDraftTests
{
    private const string At = "2026-07-01T00:00:00Z";

    private static readonly PriceBook Before = new([Row("m", "input 2")], []);
    private static readonly PriceBook After = Before.With([Row("m", "input 3", id: "own-1")]);

    private static CostDraft Draft(decimal tokens = 1000) => CostDraft.Read(
        new LlmCall
        {
            Provider = "acme",
            Api = "openai.chat",
            RequestedAt = Readings.At(At),
            Response = JsonSerializer.SerializeToElement(new { id = "r1", model = "m", usage = new { prompt_tokens = tokens, completion_tokens = 0, total_tokens = tokens } }),
        },
        null, null, "");

    private static string Booked(CostDraft draft, PriceBook by) => Text(draft.Price(by, FailurePolicy.Attribute, Readings.At(At)).Cost);

    [Fact]
    public void What_was_worked_out_by_the_same_book_is_booked()
    {
        Assert.Equal("Priced 0.002: input 1000×2", Booked(Draft().PricedAhead(Before), Before));
        Assert.Equal(Booked(Draft(), Before), Booked(Draft().PricedAhead(Before), Before));
    }

    [Fact]
    public void What_was_worked_out_by_another_book_is_worked_out_again()
    {
        Assert.Equal("Priced 0.003: input 1000×3", Booked(Draft().PricedAhead(Before), After));
        Assert.Equal("Priced 0.002: input 1000×2", Booked(Draft().PricedAhead(After), Before));
        Assert.Equal("Priced 0.003: input 1000×3", Booked(Draft().PricedAhead(Before).PricedAhead(After), After));
    }

    [Fact]
    public void A_cost_beyond_what_can_be_counted_is_refused_when_it_is_booked()
    {
        var dear = new PriceBook([Row("m", "input 999999999999")], []);
        var draft = Draft(999_999_999_999m);
        Assert.Throws<OverflowException>(() => Booked(draft, dear));
        Assert.Throws<OverflowException>(() => Booked(draft.PricedAhead(dear), dear));
    }
}
