using McpBilling.Insights.Margins;

namespace McpBilling.Server.Reports;

/// <summary>The customers in the order of what they cost: how steep the end is, is how much the heaviest weigh.</summary>
internal static class CostCurve
{
    private const int Width = 640, Height = 260, Left = 52, Right = 12, Bottom = 26, Top = 24;

    /// <param name="curve">The cost at 1 to 100 of a hundred customers.</param>
    public static Html Draw(IReadOnlyList<string> curve)
    {
        // The last hundredth may cost more than all others together; the table says it, the picture shows the others.
        var costs = curve.Take(99).Select(Dollars.Parse).ToList();
        var axis = Axis.Round(0, Axis.Of(costs[^1]), Height - Bottom, Top);
        var text = MoneyColumn.For([costs[49], costs[74], costs[89], costs[98]]);
        var svg = new Html().Add($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Cost per customer by percentile\">");
        foreach (decimal tick in axis.Ticks())
        {
            double y = axis.Place(tick);
            svg.Add($"<line class=\"{(tick == 0 ? "axis" : "grid")}\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y}\" y2=\"{y}\"/>");
            svg.Add($"<text class=\"tick\" x=\"{Left - 6}\" y=\"{y + 4}\" text-anchor=\"end\">{MoneyColumn.Short(tick)}</text>");
        }
        static double X(int percent) => Left + (Width - Left - Right) * percent / 99.0;
        // A rank holds from the hundredth before it on: steps, not a slope that nobody measured.
        var path = new Html();
        for (int p = 1; p <= costs.Count; p++)
        {
            path.Add($" L{X(p - 1)} {axis.Place(Axis.Of(costs[p - 1]))} L{X(p)} {axis.Place(Axis.Of(costs[p - 1]))}");
        }
        svg.Add($"<path class=\"area\" d=\"M{X(0)} {axis.Place(0)}{path} L{X(costs.Count)} {axis.Place(0)} Z\"/>");
        foreach (int p in (int[])[50, 75, 90, 99])
        {
            double x = X(p), y = axis.Place(Axis.Of(costs[p - 1]));
            svg.Add($"<line class=\"mark\" x1=\"{x}\" x2=\"{x}\" y1=\"{y}\" y2=\"{Height - Bottom}\"/><circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"3.5\"/>");
            svg.Add($"<text class=\"value\" x=\"{x - 5}\" y=\"{Math.Max(12, y - 8)}\" text-anchor=\"end\">{text.Text(costs[p - 1])}</text>");
            svg.Add($"<text class=\"tick\" x=\"{x}\" y=\"{Height - 8}\" text-anchor=\"middle\">p{p}</text>");
        }
        return svg.Add($"</svg>");
    }
}
