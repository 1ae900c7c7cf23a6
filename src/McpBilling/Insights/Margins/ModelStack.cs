namespace McpBilling.Insights.Margins;

/// <summary>Costs over time, one layer for each model.</summary>
/// <param name="Models">The layers, the most costly first.</param>
/// <param name="Days">Every day of the period; several together when it is longer than <see cref="MarginReport.MaxDays"/>.</param>
internal sealed record ModelStack(IReadOnlyList<string> Models, IReadOnlyList<ModelCosts> Days)
{
    private const string Other = "other";

    /// <param name="most">So many models have a layer of their own.</param>
    public static ModelStack Of(IReadOnlyList<ModelDay> costs, DayRange? period, int most)
    {
        if (period is not { Count: > 0 } days)
        {
            return new([], []);
        }
        var byModel = costs.GroupBy(c => c.Model, StringComparer.Ordinal).Select(g => (Model: g.Key, Cost: Dollars.Sum(g.Select(c => c.Cost))))
            .Where(m => m.Cost != Dollars.Zero).OrderByDescending(m => m.Cost).ThenBy(m => m.Model, StringComparer.Ordinal).Select(m => m.Model).ToList();
        List<string> layers = byModel.Count > most ? [.. byModel.Take(most - 1), Other] : byModel;
        var layerOf = byModel.Select((m, i) => (m, i)).ToDictionary(m => m.m, m => Math.Min(m.i, layers.Count - 1), StringComparer.Ordinal);
        int width = (days.Count + MarginReport.MaxDays - 1) / MarginReport.MaxDays;
        var columns = new Dollars[(days.Count + width - 1) / width][];
        for (int i = 0; i < columns.Length; i++)
        {
            columns[i] = new Dollars[layers.Count];
        }
        foreach (var cost in costs.Where(c => layerOf.ContainsKey(c.Model)))
        {
            columns[(cost.Day - days.From) / width][layerOf[cost.Model]] += cost.Cost;
        }
        return new(layers, [.. columns.Select((c, i) => new ModelCosts { Day = DayRange.Text(days.From + i * width), Costs = [.. c.Select(d => d.ToString())] })]);
    }
}
