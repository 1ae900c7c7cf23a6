using System.Globalization;

namespace McpBilling.Insights.Margins;

/// <summary>US dollars as a whole number of 10^-18, exact: costs of single tokens and sums of a million customers in one number.</summary>
/// <param name="Units">Signed count of 10^-18 dollars.</param>
/// <exception cref="OverflowException">Beyond 10^20 dollars.</exception>
public readonly record struct Dollars(Int128 Units) : IComparable<Dollars>
{
    /// <summary>Digits after the point.</summary>
    public const int Decimals = 18;

    private const long PartsPerWhole = 1_000_000_000;
    private static readonly Int128 One = (Int128)PartsPerWhole * PartsPerWhole;

    public static Dollars Zero => default;

    /// <summary>From the two integers that a roll-up keeps, or sums of them.</summary>
    /// <param name="whole">Counts 10^-9 dollars.</param>
    /// <param name="part">Counts 10^-18 dollars.</param>
    public static Dollars From(long whole, long part) => new((Int128)whole * PartsPerWhole + part);

    /// <summary>Exact; of more than 18 digits after the point the rest is cut off.</summary>
    public static Dollars From(decimal value)
    {
        decimal whole = decimal.Truncate(value);
        return new(checked((Int128)whole * One + (Int128)((value - whole) * PartsPerWhole * PartsPerWhole)));
    }

    public static Dollars operator +(Dollars a, Dollars b) => new(checked(a.Units + b.Units));
    public static Dollars operator -(Dollars a, Dollars b) => new(checked(a.Units - b.Units));
    public static bool operator <(Dollars a, Dollars b) => a.Units < b.Units;
    public static bool operator >(Dollars a, Dollars b) => a.Units > b.Units;
    public static bool operator <=(Dollars a, Dollars b) => a.Units <= b.Units;
    public static bool operator >=(Dollars a, Dollars b) => a.Units >= b.Units;

    public static Dollars Sum(IEnumerable<Dollars> values) => values.Aggregate(Zero, static (sum, value) => sum + value);

    /// <summary>How many hundredths of <paramref name="whole"/> this is, to two digits, half to even; null of nothing.</summary>
    public string? PercentOf(Dollars whole) => Percent(Units, whole.Units);

    /// <summary>The same of two counts.</summary>
    public static string? Percent(Int128 part, Int128 whole)
    {
        if (whole == 0)
        {
            return null;
        }
        // In hundredths of a percent. Beyond 10^14 dollars the last digits of both are of no matter.
        while (Int128.Abs(part) > Int128.MaxValue / 20_000)
        {
            (part, whole) = (part / 1_000, whole / 1_000);
        }
        bool below = part < 0 != whole < 0;
        Int128 size = Int128.Abs(whole), scaled = Int128.Abs(part) * 10_000;
        var (quotient, rest) = Int128.DivRem(scaled, size);
        Int128 other = size - rest;
        quotient += rest > other || (rest == other && Int128.IsOddInteger(quotient)) ? 1 : 0;
        return Text(below ? -quotient : quotient, 2);
    }

    public int CompareTo(Dollars other) => Units.CompareTo(other.Units);

    /// <summary>Plain decimal text without needless zeros: <c>0.0105</c>, <c>12</c>.</summary>
    public override string ToString() => Text(Units, Decimals);

    /// <summary>Rounded to so many digits, half to even: for eyes, never for sums.</summary>
    /// <param name="decimals">0 to 18.</param>
    public decimal Rounded(int decimals)
    {
        Int128 step = One;
        for (int i = 0; i < decimals; i++)
        {
            step /= 10;
        }
        var (quotient, rest) = Int128.DivRem(Int128.Abs(Units), step);
        quotient += rest > step - rest || (rest == step - rest && Int128.IsOddInteger(quotient)) ? 1 : 0;
        decimal scale = 1;
        for (int i = 0; i < decimals; i++)
        {
            scale *= 10;
        }
        return (Units < 0 ? -1 : 1) * (decimal)quotient / scale;
    }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">Another text.</exception>
    public static Dollars Parse(string text)
    {
        int point = text.IndexOf('.', StringComparison.Ordinal);
        int decimals = point < 0 ? 0 : text.Length - point - 1;
        if (decimals > Decimals || !Int128.TryParse(point < 0 ? text : text.Remove(point, 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 digits))
        {
            throw new FormatException($"\"{text}\" is not an amount");
        }
        for (; decimals < Decimals; decimals++)
        {
            digits = checked(digits * 10);
        }
        return new(digits);
    }

    private static string Text(Int128 units, int decimals)
    {
        string digits = Int128.Abs(units).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        string fraction = digits[^decimals..].TrimEnd('0');
        return string.Concat(units < 0 ? "-" : "", digits.AsSpan(0, digits.Length - decimals), fraction.Length > 0 ? "." : "", fraction);
    }
}
