using McpBilling.Insights.Margins;

namespace McpBilling.Server.Reports;

/// <summary>Costs over time, a column for each day, the models one above the other.</summary>
internal static class CostColumns
{
    private const int Width = 640, Height = 280, Left = 52, Bottom = 26, Top = 10, Labels = 7;

    public static Html Draw(IReadOnlyList<string> models, IReadOnlyList<ModelCosts> days)
    {
        var costs = days.Select(d => d.Costs.Select(Dollars.Parse).ToList()).ToList();
        var axis = Axis.Round(0, costs.Select(c => Axis.Of(Dollars.Sum(c))).DefaultIfEmpty(0).Max(), Height - Bottom, Top);
        var text = MoneyColumn.For(costs.SelectMany(c => c));
        var svg = new Html().Add($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Cost by day and model\">");
        foreach (decimal tick in axis.Ticks())
        {
            double y = axis.Place(tick);
            svg.Add($"<line class=\"{(tick == 0 ? "axis" : "grid")}\" x1=\"{Left}\" x2=\"{Width}\" y1=\"{y}\" y2=\"{y}\"/>");
            svg.Add($"<text class=\"tick\" x=\"{Left - 6}\" y=\"{y + 4}\" text-anchor=\"end\">{MoneyColumn.Short(tick)}</text>");
        }
        double slot = (Width - Left) / (double)Math.Max(1, days.Count), gap = Math.Min(6, slot * 0.2);
        int every = (days.Count + Labels - 1) / Labels;
        for (int d = 0; d < days.Count; d++)
        {
            double x = Left + d * slot + gap / 2;
            // From the bottom up, so that what costs most lies on the line.
            decimal below = 0;
            for (int m = 0; m < models.Count; m++)
            {
                decimal cost = Axis.Of(costs[d][m]);
                if (cost <= 0)
                {
                    continue;
                }
                double bottom = axis.Place(below), top = axis.Place(below + cost);
                svg.Add($"<rect class=\"m{m}\" x=\"{x}\" y=\"{top}\" width=\"{Math.Min(slot - gap, 64)}\" height=\"{Math.Max(0.1, bottom - top)}\"><title>{days[d].Day} {models[m]}: {text.Text(costs[d][m])}</title></rect>");
                below += cost;
            }
            if (d % every == 0)
            {
                svg.Add($"<text class=\"tick\" x=\"{(x + slot > Width - 16 ? Width : x + Math.Min(slot - gap, 64) / 2)}\" y=\"{Height - 8}\" text-anchor=\"{(d == 0 ? "start" : x + slot > Width - 16 ? "end" : "middle")}\">{days[d].Day[5..]}</text>");
            }
        }
        return svg.Add($"</svg>");
    }
}
