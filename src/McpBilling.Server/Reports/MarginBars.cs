using McpBilling.Insights.Margins;

namespace McpBilling.Server.Reports;

/// <summary>The margin of each customer as a bar from the line of zero, to the right what earns, to the left what loses.</summary>
internal static class MarginBars
{
    private const int Width = 640, RowHeight = 25, Names = 150, Values = 92, LongestName = 20;

    /// <param name="rows">In the order in which they are drawn.</param>
    /// <param name="label">What it is a picture of.</param>
    public static Html Draw(IReadOnlyList<MarginRow> rows, string label)
    {
        var margins = rows.Select(r => Dollars.Parse(r.Margin)).ToList();
        var text = MoneyColumn.For(margins);
        var axis = new Axis(Math.Min(0, margins.Select(Axis.Of).DefaultIfEmpty(0).Min()), Math.Max(0, margins.Select(Axis.Of).DefaultIfEmpty(0).Max()), Names + 6, Width - Values);
        axis = axis.Greatest > axis.Least ? axis : axis with { Greatest = 1 };
        double zero = axis.Place(0), height = rows.Count * RowHeight + 8;
        var svg = new Html().Add($"<svg viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-label=\"{label}\">");
        svg.Add($"<line class=\"axis\" x1=\"{zero}\" x2=\"{zero}\" y1=\"0\" y2=\"{height}\"/>");
        for (int i = 0; i < rows.Count; i++)
        {
            double top = i * RowHeight + 4, end = axis.Place(Axis.Of(margins[i]));
            bool loses = margins[i] < Dollars.Zero;
            svg.Add($"<g class=\"bar\" data-key=\"{rows[i].Key}\" data-margin=\"{rows[i].Margin}\"><title>{rows[i].Key}: {text.Text(margins[i])}</title>");
            svg.Add($"<text class=\"name\" x=\"{Names}\" y=\"{top + 14}\" text-anchor=\"end\">{Cut(rows[i].Key)}</text>");
            svg.Add($"<rect class=\"{(loses ? "bad" : "good")}\" x=\"{Math.Min(zero, end)}\" y=\"{top}\" width=\"{Math.Max(1, Math.Abs(end - zero))}\" height=\"{RowHeight - 6}\" rx=\"2\"/>");
            svg.Add($"<text class=\"value\" x=\"{Math.Max(zero, end) + 6}\" y=\"{top + 14}\">{text.Text(margins[i])}</text></g>");
        }
        return svg.Add($"</svg>");
    }

    private static string Cut(string name) => name.Length <= LongestName ? name : name[..(LongestName - 1)] + "…";
}
