using System.Globalization;
using McpBilling.Portal;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal.Pages;

/// <summary>A balance, day by day, and where it leads: drawn here, so that it needs no script. The table beside it says the same.</summary>
internal static class BurnDown
{
    private const int Width = 640, Height = 240, Left = 64, Right = 14, Top = 14, Bottom = 28;

    /// <summary>So many days ahead at most, so that the past keeps its room.</summary>
    private const int MostAhead = 15;

    public static DateOnly DayOf(ActivityDay day) => DateOnly.ParseExact(day.Day, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static Html Draw(PortalVisit visit, ActivityAccount account)
    {
        var language = visit.Language;
        var days = account.Days;
        var balances = days.Select(d => PortalVisit.Decimal(d.Balance)).ToList();
        int ahead = account.DaysLeft is { } left ? Math.Min(MostAhead, left + 1) : 0;
        int steps = Math.Max(1, days.Count - 1 + ahead);
        var axis = Axis.Round(balances.Min(), balances.Max(), Height - Bottom, Top);
        double X(double day) => Left + (Width - Left - Right) * day / steps;
        string about = language.Text("usage.chart.about", ("from", language.Date(DayOf(days[0]))), ("to", language.Date(DayOf(days[^1]))),
            ("first", visit.Figure(account.Asset, days[0].Balance)), ("last", visit.Figure(account.Asset, days[^1].Balance)));
        // Time runs from left to right in every language, as the figures under it do.
        var svg = new Html().Add($"<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{about}\" direction=\"ltr\">");
        foreach (decimal tick in axis.Ticks())
        {
            double y = axis.Place(tick);
            svg.Add($"<line class=\"{(tick == 0 ? "axis" : "grid")}\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y}\" y2=\"{y}\"/><text x=\"{Left - 8}\" y=\"{y + 4}\" text-anchor=\"end\">{Short(language, tick)}</text>");
        }
        foreach (int day in (int[])[0, days.Count / 2, days.Count - 1])
        {
            svg.Add($"<text x=\"{X(day)}\" y=\"{Height - 8}\" text-anchor=\"{(day == 0 ? "start" : "middle")}\">{language.ShortDate(DayOf(days[day]))}</text>");
        }
        // A balance holds until it changes: steps would say so of moments; of evenings a line is what can be read.
        var line = new Html();
        for (int i = 0; i < balances.Count; i++)
        {
            line.Add($"{(i == 0 ? "M" : " L")}{X(i)} {axis.Place(balances[i])}");
        }
        svg.Add($"<path class=\"area\" d=\"{line} L{X(days.Count - 1)} {axis.Place(0)} L{X(0)} {axis.Place(0)} Z\"/><path class=\"line\" d=\"{line}\"/>");
        if (ahead > 0 && account.AveragePerDay is { } average && balances[^1] > 0)
        {
            decimal then = Math.Max(0, balances[^1] - PortalVisit.Decimal(average) * ahead);
            svg.Add($"<line class=\"ahead\" x1=\"{X(days.Count - 1)}\" y1=\"{axis.Place(balances[^1])}\" x2=\"{X(steps)}\" y2=\"{axis.Place(then)}\"/>");
        }
        return svg.Add($"<circle class=\"now\" cx=\"{X(days.Count - 1)}\" cy=\"{axis.Place(balances[^1])}\" r=\"4\"/></svg>");
    }

    private static string Short(Language language, decimal tick) => Math.Abs(tick) switch
    {
        >= 1_000_000_000 => language.Number(tick / 1_000_000_000, 0, 1) + " G",
        >= 1_000_000 => language.Number(tick / 1_000_000, 0, 1) + " M",
        >= 10_000 => language.Number(tick / 1_000, 0, 1) + " k",
        _ => language.Number(tick, 0, 6),
    };
}
