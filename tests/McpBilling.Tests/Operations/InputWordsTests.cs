using McpBilling.Operations;

namespace McpBilling.Tests.Operations;

public class InputWordsTests
{
    [Theory]
    [InlineData("$0.04", "Use \"0.04\".")]
    [InlineData("0.04 usd", "Use \"0.04\".")]
    [InlineData("€12", "Use \"12\".")]
    [InlineData("0,04", "Use \"0.04\".")]
    [InlineData("0,125", "Use \"0.125\".")]
    [InlineData("1,000", "Use \"1000\".")]
    [InlineData("1,234,567.5", "Use \"1234567.5\".")]
    [InlineData("4 cents", "Use \"0.04\".")]
    [InlineData("4c", "Use \"0.04\".")]
    [InlineData("2.9 %", "Use \"2.9\".")]
    [InlineData("1_000", "Use \"1000\".")]
    [InlineData("10k", "Use \"10000\".")]
    [InlineData("1M", "Use \"1000000\".")]
    [InlineData("1e3", "Use \"1000\".")]
    [InlineData("a lot", null)]
    [InlineData("", null)]
    [InlineData("1.2.3", null)]
    public void A_text_that_means_a_number_is_answered_with_the_number(string text, string? fix) => Assert.Equal(fix, InputWords.FixForDecimal(text));

    [Theory]
    [InlineData("2026-11-24", "Use \"2026-11-24T00:00:00Z\".")]
    [InlineData("2026-11-24 10:00:00", "Use \"2026-11-24T10:00:00Z\".")]
    [InlineData("2026-11-24T10:00:00", "Use \"2026-11-24T10:00:00Z\".")]
    [InlineData("tomorrow", "Write it as 2026-11-24T10:00:00Z.")]
    public void A_time_without_an_offset_is_answered_in_utc(string text, string fix) => Assert.Equal(fix, InputWords.FixForTime(text));

    [Theory]
    [InlineData("price", "unit_price,amount,period", "unit_price")]
    [InlineData("price", "amount,period", "amount")]
    [InlineData("price", "prices,name", "prices")] // one edit away wins over what others mean by it
    [InlineData("currency", "asset,id", "asset")]
    [InlineData("currency", "id,cost_basis", null)]
    [InlineData("Daily", "month,day,event,ever", "day")]
    [InlineData("user-id", "customer_id,id", "customer_id")]
    public void What_other_tools_call_it_leads_to_our_name(string typed, string names, string? ours) => Assert.Equal(ours, NearestName.Of(typed, names.Split(',')));
}
