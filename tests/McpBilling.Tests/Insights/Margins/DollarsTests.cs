using CsCheck;
using McpBilling.Insights.Margins;

namespace McpBilling.Tests.Insights.Margins;

public sealed class DollarsTests
{
    [Theory]
    [InlineData(0, 0, "0")]
    [InlineData(1, 0, "0.000000001")]
    [InlineData(0, 1, "0.000000000000000001")]
    [InlineData(12_500_000_000, 0, "12.5")]
    [InlineData(-1, 0, "-0.000000001")]
    [InlineData(-3_000_000_000, 500_000_000, "-2.9999999995")]
    [InlineData(0, 5_000_000_000, "0.000000005")]
    public void Two_integers_make_an_amount(long whole, long part, string text)
    {
        Assert.Equal(text, Dollars.From(whole, part).ToString());
        Assert.Equal(Dollars.From(whole, part), Dollars.Parse(text));
    }

    [Fact]
    public void Text_and_sums_are_exact() => Gen.Select(Gen.Long, Gen.Long[0, 999_999_999], Gen.Long, Gen.Long[0, 999_999_999]).Sample((w1, p1, w2, p2) =>
    {
        var (a, b) = (Dollars.From(w1, p1), Dollars.From(w2, p2));
        Assert.Equal(a, Dollars.Parse(a.ToString()));
        Assert.Equal(a, a + b - b);
        Assert.Equal((Int128)w1 + w2, (a + b - Dollars.From(0, p1 + p2)).Units / 1_000_000_000);
    });

    [Theory]
    [InlineData("1", "3", "33.33")]
    [InlineData("2", "3", "66.67")]
    [InlineData("-1", "3", "-33.33")]
    [InlineData("1", "-3", "-33.33")]
    [InlineData("0", "3", "0")]
    [InlineData("0.000125", "1", "0.01")]
    [InlineData("0.00005", "1", "0")]
    [InlineData("0.00015", "1", "0.02")]
    [InlineData("100000000000000000000", "50000000000000000000", "200")]
    [InlineData("5", "0", null)]
    public void Percents_have_two_digits_half_to_even(string part, string whole, string? percent) => Assert.Equal(percent, Dollars.Parse(part).PercentOf(Dollars.Parse(whole)));

    [Theory]
    [InlineData("0.005", 2, "0.00")]
    [InlineData("0.015", 2, "0.02")]
    [InlineData("-1.0051", 2, "-1.01")]
    [InlineData("7", 0, "7")]
    public void Rounding_is_half_to_even(string amount, int decimals, string rounded) => Assert.Equal(decimal.Parse(rounded, System.Globalization.CultureInfo.InvariantCulture), Dollars.Parse(amount).Rounded(decimals));

    [Fact]
    public void A_decimal_is_taken_exactly() => Assert.Equal("-1234567890.123456789012345678", Dollars.From(-1234567890.123456789012345678m).ToString());
}
