using McpBilling.Integration;
using McpBilling.Money;

namespace McpBilling.Tests.Integration;

/// <summary>The naive model's own arithmetic, by hand.</summary>
public sealed class NaiveFractionTests
{
    [Theory]
    [InlineData("1", "3", Rounding.HalfEven, "0")]
    [InlineData("3", "2", Rounding.HalfEven, "2")]
    [InlineData("5", "2", Rounding.HalfEven, "2")]
    [InlineData("5", "2", Rounding.HalfUp, "3")]
    [InlineData("-5", "2", Rounding.HalfEven, "-2")]
    [InlineData("-1", "3", Rounding.HalfUp, "0")]
    [InlineData("7", "4", Rounding.HalfEven, "2")]
    public void A_fraction_is_rounded_once_to_the_nearest(string above, string below, Rounding tie, string expected) =>
        Assert.Equal(expected, (NaiveFraction.Parse(above) / NaiveFraction.Parse(below)).Round(tie).ToString(System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("1e-7", "0.0000001")]
    [InlineData("2.50", "2.5")]
    [InlineData("1E3", "1000")]
    public void A_number_is_read_exactly_also_with_an_exponent(string text, string same) => Assert.Equal(NaiveFraction.Parse(same), NaiveFraction.Parse(text));

    [Theory]
    [InlineData("three")]
    [InlineData("1e9999")]
    [InlineData("")]
    public void What_is_no_number_is_not_read(string text) => Assert.Null(NaiveFraction.Read(text));
}
