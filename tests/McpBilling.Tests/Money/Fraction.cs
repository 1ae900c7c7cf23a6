using System.Globalization;
using System.Numerics;
using McpBilling.Money;

namespace McpBilling.Tests.Money;

/// <summary>The oracle's numbers: fractions as one learns them at school, never reduced.</summary>
public readonly record struct Fraction(BigInteger N, BigInteger D)
{
    public static readonly Fraction Zero = new(0, 1);

    public bool IsWhole => N % D == 0;

    public static Fraction Of(decimal value)
    {
        string text = value.ToString(CultureInfo.InvariantCulture);
        int point = text.IndexOf('.', StringComparison.Ordinal);
        return point < 0
            ? new(BigInteger.Parse(text, CultureInfo.InvariantCulture), 1)
            : new(BigInteger.Parse(text.Remove(point, 1), CultureInfo.InvariantCulture), BigInteger.Pow(10, text.Length - point - 1));
    }

    public static Fraction Of(Exact value)
    {
        string[] parts = value.ToString().Split('/');
        if (parts.Length == 2)
        {
            return new(BigInteger.Parse(parts[0], CultureInfo.InvariantCulture), BigInteger.Parse(parts[1], CultureInfo.InvariantCulture));
        }
        string[] halves = parts[0].Split('.');
        return halves.Length == 1
            ? new(BigInteger.Parse(halves[0], CultureInfo.InvariantCulture), 1)
            : new(BigInteger.Parse(halves[0] + halves[1], CultureInfo.InvariantCulture), BigInteger.Pow(10, halves[1].Length));
    }

    public static Fraction operator +(Fraction a, Fraction b) => new(a.N * b.D + b.N * a.D, a.D * b.D);
    public static Fraction operator -(Fraction a, Fraction b) => new(a.N * b.D - b.N * a.D, a.D * b.D);
    public static Fraction operator *(Fraction a, Fraction b) => new(a.N * b.N, a.D * b.D);
    public static Fraction operator /(Fraction a, Fraction b) => b.N.Sign < 0 ? new(-a.N * b.D, a.D * -b.N) : new(a.N * b.D, a.D * b.N);
    public static bool operator <(Fraction a, Fraction b) => a.N * b.D < b.N * a.D;
    public static bool operator >(Fraction a, Fraction b) => b < a;
    public static bool operator <=(Fraction a, Fraction b) => !(b < a);
    public static bool operator >=(Fraction a, Fraction b) => !(a < b);

    public bool Same(Fraction other) => N * other.D == other.N * D;

    /// <summary>The nearest count of 10^-scale, by looking at both neighbours.</summary>
    public BigInteger Rounded(int scale, Rounding rounding)
    {
        Fraction x = this * new Fraction(BigInteger.Pow(10, scale), 1);
        BigInteger low = x.Floor();
        Fraction toLow = x - new Fraction(low, 1), toHigh = new Fraction(low + 1, 1) - x;
        if (!toLow.Same(toHigh))
        {
            return toLow < toHigh ? low : low + 1;
        }
        return rounding == Rounding.HalfUp ? (x.N.Sign > 0 ? low + 1 : low) : low.IsEven ? low : low + 1;
    }

    public BigInteger Floor()
    {
        BigInteger whole = N / D;
        return whole * D > N ? whole - 1 : whole;
    }
}
