using System.Globalization;
using System.Numerics;
using McpBilling.Money;

namespace McpBilling.Integration;

/// <summary>An exact rational of the naive model: slow, and with nothing in common with the arithmetic that charges.</summary>
public readonly record struct NaiveFraction : IComparable<NaiveFraction>
{
    public static readonly NaiveFraction Zero = new(0, 1);

    private readonly BigInteger _above;
    private readonly BigInteger _below;

    private NaiveFraction(BigInteger above, BigInteger below)
    {
        var shared = BigInteger.GreatestCommonDivisor(above, below);
        (_above, _below) = below.Sign < 0 ? (-above / shared, -below / shared) : (above / shared, below / shared);
    }

    public static NaiveFraction Of(BigInteger whole) => new(whole, 1);

    public static NaiveFraction Of(BigInteger above, BigInteger below) => new(above, below);

    /// <summary>Plain decimal text, also with an exponent (<c>1e-7</c>); null for anything else.</summary>
    public static NaiveFraction? Read(string text)
    {
        int e = text.IndexOfAny(['e', 'E']);
        int exponent = 0;
        if (e >= 0 && (!int.TryParse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs(exponent) > 100))
        {
            return null;
        }
        string mantissa = e < 0 ? text : text[..e];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        string digits = point < 0 ? mantissa : mantissa.Remove(point, 1);
        if (!BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var above))
        {
            return null;
        }
        exponent -= point < 0 ? 0 : mantissa.Length - point - 1;
        return exponent >= 0 ? new(above * BigInteger.Pow(10, exponent), 1) : new(above, BigInteger.Pow(10, -exponent));
    }

    /// <exception cref="FormatException">No number.</exception>
    public static NaiveFraction Parse(string text) => Read(text) ?? throw new FormatException($"\"{text}\" is no decimal number");

    public static NaiveFraction operator +(NaiveFraction a, NaiveFraction b) => new(a._above * b._below + b._above * a._below, a._below * b._below);
    public static NaiveFraction operator -(NaiveFraction a, NaiveFraction b) => new(a._above * b._below - b._above * a._below, a._below * b._below);
    public static NaiveFraction operator *(NaiveFraction a, NaiveFraction b) => new(a._above * b._above, a._below * b._below);
    public static NaiveFraction operator /(NaiveFraction a, NaiveFraction b) => new(a._above * b._below, a._below * b._above);
    public static bool operator <(NaiveFraction a, NaiveFraction b) => a.CompareTo(b) < 0;
    public static bool operator >(NaiveFraction a, NaiveFraction b) => a.CompareTo(b) > 0;
    public static bool operator <=(NaiveFraction a, NaiveFraction b) => a.CompareTo(b) <= 0;
    public static bool operator >=(NaiveFraction a, NaiveFraction b) => a.CompareTo(b) >= 0;

    public int CompareTo(NaiveFraction other) => (_above * other._below).CompareTo(other._above * _below);

    public static NaiveFraction Min(NaiveFraction a, NaiveFraction b) => a < b ? a : b;
    public static NaiveFraction Max(NaiveFraction a, NaiveFraction b) => a < b ? b : a;

    public bool IsZero => _above.IsZero;

    public BigInteger Floor() => _above.Sign >= 0 || (_above % _below).IsZero ? _above / _below : _above / _below - 1;

    public BigInteger Ceiling() => -new NaiveFraction(-_above, _below).Floor();

    /// <summary>The nearest whole number.</summary>
    public BigInteger Round(Rounding tie)
    {
        var down = Floor();
        int side = ((this - Of(down)) * Of(2)).CompareTo(Of(1));
        bool up = side > 0 || (side == 0 && (tie == Rounding.HalfEven ? !down.IsEven : _above.Sign > 0));
        return up ? down + 1 : down;
    }

    /// <summary>Rounded to so many decimals, a tie to even.</summary>
    public NaiveFraction RoundTo(int decimals)
    {
        var scale = BigInteger.Pow(10, decimals);
        return new((this * Of(scale)).Round(Rounding.HalfEven), scale);
    }
}
