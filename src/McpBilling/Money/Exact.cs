using System.Numerics;

namespace McpBilling.Money;

/// <summary>
/// An exact rational number: what a price comes to before its one rounding. Never floating point, never rounded on the way.
/// Held as a reduced fraction of two 128-bit integers, which costs no allocation; only what does not fit goes over to
/// <see cref="BigInteger"/>, so there is no overflow before <see cref="ToUnits"/>. The default value is zero.
/// </summary>
public readonly struct Exact : IComparable<Exact>, IEquatable<Exact>
{
    // One bit below Int128's 127, so that two of these can be added before they are looked at.
    private const int MaxBits = 126;

    private readonly Int128 _numerator;

    // Kept one less than it is, so that default(Exact) is 0/1.
    private readonly Int128 _denominatorLessOne;

    // Set exactly when numerator or denominator has more than MaxBits: every number has one form, so equality is by parts.
    private readonly LargeFraction? _large;

    private Exact(Int128 numerator, Int128 denominator)
    {
        _numerator = numerator;
        _denominatorLessOne = denominator - 1;
    }

    private Exact(LargeFraction large) => _large = large;

    public static Exact Zero => default;
    public static Exact One { get; } = new(1, 1);

    public bool IsZero => _large is null && _numerator == 0;

    /// <summary>−1, 0 or 1.</summary>
    public int Sign => _large is null ? Int128.Sign(_numerator) : _large.Numerator.Sign;

    internal bool IsSmall => _large is null;
    internal Int128 SmallNumerator => _numerator;
    internal Int128 SmallDenominator => _denominatorLessOne + 1;
    internal BigInteger Numerator => _large?.Numerator ?? _numerator;
    internal BigInteger Denominator => _large?.Denominator ?? SmallDenominator;

    /// <summary>Every decimal is exact.</summary>
    public static Exact From(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var magnitude = (Int128)new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
        return Reduced(value < 0 ? -magnitude : magnitude, ExactIntegers.PowerOfTen(value.Scale));
    }

    public static implicit operator Exact(decimal value) => From(value);

    public static Exact operator -(Exact a) => a._large is null ? new(-a._numerator, a.SmallDenominator) : new(a._large with { Numerator = -a._large.Numerator });

    public static Exact operator +(Exact a, Exact b)
    {
        if (a.IsSmall && b.IsSmall)
        {
            // Over the least common denominator, so that sums of one price's charges stay as small as its charges.
            Int128 shared = a._denominatorLessOne == b._denominatorLessOne ? a.SmallDenominator : ExactIntegers.Gcd(a.SmallDenominator, b.SmallDenominator);
            Int128 left = b.SmallDenominator / shared, right = a.SmallDenominator / shared;
            if (ProductFits(a._numerator, left) && ProductFits(b._numerator, right) && ProductFits(a.SmallDenominator, left))
            {
                return Reduced(a._numerator * left + b._numerator * right, a.SmallDenominator * left);
            }
        }
        return Reduced(a.Numerator * b.Denominator + b.Numerator * a.Denominator, a.Denominator * b.Denominator);
    }

    public static Exact operator -(Exact a, Exact b) => a + -b;

    public static Exact operator *(Exact a, Exact b) =>
        a.IsSmall && b.IsSmall && ProductFits(a._numerator, b._numerator) && ProductFits(a.SmallDenominator, b.SmallDenominator)
            ? Reduced(a._numerator * b._numerator, a.SmallDenominator * b.SmallDenominator)
            : Reduced(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    /// <exception cref="DivideByZeroException"><paramref name="b"/> is zero.</exception>
    public static Exact operator /(Exact a, Exact b)
    {
        if (b.IsZero)
        {
            throw new DivideByZeroException();
        }
        return b.IsSmall
            ? a * (b._numerator < 0 ? new Exact(-b.SmallDenominator, -b._numerator) : new Exact(b.SmallDenominator, b._numerator))
            : Reduced(a.Numerator * b.Denominator, a.Denominator * b.Numerator);
    }

    public static bool operator ==(Exact a, Exact b) => a.Equals(b);
    public static bool operator !=(Exact a, Exact b) => !a.Equals(b);
    public static bool operator <(Exact a, Exact b) => a.CompareTo(b) < 0;
    public static bool operator >(Exact a, Exact b) => a.CompareTo(b) > 0;
    public static bool operator <=(Exact a, Exact b) => a.CompareTo(b) <= 0;
    public static bool operator >=(Exact a, Exact b) => a.CompareTo(b) >= 0;

    public static Exact Min(Exact a, Exact b) => a <= b ? a : b;
    public static Exact Max(Exact a, Exact b) => a >= b ? a : b;

    /// <summary>The greatest whole number that is not above the value.</summary>
    public static Exact Floor(Exact value)
    {
        if (!value.IsSmall)
        {
            return Reduced(ExactIntegers.FloorDivide(value.Numerator, value.Denominator), BigInteger.One);
        }
        return value._denominatorLessOne == 0 ? value : new(ExactIntegers.FloorDivide(value._numerator, value.SmallDenominator), 1);
    }

    /// <summary>The least whole number that is not below the value.</summary>
    public static Exact Ceiling(Exact value) => -Floor(-value);

    /// <summary>The number as a count of 10^-<paramref name="scale"/>: the one rounding of a charge.</summary>
    /// <param name="scale">Decimal digits kept, 0 to 12 (<see cref="Asset.Scale"/>).</param>
    /// <param name="rounding">Where a tie goes.</param>
    /// <exception cref="OverflowException">The result is beyond 64 bits.</exception>
    public long ToUnits(int scale, Rounding rounding)
    {
        Int128 power = ExactIntegers.PowerOfTen(scale);
        return IsSmall && ProductFits(_numerator, power)
            ? checked((long)ExactIntegers.RoundedDivide(_numerator * power, SmallDenominator, rounding))
            : checked((long)ExactIntegers.RoundedDivide(Numerator * power, Denominator, rounding));
    }

    /// <summary>The number rounded to so many digits after the point, half to even.</summary>
    /// <exception cref="OverflowException">The result has more than 28 digits.</exception>
    public decimal ToDecimal(int decimals)
    {
        var power = ExactIntegers.PowerOfTen(decimals);
        return (decimal)ExactIntegers.RoundedDivide(Numerator * power, Denominator, Rounding.HalfEven) / (decimal)power;
    }

    public int CompareTo(Exact other)
    {
        if (IsSmall && other.IsSmall)
        {
            if (_denominatorLessOne == other._denominatorLessOne)
            {
                return _numerator.CompareTo(other._numerator);
            }
            if (ProductFits(_numerator, other.SmallDenominator) && ProductFits(other._numerator, SmallDenominator))
            {
                return (_numerator * other.SmallDenominator).CompareTo(other._numerator * SmallDenominator);
            }
        }
        return (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);
    }

    public bool Equals(Exact other) =>
        _numerator == other._numerator && _denominatorLessOne == other._denominatorLessOne && Equals(_large, other._large);

    public override bool Equals(object? obj) => obj is Exact other && Equals(other);
    public override int GetHashCode() => HashCode.Combine(_numerator, _denominatorLessOne, _large);

    /// <summary>Plain decimal text where the number has one (<c>0.04</c>), else <c>numerator/denominator</c>; <see cref="Parse"/> reads it back.</summary>
    public override string ToString() => ExactText.Format(this);

    /// <exception cref="FormatException">Not a text that <see cref="ToString"/> writes.</exception>
    public static Exact Parse(string text) => ExactText.Parse(text);

    internal static Exact Reduced(Int128 numerator, Int128 denominator)
    {
        if (denominator != 1)
        {
            Int128 shared = ExactIntegers.Gcd(Int128.Abs(numerator), denominator);
            numerator /= shared;
            denominator /= shared;
        }
        return ExactIntegers.Bits(numerator) <= MaxBits && ExactIntegers.Bits(denominator) <= MaxBits
            ? new(numerator, denominator)
            : new(new LargeFraction(numerator, denominator));
    }

    internal static Exact Reduced(BigInteger numerator, BigInteger denominator)
    {
        var shared = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        numerator /= shared;
        denominator /= shared;
        return BigInteger.Abs(numerator).GetBitLength() <= MaxBits && denominator.GetBitLength() <= MaxBits
            ? new((Int128)numerator, (Int128)denominator)
            : new(new LargeFraction(numerator, denominator));
    }

    private static bool ProductFits(Int128 a, Int128 b) => ExactIntegers.Bits(a) + ExactIntegers.Bits(b) <= MaxBits;

    private sealed record LargeFraction(BigInteger Numerator, BigInteger Denominator);
}
