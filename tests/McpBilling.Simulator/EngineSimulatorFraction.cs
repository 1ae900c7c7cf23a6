using System.Globalization;
using System.Numerics;

namespace McpBilling.Simulator;

/// <summary>A fraction of whole numbers without bounds: what the naive rating counts in, so that it never rounds but where pricing.md says so.</summary>
internal readonly record struct Fraction
{
    private readonly BigInteger _below;

    public Fraction(BigInteger above, BigInteger below)
    {
        var common = BigInteger.GreatestCommonDivisor(above, below);
        Above = above / common;
        _below = below / common;
    }

    public static readonly Fraction Zero = new(0, 1);

    public BigInteger Above { get; }

    // A default fraction is zero.
    public BigInteger Below => _below.IsZero ? 1 : _below;

    public static Fraction Of(long whole) => new(whole, 1);

    public static Fraction Parse(string text)
    {
        int point = text.IndexOf('.', StringComparison.Ordinal);
        int digits = point < 0 ? 0 : text.Length - point - 1;
        return new(BigInteger.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture), BigInteger.Pow(10, digits));
    }

    public static Fraction operator +(Fraction a, Fraction b) => new(a.Above * b.Below + b.Above * a.Below, a.Below * b.Below);
    public static Fraction operator -(Fraction a, Fraction b) => new(a.Above * b.Below - b.Above * a.Below, a.Below * b.Below);
    public static Fraction operator *(Fraction a, Fraction b) => new(a.Above * b.Above, a.Below * b.Below);
    public static Fraction operator /(Fraction a, Fraction b) => b.Above.Sign < 0 ? new(-a.Above * b.Below, -a.Below * b.Above) : new(a.Above * b.Below, a.Below * b.Above);
    public static bool operator <(Fraction a, Fraction b) => a.Above * b.Below < b.Above * a.Below;
    public static bool operator >(Fraction a, Fraction b) => b < a;
    public static bool operator <=(Fraction a, Fraction b) => !(b < a);
    public static bool operator >=(Fraction a, Fraction b) => !(a < b);

    public static Fraction Min(Fraction a, Fraction b) => a < b ? a : b;
    public static Fraction Max(Fraction a, Fraction b) => a < b ? b : a;

    public BigInteger Floor() => (Above - ((Above % Below) + Below) % Below) / Below;
    public BigInteger Ceiling() => -new Fraction(-Above, Below).Floor();

    /// <summary>The nearest whole number, half to even.</summary>
    public BigInteger HalfEven()
    {
        var down = Floor();
        var rest = this - new Fraction(down, 1);
        int side = (rest.Above * 2).CompareTo(rest.Below);
        return side > 0 || (side == 0 && !down.IsEven) ? down + 1 : down;
    }

    public override string ToString() => $"{Above}/{Below}";
}
