using McpBilling.Money;

namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>The span of time that a row is about.</summary>
/// <param name="Begins">UTC.</param>
/// <param name="Length">A day where the report does not say.</param>
internal readonly record struct Bucket(Instant Begins, TimeSpan Length)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public long DayNumber => UtcDays.DayOf(Begins);

    /// <summary>Null where the bucket is longer than an hour.</summary>
    public int? HourOfDay => Length <= Hour ? UtcDays.HourOfDay(UtcDays.HourOf(Begins)) : null;

    /// <summary>The hour at which its day begins, where that is not midnight.</summary>
    public int? DayBegins => Length >= Day && !UtcDays.IsMidnight(Begins) ? UtcDays.HourOfDay(UtcDays.HourOf(Begins)) : null;

    /// <exception cref="Operations.BillingException">No beginning, or longer than a day.</exception>
    public static Bucket Read(ReportRow row, Instant? begins, Instant? ends)
    {
        if (begins is not { } from)
        {
            throw row.Problem("does not say when it begins (start_time, starting_at or usage_date_utc).");
        }
        if (ends is not { } to)
        {
            return new(from, Day);
        }
        var length = to - from;
        return length <= TimeSpan.Zero ? throw row.Problem($"ends at {to}, not after it begins, {from}.")
            : length > Day ? throw row.Problem($"is about {from} to {to}, more than a day: get the report in buckets of a day or an hour (bucket_width=1d or 1h).")
            : new(from, length);
    }
}
