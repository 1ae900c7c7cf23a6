using System.Globalization;

namespace McpBilling.Money;

/// <summary>
/// Bounds and exact text of the decimals that callers send: usage, prices, amounts before their asset is known.
/// Held as <see cref="decimal"/>, whose 28 digits are enough within these bounds (pricing.md, Exactness).
/// </summary>
public static class Quantity
{
    /// <summary>The most digits after the point.</summary>
    public const int MaxDecimals = 12;

    /// <summary>The largest magnitude, 10^15.</summary>
    public const decimal Max = 1_000_000_000_000_000m;

    /// <summary>Plain decimal text, exact; <paramref name="allowExponent"/> for JSON numbers such as 1e-7, which JavaScript writes.</summary>
    /// <returns>Null when read; else what is wrong, in words for the caller.</returns>
    public static string? TryParse(ReadOnlySpan<char> text, bool allowExponent, out decimal value)
    {
        value = 0;
        const string NotANumber = "must be a decimal number such as \"12.50\"";
        int i = 0, exponent = 0;
        bool negative = false, point = false, any = false;
        if (text.Length is 0 or > 64)
        {
            return NotANumber;
        }
        if (text[0] == '-')
        {
            negative = true;
            i++;
        }
        UInt128 mantissa = 0;
        int decimals = 0, significant = 0;
        for (; i < text.Length; i++)
        {
            char c = text[i];
            if (c is >= '0' and <= '9')
            {
                any = true;
                if (significant > 0 || c != '0')
                {
                    significant++;
                }
                if (significant > 38)
                {
                    return TooLarge();
                }
                mantissa = mantissa * 10 + (uint)(c - '0');
                decimals += point ? 1 : 0;
            }
            else if (c == '.' && !point && any)
            {
                point = true;
            }
            else if (c is 'e' or 'E' && allowExponent && any)
            {
                if (!int.TryParse(text[(i + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs(exponent) > 40)
                {
                    return NotANumber;
                }
                break;
            }
            else
            {
                return NotANumber;
            }
        }
        if (!any || text[^1] == '.')
        {
            return NotANumber;
        }
        decimals -= exponent;
        while (decimals > 0 && mantissa != 0 && mantissa % 10 == 0)
        {
            mantissa /= 10;
            decimals--;
        }
        if (mantissa == 0)
        {
            return null;
        }
        if (decimals > MaxDecimals)
        {
            return $"has more than {MaxDecimals} digits after the point";
        }
        for (; decimals < 0; decimals++)
        {
            if (mantissa > (UInt128)1e30)
            {
                return TooLarge();
            }
            mantissa *= 10;
        }
        // 10^15 with twelve decimals is 28 digits: it fits the 96 bits of a decimal.
        UInt128 limit = (UInt128)Max;
        for (int k = 0; k < decimals; k++)
        {
            limit *= 10;
        }
        if (mantissa > limit)
        {
            return TooLarge();
        }
        value = new decimal((int)(uint)(mantissa & 0xFFFFFFFF), (int)(uint)((mantissa >> 32) & 0xFFFFFFFF), (int)(uint)((mantissa >> 64) & 0xFFFFFFFF), negative, (byte)decimals);
        return null;

        static string TooLarge() => "is beyond 10^15";
    }

    /// <summary>Plain decimal text without trailing zeros.</summary>
    public static string Format(decimal value)
    {
        if (value == 0)
        {
            return "0";
        }
        // Sign, 29 digits and the point.
        Span<char> text = stackalloc char[32];
        value.TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
        var digits = text[..length];
        return (value.Scale == 0 ? digits : digits.TrimEnd('0').TrimEnd('.')).ToString();
    }
}
