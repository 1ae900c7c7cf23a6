using CsCheck;
using McpBilling.Money;
using McpBilling.Pricing;

namespace McpBilling.Tests.Pricing;

public class PeriodStateTests
{
    [Theory]
    [InlineData("0;0;0")]
    [InlineData("10.5;3;1.25")]
    [InlineData("10.5;3;4/3;7;2/3")]
    [InlineData("-2;3;0;0;0.5")]
    public void Text_is_compact_and_reads_back(string text) => Assert.Equal(text, PeriodState.Parse(text).ToText());

    [Theory]
    [InlineData("")]
    [InlineData("1;2")]
    [InlineData("1;2;3;4")]
    [InlineData("1;x;3")]
    [InlineData("1;-2;3")]
    [InlineData("1 ;2;3")]
    public void Other_text_is_refused(string text) => Assert.Throws<FormatException>(() => PeriodState.Parse(text));

    [Fact]
    public void Every_state_reads_back() =>
        Gen.Select(Gen.Decimal, Gen.Long[0, long.MaxValue], Gen.Select(Gen.Long, Gen.Long[1, 1000]), Gen.Decimal).Sample((quantity, events, total, offset) =>
        {
            var state = new PeriodState(quantity, events, Exact.From(total.Item1) / Exact.From(total.Item2), offset, Exact.From(offset) * Exact.From(total.Item1));
            Assert.Equal(state, PeriodState.Parse(state.ToText()));
        }, iter: 10_000);
}
