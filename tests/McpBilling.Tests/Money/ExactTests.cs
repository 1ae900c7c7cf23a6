using System.Numerics;
using CsCheck;
using McpBilling.Money;

namespace McpBilling.Tests.Money;

public class ExactTests
{
    // Small numbers, money-like ones, and ones that leave 128 bits after one product.
    private static readonly Gen<Exact> Numbers = Gen.OneOf(
        Gen.Select(Gen.Int[118, 130], Gen.Int[-3, 3], Gen.Bool).Select((bits, near, negative) => Exact.Parse($"{((BigInteger.One << bits) + near) * (negative ? -1 : 1)}")),
        Gen.Int[-20, 20].Select(i => Exact.From(i)),
        Gen.Select(Gen.Long[-1_000_000_000_000_000, 1_000_000_000_000_000], Gen.Int[0, 12]).Select((m, s) => Exact.From(m) / Power(s)),
        Gen.Select(Gen.Long, Gen.Long[1, long.MaxValue]).Select((n, d) => Exact.From(n) / Exact.From(d)),
        Gen.Select(Gen.Long, Gen.Long, Gen.Long[1, long.MaxValue]).Select((a, b, d) => Exact.From(a) * Exact.From(b) * 1_000_000_007m / Exact.From(d)));

    [Fact]
    public void Arithmetic_agrees_with_big_fractions() => Gen.Select(Numbers, Numbers).Sample((a, b) =>
    {
        Fraction x = Fraction.Of(a), y = Fraction.Of(b);
        Assert.True(Fraction.Of(a + b).Same(new(x.N * y.D + y.N * x.D, x.D * y.D)));
        Assert.True(Fraction.Of(a - b).Same(new(x.N * y.D - y.N * x.D, x.D * y.D)));
        Assert.True(Fraction.Of(a * b).Same(new(x.N * y.N, x.D * y.D)));
        int order = (x.N * y.D).CompareTo(y.N * x.D);
        Assert.Equal(order, Math.Sign(a.CompareTo(b)));
        Assert.Equal(order == 0, a == b);
        Assert.Equal(order < 0 ? a : b, Exact.Min(a, b));
        Assert.Equal(order < 0 ? b : a, Exact.Max(a, b));
        if (!b.IsZero)
        {
            Assert.True(Fraction.Of(a / b).Same(new(x.N * y.D, x.D * y.N)));
            Assert.Equal(a, a / b * b);
        }
    }, iter: 20_000);

    [Fact]
    public void Floor_and_ceiling_enclose_the_number() => Numbers.Sample(a =>
    {
        Exact floor = Exact.Floor(a), ceiling = Exact.Ceiling(a);
        Assert.True(floor <= a && a < floor + Exact.One);
        Assert.True(ceiling >= a && a > ceiling - Exact.One);
        Assert.True(Fraction.Of(floor).IsWhole && Fraction.Of(ceiling).IsWhole);
    }, iter: 10_000);

    [Fact]
    public void Units_are_the_nearest_whole_number() => Gen.Select(Numbers, Gen.Int[0, 12], Gen.Enum<Rounding>()).Sample((a, scale, rounding) =>
    {
        var x = Fraction.Of(a);
        BigInteger expected = x.Rounded(scale, rounding);
        if (expected < long.MinValue || expected > long.MaxValue)
        {
            Assert.Throws<OverflowException>(() => a.ToUnits(scale, rounding));
        }
        else
        {
            Assert.Equal((long)expected, a.ToUnits(scale, rounding));
        }
    }, iter: 20_000);

    [Fact]
    public void Text_reads_back_as_the_same_number() => Numbers.Sample(a =>
    {
        Assert.Equal(a, Exact.Parse(a.ToString()));
        Assert.Equal(a.GetHashCode(), Exact.Parse(a.ToString()).GetHashCode());
    }, iter: 20_000);

    [Fact]
    public void A_decimal_stays_what_it_is() => Gen.Decimal.Sample(d => Fraction.Of(Exact.From(d)).Same(Fraction.Of(d)), iter: 10_000);

    [Theory]
    [InlineData("0.125", 2, Rounding.HalfEven, 12)]
    [InlineData("0.125", 2, Rounding.HalfUp, 13)]
    [InlineData("0.135", 2, Rounding.HalfEven, 14)]
    [InlineData("-0.125", 2, Rounding.HalfEven, -12)]
    [InlineData("-0.125", 2, Rounding.HalfUp, -13)]
    [InlineData("0.1250000000000000000000001", 2, Rounding.HalfEven, 13)]
    [InlineData("1/3", 3, Rounding.HalfUp, 333)]
    [InlineData("2/3", 3, Rounding.HalfEven, 667)]
    [InlineData("9223372036854775807", 0, Rounding.HalfEven, long.MaxValue)]
    [InlineData("-9223372036854775808", 0, Rounding.HalfEven, long.MinValue)]
    public void A_tie_goes_where_the_asset_says(string number, int scale, Rounding rounding, long units) =>
        Assert.Equal(units, Exact.Parse(number).ToUnits(scale, rounding));

    [Theory]
    [InlineData("0.04", "0.04")]
    [InlineData("-0.5", "-0.5")]
    [InlineData("4/6", "2/3")]
    [InlineData("2/4", "0.5")]
    [InlineData("10.00", "10")]
    [InlineData("0", "0")]
    [InlineData("0.000000000000000000000001", "0.000000000000000000000001")]
    [InlineData("123456789012345678901234567890123456789012345", "123456789012345678901234567890123456789012345/1")]
    public void Text_is_plain_where_it_can_be(string read, string written) => Assert.Equal(written, Exact.Parse(read).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1.")]
    [InlineData("1/0")]
    [InlineData("1/-2")]
    [InlineData("1.5/2")]
    [InlineData("1e3")]
    [InlineData(" 1")]
    public void What_is_no_number_is_refused(string text) => Assert.Throws<FormatException>(() => Exact.Parse(text));

    [Fact]
    public void Beyond_64_bits_is_an_overflow() =>
        Assert.Throws<OverflowException>(() => Exact.Parse("9223372036.854775808").ToUnits(9, Rounding.HalfEven));

    [Fact]
    public void Zero_divides_nothing() => Assert.Throws<DivideByZeroException>(() => Exact.One / Exact.Zero);

    [Fact]
    public void The_default_value_is_zero()
    {
        Assert.Equal(Exact.From(0.000m), default);
        Assert.Equal("0", default(Exact).ToString());
        Assert.Equal(Exact.One, default(Exact) + Exact.One);
    }

    [Fact]
    public void Quantity_times_price_allocates_nothing()
    {
        Exact price = 0.04m, per = 1_000_000m, quantity = 1234.5m;
        Exact Charge() => quantity * price / per + quantity;
        long units = Charge().ToUnits(9, Rounding.HalfEven);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            units += Charge().ToUnits(9, Rounding.HalfEven);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(101 * 1_234_500_049_380, units);
    }

    private static Exact Power(int scale) => Exact.From((decimal)BigInteger.Pow(10, scale));
}
