namespace McpBilling.Money;

/// <summary>Writes amounts as decimal text without going through floating point.</summary>
public static class AmountText
{
    /// <summary>The longest text: sign, 19 digits, point.</summary>
    public const int MaxLength = 24;

    public static string Format(long units, int scale, int minorDigits)
    {
        Span<char> buffer = stackalloc char[MaxLength + Asset.MaxScale];
        int length = Format(units, scale, minorDigits, buffer);
        return new string(buffer[..length]);
    }

    /// <summary>Writes into <paramref name="buffer"/> (at least <see cref="MaxLength"/> + 12 long) and returns the length.</summary>
    public static int Format(long units, int scale, int minorDigits, Span<char> buffer)
    {
        bool negative = units < 0;
        ulong magnitude = negative ? (ulong)-(units + 1) + 1 : (ulong)units;
        int digits = scale;
        while (digits > minorDigits && magnitude % 10 == 0)
        {
            magnitude /= 10;
            digits--;
        }
        int at = buffer.Length;
        for (int i = 0; i < digits; i++)
        {
            buffer[--at] = (char)('0' + magnitude % 10);
            magnitude /= 10;
        }
        if (digits > 0)
        {
            buffer[--at] = '.';
        }
        do
        {
            buffer[--at] = (char)('0' + magnitude % 10);
            magnitude /= 10;
        }
        while (magnitude > 0);
        if (negative)
        {
            buffer[--at] = '-';
        }
        int length = buffer.Length - at;
        buffer[at..].CopyTo(buffer);
        return length;
    }
}
