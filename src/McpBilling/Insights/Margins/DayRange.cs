using System.Globalization;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Insights.Margins;

/// <summary>Whole UTC days, counted from 1970-01-01: the grain in which costs and charges are summed up.</summary>
/// <param name="From">The first day.</param>
/// <param name="To">The day after the last.</param>
public readonly record struct DayRange(int From, int To)
{
    private const long MicrosecondsADay = 86_400_000_000;

    /// <summary>Every day that an instant can fall on.</summary>
    public static readonly DayRange Always = new(0, (int)(Instant.Latest.Microseconds / MicrosecondsADay) + 1);

    public int Count => To - From;

    /// <summary>The day of a time that a caller may name.</summary>
    public static int DayOf(Instant at) => (int)(at.Microseconds / MicrosecondsADay);

    /// <summary>The calendar month that a day is in.</summary>
    public static DayRange MonthOf(int day)
    {
        var date = DateOf(day);
        var first = new DateOnly(date.Year, date.Month, 1);
        return new(DayOf(first), DayOf(first.AddMonths(1)));
    }

    public static DateOnly DateOf(int day) => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(day);

    public static int DayOf(DateOnly date) => date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    /// <summary>The day as people write it: <c>2026-11-01</c>.</summary>
    public static string Text(int day) => DateOf(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static Instant Start(int day) => new(day * MicrosecondsADay);

    /// <summary>
    /// Reads the bounds of a report: dates, or times, whose days count whole. What is left out is not bounded.
    /// </summary>
    /// <param name="from">The first day: <c>2026-11-01</c>, or a time on it.</param>
    /// <param name="to">The day after the last: <c>2026-12-01</c>, or a time up to which it counts.</param>
    /// <exception cref="BillingException"><c>invalid_request</c>: no date, or no day between them.</exception>
    public static DayRange Read(string? from, string? to)
    {
        int first = from is null ? Always.From : Day(from, "from", up: false), end = to is null ? Always.To : Day(to, "to", up: true);
        return end > first
            ? new(first, end)
            : throw new BillingException(ErrorCode.InvalidRequest, $"to is {to}: it must be after from, {from}. It is the day after the last one that counts.", "to");
    }

    // 2026-11-30T12:00:00Z as an end takes that day in; 2026-12-01 and 2026-12-01T00:00:00Z do not.
    private static int Day(string text, string field, bool up)
    {
        if (Instant.TryParse(text, out var at))
        {
            int day = DayOf(at);
            return up && Start(day) < at ? day + 1 : day;
        }
        return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year >= 2000
            ? DayOf(date)
            : throw new BillingException(
                ErrorCode.InvalidRequest, $"{field} is {WalletSession.Shown(text)}: it must be a date such as 2026-11-01, or a time with an offset such as 2026-11-01T00:00:00Z, from the year 2000 on.", field);
    }
}
