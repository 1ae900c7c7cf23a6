namespace McpBilling.Costs.Reconciliation.Causes;

/// <summary>
/// Use that one side counts on the day before or after. Only this makes two neighbouring days differ by the same figures with opposite signs, or (by the
/// hour) lets a day agree in all hours but its first and last, in which calls were recorded; a report whose days do not begin at midnight UTC says it itself.
/// </summary>
internal static class DayBorders
{
    // Two sums of tens of thousands of calls; more than this apart is another cause.
    private const decimal Cancels = 0.1m;
    private const decimal MostOfIt = 0.95m;

    /// <summary>On a single day.</summary>
    public static Finding? Find(Unexplained left)
    {
        string[] kinds = [.. left.Left];
        if (kinds.Length == 0)
        {
            return null;
        }
        if (left.Day.DayBegins is { } hour)
        {
            left.Settle(kinds);
            return left.Found(DriftCause.DayBorder, kinds, $"the report's days begin at {Words.Hours([hour])[..5]} UTC, those of the ledger at 00:00");
        }
        if (!left.Day.IsHourly || left.Measure != Measure.Quantity || !kinds.All(k => IsAtBorders(left.Day, left.Day.Quantities[k])))
        {
            return null;
        }
        left.Settle(kinds);
        return left.Found(DriftCause.DayBorder, kinds, [
            "every hour agrees but the first and the last of the day, in which calls were recorded",
            .. kinds.Select(k => Words.Sides(left, k))]);
    }

    /// <summary>On two neighbouring days of a model: settles on both what cancels out.</summary>
    public static IEnumerable<Finding> FindBetween(Unexplained first, Unexplained second)
    {
        string[] kinds = [.. first.Left.Where(second.Left.Contains)];
        // A day that differs in other kinds too has another cause.
        if (kinds.Length == 0 || kinds.Length != first.Left.Count() || kinds.Length != second.Left.Count() || !kinds.All(k => Cancel(Difference(first, k), Difference(second, k))))
        {
            yield break;
        }
        string[] evidence = [.. kinds.Select(k =>
            $"{Words.Name(k)}: {Signed(Difference(first, k), first.Measure)} on {UtcDays.Text(first.Day.Day)} and {Signed(Difference(second, k), first.Measure)} on {UtcDays.Text(second.Day.Day)}; both days together agree")];
        foreach (var day in (Unexplained[])[first, second])
        {
            day.Settle(kinds);
            yield return day.Found(DriftCause.DayBorder, kinds, evidence);
        }
    }

    private static decimal Difference(Unexplained left, string kind) => left.Reported(kind) - left.Recorded(kind);

    private static bool Cancel(decimal a, decimal b) => Math.Sign(a) == -Math.Sign(b) && Math.Abs(a + b) <= Cancels * Math.Max(Math.Abs(a), Math.Abs(b));

    private static string Signed(decimal value, Measure measure) => (value < 0 ? "−" : "+") + Words.Figure(Math.Abs(value), measure);

    private static bool IsAtBorders(ModelDay day, Figures figures)
    {
        decimal all = 0, borders = 0;
        for (int h = 0; h < 24; h++)
        {
            decimal apart = Math.Abs(figures.ReportedByHour[h] - figures.RecordedByHour[h]);
            all += apart;
            borders += h is 0 or 23 && day.EventsByHour[h] > 0 ? apart : 0;
        }
        return all > 0 && borders >= MostOfIt * all;
    }
}
