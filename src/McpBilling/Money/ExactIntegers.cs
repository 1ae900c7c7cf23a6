using System.Numerics;

namespace McpBilling.Money;

/// <summary>The whole-number arithmetic under <see cref="Exact"/>.</summary>
internal static class ExactIntegers
{
    private static readonly Int128[] PowersOfTen = Powers();

    /// <summary>10^<paramref name="exponent"/> for 0 to 37.</summary>
    public static Int128 PowerOfTen(int exponent) => PowersOfTen[exponent];

    /// <summary>Bits of the magnitude. The product of two numbers has at most the sum of their bits.</summary>
    public static int Bits(Int128 value) => 128 - (int)Int128.LeadingZeroCount(value < 0 ? -value : value);

    /// <summary>Of two numbers that are not negative and not both zero.</summary>
    public static Int128 Gcd(Int128 a, Int128 b)
    {
        while (b > ulong.MaxValue || a > ulong.MaxValue)
        {
            if (b == 0)
            {
                return a;
            }
            (a, b) = (b, a % b);
        }
        ulong x = (ulong)a, y = (ulong)b;
        while (y != 0)
        {
            (x, y) = (y, x % y);
        }
        return x;
    }

    /// <summary>Rounds down (not towards zero) to a whole number; the denominator is positive.</summary>
    public static Int128 FloorDivide(Int128 numerator, Int128 denominator)
    {
        var (quotient, rest) = Int128.DivRem(numerator, denominator);
        return rest < 0 ? quotient - 1 : quotient;
    }

    public static BigInteger FloorDivide(BigInteger numerator, BigInteger denominator)
    {
        var (quotient, rest) = BigInteger.DivRem(numerator, denominator);
        return rest.Sign < 0 ? quotient - 1 : quotient;
    }

    /// <summary>Rounds to the nearest whole number; the denominator is positive.</summary>
    public static Int128 RoundedDivide(Int128 numerator, Int128 denominator, Rounding rounding)
    {
        var (quotient, rest) = Int128.DivRem(numerator, denominator);
        // Compared with what is missing rather than doubled, which could overflow.
        Int128 distance = Int128.Abs(rest);
        int side = distance.CompareTo(denominator - distance);
        return GoesOut(side, Int128.IsEvenInteger(quotient), rounding) ? quotient + Int128.Sign(numerator) : quotient;
    }

    public static BigInteger RoundedDivide(BigInteger numerator, BigInteger denominator, Rounding rounding)
    {
        var (quotient, rest) = BigInteger.DivRem(numerator, denominator);
        int side = (BigInteger.Abs(rest) * 2).CompareTo(denominator);
        return GoesOut(side, quotient.IsEven, rounding) ? quotient + numerator.Sign : quotient;
    }

    // side: is the cut-off part less than (−1), exactly (0) or more than (1) a half?
    private static bool GoesOut(int side, bool quotientIsEven, Rounding rounding) =>
        side > 0 || (side == 0 && (rounding == Rounding.HalfUp || !quotientIsEven));

    private static Int128[] Powers()
    {
        var powers = new Int128[38];
        powers[0] = 1;
        for (int i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }
        return powers;
    }
}
