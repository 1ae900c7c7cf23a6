using System.Globalization;
using McpBilling.Insights.Margins;
using McpBilling.Money;

namespace McpBilling.Server.Reports;

/// <summary>A period on one page of HTML, whole in itself: no script, nothing fetched, readable in light and dark and on paper.</summary>
/// <param name="drift">The newest reconciliation of days of the period; null: there is none.</param>
internal sealed class ReportPage(MarginReportOutput report, string workspace, Instant writtenAt, ProviderDrift? drift = null)
{
    // Nothing may run and nothing may be fetched, whatever a value manages to look like.
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

    private static readonly Lazy<string> Style = new(static () =>
    {
        using var reader = new StreamReader(typeof(ReportPage).Assembly.GetManifestResourceStream("reports/report.css")!);
        return reader.ReadToEnd();
    });

    public string Write()
    {
        var page = new Html();
        page.Add($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Add($"<meta http-equiv=\"Content-Security-Policy\" content=\"{Policy}\">\n<link rel=\"icon\" href=\"data:,\">\n<title>What each customer costs, {Days()}</title>\n");
        // The style is ours and holds no value.
        string head = page + $"<style>\n{Style.Value}</style>\n</head>\n<body>\n<main>\n";
        var body = new Html();
        body.Add($"<header><h1>What each customer costs</h1><p class=\"soft\">{Days()} · workspace {workspace} · US dollars, UTC days · written {writtenAt.ToString()[..16].Replace('T', ' ')} UTC</p></header>\n");
        body.Add($"{Cards()}");
        if (report.Totals.Customers > 0)
        {
            body.Add($"{Margins()}");
        }
        if (report.Models.Count > 0)
        {
            body.Add($"{Models()}");
        }
        if (report.CostCurve.Count > 0)
        {
            body.Add($"{Distribution()}{Top()}");
        }
        body.Add($"{drift?.Draw() ?? new Html()}{Unknown()}");
        body.Add($"<footer>Revenue is what usage charged in dollars, and for other assets what the credit that it used had been paid for. Cost is every model call and other cost that was recorded, priced line by line; not known is never counted as zero. Percentiles are by nearest rank. Hover over a bar for its figure.</footer>\n</main>\n</body>\n</html>\n");
        return head + body;
    }

    private string Days() => report.Period is { } p
        ? $"{DayRange.Text(DayRange.DayOf(p.From))} to {DayRange.Text(Math.Max(DayRange.DayOf(p.From), DayRange.DayOf(p.To) - 1))}"
        : "nothing recorded yet";

    private Html Cards()
    {
        var totals = report.Totals;
        var (revenue, cost, margin) = (Dollars.Parse(totals.Revenue), Dollars.Parse(totals.Cost), Dollars.Parse(totals.Margin));
        // Who earns tens of thousands does not look for cents here.
        var text = new[] { revenue, cost }.Max() >= Dollars.From(10_000m) ? new MoneyColumn(0) : MoneyColumn.For([revenue, cost, margin]);
        var cards = new Html().Add($"<div class=\"cards\">\n");
        void Card(string what, string figure, string more, bool loss = false) =>
            cards.Add($"<div class=\"card\"><div class=\"what\">{what}</div><div class=\"figure{(loss ? " loss" : "")}\">{figure}</div><div class=\"more\">{more}</div></div>\n");
        int losing = report.Alerts.NegativeMargin.Count;
        Card("Revenue", text.Text(revenue), $"{Count(totals.Customers)} customer{(totals.Customers == 1 ? "" : "s")}");
        Card("Cost", text.Text(cost), $"{Count(totals.Events)} cost event{(totals.Events == 1 ? "" : "s")}");
        Card("Margin", text.Text(margin), totals.MarginPercent is { } percent ? $"{Percent(percent)} of revenue" : "no revenue", margin < Dollars.Zero);
        Card("Losing customers", Count(losing), losing == 0 ? "every margin is positive" : "cost more than they bring in", losing > 0);
        Card("Unattributed", Percent(report.Unattributed.CostPercent), $"of cost; {Percent(report.Unattributed.EventsPercent)} of events");
        Card("Unpriced", Percent(report.Unpriced.EventsPercent), $"of events; {Count(report.Unpriced.Incomplete)} in part");
        return cards.Add($"</div>\n");
    }

    private Html Margins()
    {
        var amounts = report.Customers.Concat<MarginFigure>([report.Totals]).SelectMany(c => new[] { c.Revenue, c.Cost, c.Margin }).Select(Dollars.Parse);
        var text = MoneyColumn.For(amounts);
        Html Table(IEnumerable<MarginRow> rows)
        {
            var table = new ReportTable("Customer", "Revenue", "Cost", "Margin", "%");
            foreach (var c in rows)
            {
                table.Row([c.Key, text.Text(Dollars.Parse(c.Revenue)), text.Text(Dollars.Parse(c.Cost)), text.Text(Dollars.Parse(c.Margin)), Percent(c.MarginPercent, "")], c.Margin[0] == '-');
            }
            return table.Write();
        }
        if (report.Others is not { } others)
        {
            return Section("Margin per customer", "Every customer, the greatest margin first.", MarginBars.Draw(report.Customers, "Margin per customer"), Table(report.Customers));
        }
        // Beside the greatest loss of thousands of customers every gain is a hair's breadth: each half has a scale of its own, and says so.
        int half = report.Customers.Count / 2;
        List<MarginRow> best = [.. report.Customers.Take(half)], worst = [.. report.Customers.Skip(half)];
        var rest = new Html().Add($"{Count(others.Count)} customers lie between: revenue {text.Text(Dollars.Parse(others.Revenue))}, cost {text.Text(Dollars.Parse(others.Cost))}, margin {text.Text(Dollars.Parse(others.Margin))}.");
        return new Html().Add($"<section><h2>Margin per customer</h2><p class=\"soft\">The {half} customers that earn most. {rest}</p>")
            .Add($"<div class=\"split\"><figure>{MarginBars.Draw(best, "The greatest margins")}</figure><div class=\"wide\">{Table(best)}</div></div>")
            .Add($"<p class=\"soft half\">The {worst.Count} that earn least, on a scale of their own.</p>")
            .Add($"<div class=\"split\"><figure>{MarginBars.Draw(worst, "The least margins")}</figure><div class=\"wide\">{Table(worst)}</div></div></section>\n");
    }

    private Html Models()
    {
        var sums = report.Models.Select((_, m) => Dollars.Sum(report.Days.Select(d => Dollars.Parse(d.Costs[m])))).ToList();
        var all = Dollars.Sum(sums);
        var text = MoneyColumn.For(sums);
        var table = new ReportTable("Model", "Cost", "Share");
        for (int m = 0; m < sums.Count; m++)
        {
            table.Row([report.Models[m], text.Text(sums[m]), Percent(sums[m].PercentOf(all))], loss: false, key: $"m{m}");
        }
        table.Foot("Together", text.Text(all), "100 %");
        var days = new ReportTable(["Day", .. report.Models, "Together"]);
        var small = MoneyColumn.For(report.Days.SelectMany(d => d.Costs).Select(Dollars.Parse));
        foreach (var day in report.Days)
        {
            var costs = day.Costs.Select(Dollars.Parse).ToList();
            days.Row([day.Day, .. costs.Select(small.Text), small.Text(Dollars.Sum(costs))], loss: false);
        }
        var section = Section("Cost over time by model", "One column a day; the models that cost most, from the bottom up.", CostColumns.Draw(report.Models, report.Days), table.Write(),
            new Html().Add($"<details><summary>Each day in figures</summary><div class=\"scroll\">{days.Write()}</div></details>"));
        return section;
    }

    private Html Distribution()
    {
        var (cost, margin) = (report.Distribution.Cost, report.Distribution.Margin);
        var text = MoneyColumn.For(new[] { cost.P50, cost.P75, cost.P90, cost.P99, margin.P50, margin.P75, margin.P90, margin.P99 }.Select(Dollars.Parse));
        var table = new ReportTable("Percentile", "Cost", "Margin");
        foreach (var (name, c, m) in new[] { ("p50", cost.P50, margin.P50), ("p75", cost.P75, margin.P75), ("p90", cost.P90, margin.P90), ("p99", cost.P99, margin.P99) })
        {
            table.Row([name, text.Text(Dollars.Parse(c)), text.Text(Dollars.Parse(m))], m[0] == '-');
        }
        table.Row(["most", text.Text(Dollars.Parse(report.CostCurve[^1])), ""], loss: false);
        return Section("Distribution", "Customers in the order of what they cost, up to the 99th of a hundred: so many cost no more than this. Margins are ranked by themselves.", CostCurve.Draw(report.CostCurve), table.Write());
    }

    private Html Top()
    {
        var top = report.Alerts.TopCost;
        var losing = report.Alerts.NegativeMargin;
        double width = top.CostPercent is { } share ? Math.Clamp(double.Parse(share, CultureInfo.InvariantCulture), 0, 100) : 0;
        var left = new Html().Add($"<h2>The top 5 % by cost</h2><p class=\"soft\">{Count(top.Count)} customer{(top.Count == 1 ? "" : "s")} cause{(top.Count == 1 ? "s" : "")} {Percent(top.CostPercent)} of all costs.</p>");
        left.Add($"<div class=\"share\"><span style=\"width:{width}%\"></span></div>{Alerted(top)}");
        var right = new Html().Add($"<h2>Losing customers</h2><p class=\"soft\">{(losing.Count == 0 ? "Nobody costs more than they bring in." : $"{Count(losing.Count)} cost more than they bring in.")}</p>{Alerted(losing)}");
        return new Html().Add($"<section><div class=\"split even\"><div>{left}</div><div>{right}</div></div></section>\n");
    }

    private static Html Alerted(AlertList list)
    {
        if (list.Count == 0)
        {
            return new Html();
        }
        var text = MoneyColumn.For(list.Customers.SelectMany(c => new[] { c.Revenue, c.Cost, c.Margin }).Select(Dollars.Parse));
        var table = new ReportTable("Customer", "Cost", "Revenue", "Margin");
        foreach (var c in list.Customers)
        {
            table.Row([c.CustomerId, text.Text(Dollars.Parse(c.Cost)), text.Text(Dollars.Parse(c.Revenue)), text.Text(Dollars.Parse(c.Margin))], c.Margin[0] == '-');
        }
        if (list.Count > list.Customers.Count)
        {
            table.Row([$"{Count(list.Count - list.Customers.Count)} more", "", "", ""], loss: false);
        }
        return new Html().Add($"<div class=\"scroll\">{table.Write()}</div>");
    }

    private Html Unknown()
    {
        var shares = new[] { ("Unattributed", report.Unattributed), ("Internal", report.Internal), ("Socialized failures", report.Socialized), ("Written-off failures", report.WrittenOff) };
        var text = MoneyColumn.For(shares.Select(s => Dollars.Parse(s.Item2.Cost)));
        var table = new ReportTable("What no single customer bears", "Events", "of all", "Cost", "of all");
        foreach (var (name, share) in shares)
        {
            table.Row([name, Count(share.Events), Percent(share.EventsPercent), text.Text(Dollars.Parse(share.Cost)), Percent(share.CostPercent)], loss: false);
        }
        var unpriced = new ReportTable("What is not known", "Events", "of all");
        unpriced.Row(["Unpriced: no price for the model or kind", Count(report.Unpriced.Events), Percent(report.Unpriced.EventsPercent)], loss: false);
        unpriced.Row(["Priced in part: a lower bound", Count(report.Unpriced.Incomplete), Percent(Dollars.Percent(report.Unpriced.Incomplete, report.Totals.Events))], loss: false);
        unpriced.Row(["No usage in the response", Count(report.Unpriced.NoUsage), Percent(Dollars.Percent(report.Unpriced.NoUsage, report.Totals.Events))], loss: false);
        var notes = new Html();
        foreach (string warning in report.Warnings)
        {
            notes.Add($"<p class=\"note\">{warning}</p>\n");
        }
        return new Html().Add($"<section><h2>Unattributed and unpriced</h2><p class=\"soft\">How far the figures above can be relied on.</p>{notes}<div class=\"split even\"><div class=\"wide\">{table.Write()}</div><div class=\"wide\">{unpriced.Write()}</div></div></section>\n");
    }

    private static Html Section(string title, string about, Html plot, Html table, Html? below = null) => new Html().Add(
        $"<section><h2>{title}</h2><p class=\"soft\">{about}</p><div class=\"split\"><figure>{plot}</figure><div class=\"wide\">{table}</div></div>{below ?? new Html()}</section>\n");

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Percent(string? percent, string nothing = "–") => percent is null ? nothing : Digits(decimal.Parse(percent, CultureInfo.InvariantCulture)).Replace('-', '−') + " %";

    // What is little is not shown as nothing, and what is huge not to the tenth.
    private static string Digits(decimal percent) => percent.ToString(percent != 0 && Math.Abs(percent) < 0.1m ? "0.00" : Math.Abs(percent) >= 1_000 ? "#,0" : "0.0", CultureInfo.InvariantCulture);
}
