using McpBilling.Insights.Margins;

namespace McpBilling.Tests.Insights.Margins;

public sealed class DayRangeTests
{
    [Theory]
    [InlineData("2026-11-01", "2026-12-01", "2026-11-01 2026-12-01")]
    [InlineData("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "2026-11-01 2026-12-01")]
    [InlineData("2026-11-01T23:59:59.999999Z", "2026-11-30T00:00:00.000001Z", "2026-11-01 2026-12-01")]
    [InlineData("2026-11-01T00:30:00+02:00", "2026-11-02", "2026-10-31 2026-11-02")]
    [InlineData("2024-02-29", "2024-03-01", "2024-02-29 2024-03-01")]
    public void Bounds_are_whole_days_in_UTC(string from, string to, string days)
    {
        var range = DayRange.Read(from, to);
        Assert.Equal(days, $"{DayRange.Text(range.From)} {DayRange.Text(range.To)}");
    }

    [Fact]
    public void What_is_left_out_is_not_bounded() => Assert.Equal(DayRange.Always, DayRange.Read(null, null));

    [Theory]
    [InlineData("2026-02-10", "2026-02-01", 28)]
    [InlineData("2026-12-31", "2026-12-01", 31)]
    public void A_month_is_the_calendars(string day, string first, int length)
    {
        var month = DayRange.MonthOf(DayRange.Read(day, null).From);
        Assert.Equal((first, length), (DayRange.Text(month.From), month.Count));
    }
}
