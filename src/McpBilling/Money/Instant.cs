using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpBilling.Money;

/// <summary>A point in time as whole Unix microseconds, UTC. The only form of time in the core and in storage.</summary>
/// <param name="Microseconds">Microseconds since 1970-01-01T00:00:00Z.</param>
[JsonConverter(typeof(InstantJsonConverter))]
public readonly record struct Instant(long Microseconds) : IComparable<Instant>
{
    /// <summary>The longest text of an instant: <c>2026-11-24T10:00:00.123456Z</c>.</summary>
    public const int MaxLength = 27;

    /// <summary>Before everything: what a price's first version is effective from.</summary>
    public static readonly Instant Beginning = new(long.MinValue);

    /// <summary>After everything: stands for "never" where an order is needed.</summary>
    public static readonly Instant Never = new(long.MaxValue);

    /// <summary>The earliest and latest instants that a caller may name (years 2000 to 9999).</summary>
    public static readonly Instant Earliest = From(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero));
    public static readonly Instant Latest = From(new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public long Milliseconds => Microseconds / 1000;

    public static Instant From(DateTimeOffset time) => new(time.UtcDateTime.Ticks / 10 - DateTime.UnixEpoch.Ticks / 10);

    public DateTimeOffset ToDateTimeOffset() => new(DateTime.UnixEpoch.Ticks + Microseconds * 10, TimeSpan.Zero);

    /// <summary>Reads RFC 3339 with an offset (<c>2026-11-24T10:00:00Z</c>, <c>…+01:00</c>), years 2000 to 9999.</summary>
    public static bool TryParse(string text, out Instant instant)
    {
        instant = default;
        if (text.Length is < 20 or > 40 || text[10] is not ('T' or 't'))
        {
            return false;
        }
        bool hasOffset = text[^1] is 'Z' or 'z' || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        if (!hasOffset || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return false;
        }
        instant = From(time);
        return instant >= Earliest && instant <= Latest;
    }

    public int CompareTo(Instant other) => Microseconds.CompareTo(other.Microseconds);
    public static bool operator <(Instant a, Instant b) => a.Microseconds < b.Microseconds;
    public static bool operator >(Instant a, Instant b) => a.Microseconds > b.Microseconds;
    public static bool operator <=(Instant a, Instant b) => a.Microseconds <= b.Microseconds;
    public static bool operator >=(Instant a, Instant b) => a.Microseconds >= b.Microseconds;
    public static Instant operator +(Instant a, TimeSpan span) => new(checked(a.Microseconds + span.Ticks / 10));
    public static Instant operator -(Instant a, TimeSpan span) => new(checked(a.Microseconds - span.Ticks / 10));
    public static TimeSpan operator -(Instant a, Instant b) => TimeSpan.FromTicks(checked((a.Microseconds - b.Microseconds) * 10));
    public static Instant Min(Instant a, Instant b) => a < b ? a : b;
    public static Instant Max(Instant a, Instant b) => a > b ? a : b;

    /// <summary>RFC 3339 in UTC with as many fraction digits as it takes (at most six).</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[MaxLength];
        return text[..Write(text)].ToString();
    }

    // By hand: it is on the path of every authorization, and a format string is read anew each time.
    /// <summary>Writes what <see cref="ToString"/> answers.</summary>
    /// <param name="text">Room for <see cref="MaxLength"/>.</param>
    /// <returns>How many characters were written.</returns>
    internal int Write(Span<char> text)
    {
        if (Microseconds is long.MinValue or long.MaxValue)
        {
            string word = Microseconds is long.MinValue ? "beginning" : "never";
            word.CopyTo(text);
            return word.Length;
        }
        var (date, time) = new DateTime(DateTime.UnixEpoch.Ticks + Microseconds * 10);
        Digits(date.Year, text[..4]);
        text[4] = '-';
        Digits(date.Month, text[5..7]);
        text[7] = '-';
        Digits(date.Day, text[8..10]);
        text[10] = 'T';
        Digits(time.Hour, text[11..13]);
        text[13] = ':';
        Digits(time.Minute, text[14..16]);
        text[16] = ':';
        Digits(time.Second, text[17..19]);
        int length = 19;
        int fraction = (int)(time.Ticks % TimeSpan.TicksPerSecond / 10);
        if (fraction != 0)
        {
            text[19] = '.';
            Digits(fraction, text[20..26]);
            length = 26;
            while (text[length - 1] == '0')
            {
                length--;
            }
        }
        text[length] = 'Z';
        return length + 1;
    }

    private static void Digits(int number, Span<char> text)
    {
        for (int i = text.Length - 1; i >= 0; i--, number /= 10)
        {
            text[i] = (char)('0' + number % 10);
        }
    }
}

/// <summary>Instants travel as RFC 3339 text.</summary>
public sealed class InstantJsonConverter : JsonConverter<Instant>
{
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Instant.TryParse(reader.GetString()!, out var instant)
            ? instant
            : throw new JsonException("expected an RFC 3339 time with an offset, such as 2026-11-24T10:00:00Z");

    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[Instant.MaxLength];
        writer.WriteStringValue(text[..value.Write(text)]);
    }
}
