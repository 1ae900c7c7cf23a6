using McpBilling.Money;
using McpBilling.Portal;

namespace McpBilling.Tests.Portal;

/// <summary>How long a balance lasts.</summary>
public sealed class ActivityDaysTests
{
    private static readonly Asset Credits = new("credits", "Credits", 0, 0);
    private static readonly Instant Now = Instant.From(new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero));

    [Theory]
    // What was used, and how many days ago.
    [InlineData("10@1,10@2", 10.0)]
    [InlineData("10@13.9,130@1", 10.0719)]
    [InlineData("999@15", null)]
    [InlineData("50@0.1", 50.0)]
    [InlineData("50@2,-50@1", null)]
    public void The_average_is_of_fourteen_days_or_since_first_use(string uses, double? expected)
    {
        var entries = uses.Split(',').Select(u => u.Split('@')).Select(u => Used(long.Parse(u[0]), double.Parse(u[1], System.Globalization.CultureInfo.InvariantCulture)))
            .OrderByDescending(e => e.Time).ToList();
        decimal? average = ActivityDays.Average(entries, Now);
        Assert.Equal(expected, average is { } each ? Math.Round((double)each, 4) : null);
    }

    [Theory]
    [InlineData(100, 10.0, 10)]
    [InlineData(109, 10.0, 10)]
    [InlineData(9, 10.0, 0)]
    [InlineData(0, 10.0, 0)]
    [InlineData(-5, 10.0, 0)]
    [InlineData(100, null, null)]
    [InlineData(1_000_000, 1.0, null)]
    public void Days_left_are_whole_ones(long available, double? average, int? days) =>
        Assert.Equal(days, ActivityDays.Left(available, (decimal?)average));

    private static ActivityEntry Used(long units, double daysAgo) => new(Credits, Now - TimeSpan.FromDays(daysAgo), -units, units, 0);
}
