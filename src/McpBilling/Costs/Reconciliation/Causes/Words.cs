using System.Globalization;

namespace McpBilling.Costs.Reconciliation.Causes;

/// <summary>Figures as evidence names them.</summary>
internal static class Words
{
    public static string Figure(decimal value, Measure measure) =>
        measure == Measure.Amount ? "$" + value.ToString("#,0.00####", CultureInfo.InvariantCulture) : value.ToString("#,0.######", CultureInfo.InvariantCulture);

    public static string Sides(Unexplained left, string kind) => Sides(kind, left.Day.Of(left.Measure)[kind], left.Measure);

    public static string Sides(string kind, Figures figures, Measure measure) =>
        $"{Name(kind)}: reported {Figure(figures.Reported, measure)}, recorded {Figure(figures.Recorded, measure)}";

    public static string Percent(decimal share) => (share * 100).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    public static string Name(string kind) => kind.Length == 0 ? "all kinds" : kind;

    public static string Name(IEnumerable<string> kinds) => string.Join(", ", kinds.Select(Name));

    /// <summary><c>03:00–05:00, 13:00–14:00 UTC</c>.</summary>
    public static string Hours(IEnumerable<int> hours)
    {
        List<(int From, int To)> runs = [];
        foreach (int hour in hours.Order())
        {
            if (runs.Count > 0 && runs[^1].To == hour)
            {
                runs[^1] = (runs[^1].From, hour + 1);
            }
            else
            {
                runs.Add((hour, hour + 1));
            }
        }
        return string.Join(", ", runs.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.From:00}:00–{r.To:00}:00"))) + " UTC";
    }
}
