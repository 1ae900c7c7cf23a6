using System.Globalization;
using McpBilling.Money;

namespace McpBilling.Costs.Reconciliation;

/// <summary>Days and hours counted from 1970 in UTC, which is how providers bill and how the ledger's roll-ups are keyed.</summary>
public static class UtcDays
{
    private const long HourLength = 3_600_000_000;
    private const long DayLength = 24 * HourLength;

    public static long DayOf(Instant at) => Floor(at.Microseconds, DayLength);

    public static long HourOf(Instant at) => Floor(at.Microseconds, HourLength);

    /// <summary>The day of an hour counted from 1970.</summary>
    public static long DayOfHour(long hour) => Floor(hour, 24);

    /// <summary>The hour of its day, 0 to 23.</summary>
    public static int HourOfDay(long hour) => (int)(hour - DayOfHour(hour) * 24);

    public static Instant StartOf(long day) => new(day * DayLength);

    public static bool IsMidnight(Instant at) => StartOf(DayOf(at)) == at;

    /// <summary><c>2026-11-24</c>.</summary>
    public static string Text(long day) => StartOf(day).ToDateTimeOffset().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static long Floor(long value, long length) => value >= 0 ? value / length : -((-value + length - 1) / length);
}
