using System.Globalization;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>
/// One row of a report, from JSON or from CSV. Fields are asked for by name, the API's first, then those of exports; what is not asked for is not looked
/// at, so that reports may grow. Strict about numbers: text, fractions of a token and negative values are refused with their place.
/// </summary>
internal abstract class ReportRow(ReportSource source, string place)
{
    private const decimal MostTokens = 1_000_000_000_000_000m;
    private const decimal MostDollars = 1_000_000_000m;

    /// <summary>The value of a field as text; null where it is absent, null or empty.</summary>
    protected abstract string? Raw(string name);

    /// <summary>Whether the report has the field at all, be it empty in this row.</summary>
    public abstract bool Has(string name);

    public BillingException Problem(string says) => source.Problem(place, says);

    public string? Text(params ReadOnlySpan<string> names) => Find(names).Value;

    /// <summary>A count of what was used: whole, not negative; null: not told.</summary>
    public decimal? Count(params ReadOnlySpan<string> names)
    {
        var (name, text) = Find(names);
        if (text is null)
        {
            return null;
        }
        decimal value = Number(name, text, "a whole number, not negative");
        return value >= 0 && value <= MostTokens && decimal.IsInteger(value) ? value
            : throw Problem($"{name} is {ReportSource.Shown(text)}: it must be a whole number, not negative, at most 10^15.");
    }

    /// <summary>An amount of money in dollars, or in cents where the report counts so.</summary>
    public decimal? Dollars(decimal unitsPerDollar, params ReadOnlySpan<string> names)
    {
        var (name, text) = Find(names);
        if (text is null)
        {
            return null;
        }
        decimal value = Number(name, text, "a decimal number, not negative") / unitsPerDollar;
        return value is >= 0 and <= MostDollars ? Math.Round(value, 18, MidpointRounding.ToEven)
            : throw Problem($"{name} is {ReportSource.Shown(text)}: it must be a decimal number, not negative, at most {MostDollars} dollars.");
    }

    public void RequireDollars(params ReadOnlySpan<string> names)
    {
        var (name, text) = Find(names);
        if (text is null)
        {
            throw Problem($"{names[0]} is missing: the amount's currency must be told, and be usd.");
        }
        if (!text.Equals("usd", StringComparison.OrdinalIgnoreCase))
        {
            throw Problem($"{name} is {ReportSource.Shown(text)}: costs are kept in usd, and amounts are never converted.");
        }
    }

    public bool? Flag(params ReadOnlySpan<string> names)
    {
        var (name, text) = Find(names);
        return text?.ToLowerInvariant() switch
        {
            null => null,
            "true" => true,
            "false" => false,
            _ => throw Problem($"{name} is {ReportSource.Shown(text)}: it must be true or false."),
        };
    }

    /// <summary>A point in time: RFC 3339, or seconds since 1970, or (in exports) a date, with or without an hour, in UTC.</summary>
    public Instant? Time(params ReadOnlySpan<string> names)
    {
        var (name, text) = Find(names);
        if (text is null)
        {
            return null;
        }
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds <= Instant.Latest.Microseconds / 1_000_000)
        {
            var at = new Instant(seconds * 1_000_000);
            return at >= Instant.Earliest ? at : throw Bad();
        }
        string whole = text.Length == 10 ? text + "T00:00:00Z"
            : text.Length is 16 or 19 ? $"{text[..10]}T{text[11..]}{(text.Length == 16 ? ":00" : "")}Z"
            : text;
        return Instant.TryParse(whole, out var instant) ? instant : throw Bad();

        BillingException Bad() => Problem($"{name} is {ReportSource.Shown(text!)}: it must be a time, such as 2026-11-24T00:00:00Z or seconds since 1970, in the years 2000 to 9999.");
    }

    private (string Name, string? Value) Find(ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (Raw(name) is { } value)
            {
                return (name, value);
            }
        }
        return (names[0], null);
    }

    // JSON numbers of these reports come with as many digits as a float prints, and with exponents; read from their digits, never through a float.
    private decimal Number(string name, string text, string wanted) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out decimal value)
            ? value
            : throw Problem($"{name} is {ReportSource.Shown(text)}: it must be {wanted}.");
}
