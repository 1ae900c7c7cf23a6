using McpBilling.Money;
using McpBilling.Pricing;

namespace McpBilling.Usage;

/// <summary>Where a rating period begins and ends: calendar months and days in the workspace's time zone.</summary>
public static class RatingPeriods
{
    /// <summary>The period of <paramref name="time"/>; the period "ever" begins at zero and never ends.</summary>
    public static (Instant Start, Instant End) Of(RatingPeriod period, Instant time, TimeZoneInfo zone)
    {
        if (period is RatingPeriod.Ever or RatingPeriod.Event)
        {
            return (new Instant(0), Instant.Never);
        }
        var local = TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), zone);
        var start = period == RatingPeriod.Month ? new DateTime(local.Year, local.Month, 1) : local.Date;
        var end = period == RatingPeriod.Month ? start.AddMonths(1) : start.AddDays(1);
        return (AtLocal(start, zone), AtLocal(end, zone));
    }

    // A midnight that a clock change skips begins at the first instant after the gap.
    private static Instant AtLocal(DateTime local, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15);
        }
        return Instant.From(new DateTimeOffset(local, zone.GetUtcOffset(local)));
    }
}
