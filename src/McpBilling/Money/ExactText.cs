using System.Globalization;
using System.Numerics;

namespace McpBilling.Money;

/// <summary>The text form of <see cref="Exact"/>, for storage.</summary>
internal static class ExactText
{
    // Enough for products of two 12-digit decimals; a longer fraction is written as num/den.
    private const int MaxDecimals = 36;

    // So many digits always fit 126 bits, sign included.
    private const int ShortLength = 37;

    public static string Format(Exact value)
    {
        if (!value.IsSmall)
        {
            return Fraction(value);
        }
        Int128 denominator = value.SmallDenominator;
        if (denominator == 1)
        {
            return value.SmallNumerator.ToString(CultureInfo.InvariantCulture);
        }
        // A fraction ends in decimal digits exactly when its denominator is made of twos and fives.
        int twos = (int)Int128.TrailingZeroCount(denominator), fives = 0;
        Int128 rest = denominator >> twos;
        while (rest % 5 == 0)
        {
            rest /= 5;
            fives++;
        }
        int decimals = Math.Max(twos, fives);
        if (rest != 1 || decimals > MaxDecimals)
        {
            return Fraction(value);
        }
        Int128 factor = ExactIntegers.PowerOfTen(decimals) / denominator;
        if (ExactIntegers.Bits(factor) + ExactIntegers.Bits(value.SmallNumerator) > 126)
        {
            return Fraction(value);
        }
        string digits = Int128.Abs(value.SmallNumerator * factor).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        return string.Concat(value.Sign < 0 ? "-" : "", digits.AsSpan(0, digits.Length - decimals), ".", digits.AsSpan(digits.Length - decimals));
    }

    public static Exact Parse(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            var denominator = Whole(text.AsSpan(slash + 1));
            return denominator.Sign > 0 ? Exact.Reduced(Whole(text.AsSpan(0, slash)), denominator) : throw NotExact(text);
        }
        int point = text.IndexOf('.', StringComparison.Ordinal);
        int decimals = point < 0 ? 0 : text.Length - point - 1;
        if (point == text.Length - 1 || decimals > MaxDecimals)
        {
            throw NotExact(text);
        }
        string digits = point < 0 ? text : text.Remove(point, 1);
        return digits.Length <= ShortLength && Int128.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 small)
            ? Exact.Reduced(small, ExactIntegers.PowerOfTen(decimals))
            : Exact.Reduced(Whole(digits), ExactIntegers.PowerOfTen(decimals));
    }

    private static string Fraction(Exact value) => string.Create(CultureInfo.InvariantCulture, $"{value.Numerator}/{value.Denominator}");

    private static BigInteger Whole(ReadOnlySpan<char> digits) =>
        BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw NotExact(digits.ToString());

    private static FormatException NotExact(string text) => new($"\"{text}\" is not an exact number");
}
