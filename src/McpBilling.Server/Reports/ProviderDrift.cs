using System.Globalization;
using System.Text.Json;
using McpBilling.Insights.Margins;

namespace McpBilling.Server.Reports;

/// <summary>How far the ledger and the providers' own reports were apart when they were last held against each other, as a kept reconciliation says it.</summary>
internal sealed record ProviderDrift(string FirstDay, string LastDay, IReadOnlyList<DriftLine> Providers, IReadOnlyList<DriftLine> Worst, IReadOnlyList<string> Causes)
{
    private const int MostRows = 12;

    /// <summary>Reads the answer of <c>get_reconciliation</c>.</summary>
    public static ProviderDrift Read(JsonElement reconciliation)
    {
        var answer = reconciliation.GetProperty("answer");
        IEnumerable<DriftLine> Lines(string name, Func<JsonElement, string> what) => answer.GetProperty(name).EnumerateArray().Select(r => new DriftLine(
            what(r), Number(r, "reported"), Number(r, "recorded"), Number(r, "drift_percent"), Text(r, "colour"), !r.TryGetProperty("measure", out var measure) || measure.GetString() == "amount"));
        return new ProviderDrift(
            Text(reconciliation, "first_day"), Text(reconciliation, "last_day"),
            [.. Lines("totals", r => Text(r, "provider"))],
            [.. Lines("rows", r => string.Join(' ', new[] { Text(r, "day"), $"{Text(r, "provider")}/{Text(r, "model")}".TrimEnd('/'), Text(r, "kind") }.Where(t => t.Length > 0))).Where(r => r.Colour != "green").Take(MostRows)],
            [.. answer.GetProperty("findings").EnumerateArray().Take(MostRows).Select(f => string.Create(
                CultureInfo.InvariantCulture, $"{Text(f, "cause").Replace('_', ' ')}, {Text(f, "day")} {Text(f, "provider")} {Text(f, "model")}: {Text(f, "fix")}"))]);
    }

    /// <summary>Whether the days of a reconciliation in a list are among those of a report.</summary>
    public static bool IsWithin(JsonElement line, DayRange days) =>
        string.CompareOrdinal(Text(line, "first_day"), DayRange.Text(days.To - 1)) <= 0 && string.CompareOrdinal(Text(line, "last_day"), DayRange.Text(days.From)) >= 0;

    public Html Draw()
    {
        var section = new Html().Add($"<section><h2>Drift</h2><p class=\"soft\">The ledger beside the providers' own reports, {FirstDay} to {LastDay}: under 1 % apart is green, to 5 % amber, above red. <span class=\"key m5\"></span>reported <span class=\"key m0\"></span>recorded</p>");
        if (Providers.Count > 0)
        {
            section.Add($"<div class=\"split\"><figure>{Bars()}</figure><div class=\"wide\">{Table("Provider", Providers)}</div></div>");
        }
        if (Worst.Count > 0)
        {
            section.Add($"<p class=\"soft half\">What is furthest apart.</p><div class=\"wide\">{Table("Day, model and kind", Worst)}</div>");
        }
        foreach (string cause in Causes)
        {
            section.Add($"<p class=\"note half\">{cause}</p>");
        }
        return section.Add($"</section>\n");
    }

    private Html Bars()
    {
        const int width = 640, row = 46, names = 110, values = 92;
        var text = MoneyColumn.For(Providers.SelectMany(p => new[] { Dollars.From(p.Reported), Dollars.From(p.Recorded) }));
        var axis = new Axis(0, Math.Max(0.000001m, Providers.Max(p => Math.Max(p.Reported, p.Recorded))), names + 6, width - values);
        var svg = new Html().Add($"<svg viewBox=\"0 0 {width} {Providers.Count * row}\" role=\"img\" aria-label=\"Reported and recorded costs per provider\">");
        for (int i = 0; i < Providers.Count; i++)
        {
            var p = Providers[i];
            double top = i * row + 4;
            svg.Add($"<g><title>{p.What}: reported {text.Text(Dollars.From(p.Reported))}, recorded {text.Text(Dollars.From(p.Recorded))}</title><text x=\"{names}\" y=\"{top + 22}\" text-anchor=\"end\">{p.What}</text>");
            foreach (var (amount, style, y) in new[] { (p.Reported, "m5", top), (p.Recorded, "m0", top + 18) })
            {
                double end = axis.Place(Math.Max(0, amount));
                svg.Add($"<rect class=\"{style}\" x=\"{names + 6}\" y=\"{y}\" width=\"{Math.Max(1, end - names - 6)}\" height=\"15\" rx=\"2\"/><text x=\"{end + 6}\" y=\"{y + 12}\">{text.Text(Dollars.From(amount))}</text>");
            }
            svg.Add($"</g>");
        }
        return svg.Add($"</svg>");
    }

    private static Html Table(string what, IReadOnlyList<DriftLine> lines)
    {
        var table = new ReportTable(what, "Reported", "Recorded", "Drift");
        var text = MoneyColumn.For(lines.Where(l => l.IsMoney).SelectMany(l => new[] { Dollars.From(l.Reported), Dollars.From(l.Recorded) }));
        string Shown(DriftLine line, decimal value) => line.IsMoney ? text.Text(Dollars.From(value)) : value.ToString("#,0.##", CultureInfo.InvariantCulture);
        foreach (var line in lines)
        {
            table.Row([line.What, Shown(line, line.Reported), Shown(line, line.Recorded), line.Percent.ToString("0.##", CultureInfo.InvariantCulture) + " %"], loss: false, key: line.Colour);
        }
        return table.Write();
    }

    private static string Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.ToString() : "";

    private static decimal Number(JsonElement of, string name) => decimal.Parse(Text(of, name), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
}

/// <summary>What a provider reported beside what was recorded.</summary>
/// <param name="IsMoney">US dollars; else tokens or calls.</param>
internal sealed record DriftLine(string What, decimal Reported, decimal Recorded, decimal Percent, string Colour, bool IsMoney);
