namespace McpBilling.Costs.Reconciliation.Causes;

/// <summary>
/// Looks for the causes of every drift of one provider. The order is part of the reasoning: what can be taken out exactly comes first (borders, hours), then
/// what scales all kinds (retries), then what concerns single kinds (lifetimes, swaps, losses), so that each later one is judged on figures that the earlier
/// ones have cleaned. Amounts whose quantities differ have their quantities' causes; only amounts whose quantities agree are a matter of prices.
/// </summary>
internal static class LikelyCauses
{
    public static List<Finding> Find(IReadOnlyList<ModelDay> days)
    {
        List<Finding> findings = [];
        var quantities = days.Where(d => d.Quantities.Count > 0).Select(d => new Unexplained(d, Measure.Quantity)).ToList();
        findings.AddRange(Between(quantities));
        foreach (var left in quantities)
        {
            findings.AddRange(OfQuantities(left));
        }
        var batches = days.Select(WrongRates.FindBatch).OfType<Finding>().ToList();
        findings.AddRange(batches);
        var amounts = days.Where(d => d.Amounts.Count > 0).Select(d => new Unexplained(d, Measure.Amount)).ToList();
        findings.AddRange(Between(amounts.Where(a => a.Day.Quantities.Count == 0)));
        foreach (var left in amounts)
        {
            OfQuantitiesToo(left, findings);
            findings.AddRange(OfAmounts(left));
        }
        return findings;
    }

    private static List<Finding> Between(IEnumerable<Unexplained> days)
    {
        List<Finding> found = [];
        foreach (var model in days.GroupBy(d => d.Day.Model, StringComparer.Ordinal))
        {
            var inOrder = model.OrderBy(d => d.Day.Day).ToList();
            foreach (var (first, second) in inOrder.Zip(inOrder.Skip(1)).Where(p => p.First.Day.Day + 1 == p.Second.Day.Day))
            {
                found.AddRange(DayBorders.FindBetween(first, second));
            }
        }
        return found;
    }

    private static List<Finding> OfQuantities(Unexplained left) => InOrder(
        left, WrongRates.FindUnpriced, Losses.FindModel, MissingHours.Find, DayBorders.Find, UnloggedRetries.Find, WrongKinds.FindTtl, WrongKinds.FindSwap, Losses.FindCacheWrites, Losses.FindTools,
        Losses.FindOthers, Losses.FindToolTokens, Rest);

    private static List<Finding> OfAmounts(Unexplained left) => left.Day.Quantities.Count > 0
        ? InOrder(left, WrongRates.FindUnpriced, Losses.FindModel, l => WrongRates.FindTier(l, true), WrongRates.FindRate, Losses.FindCacheWrites, Losses.FindTools, Losses.FindOthers, Rest)
        // Without a usage report, money shows the same patterns as what it was paid for.
        : InOrder(
            left, WrongRates.FindUnpriced, Losses.FindModel, l => WrongRates.FindTier(l, false), MissingHours.Find, DayBorders.Find, UnloggedRetries.Find, WrongKinds.FindTtl,
            Losses.FindCacheWrites, Losses.FindTools, Losses.FindOthers, Losses.FindToolTokens, Rest);

    private static List<Finding> InOrder(Unexplained left, params ReadOnlySpan<Func<Unexplained, Finding?>> finders)
    {
        List<Finding> found = [];
        foreach (var find in finders)
        {
            if (left.Left.Any() && find(left) is { } finding)
            {
                found.Add(finding);
            }
        }
        return found;
    }

    /// <summary>Marks the findings that explain amounts as well, and takes those amounts as explained.</summary>
    private static void OfQuantitiesToo(Unexplained left, List<Finding> findings)
    {
        // Figures for all models or all kinds have the causes of each that they are made of.
        string[] differ = [.. left.Left];
        HashSet<string> explained = [];
        for (int i = 0; i < findings.Count; i++)
        {
            var finding = findings[i];
            string[] kinds = [.. differ.Where(k => k.Length == 0 || finding.Kinds.Contains(k))];
            if (kinds.Length > 0 && finding.Provider == left.Day.Provider && finding.Day == left.Day.Day && IsAbout(finding, left))
            {
                findings[i] = finding with { Measures = finding.Measures.Add(Measure.Amount) };
                // Too little use at the right price is explained by the use; at another price there is a second cause.
                explained.UnionWith(kinds.Where(k => finding.Cause == DriftCause.BatchOrTierUntold || left.RateFactor(k) is not { } factor || Drift.Agree(factor, 1)));
            }
        }
        left.Settle(explained);
    }

    private static bool IsAbout(Finding finding, Unexplained left) => left.Day.Model.Length == 0 || finding.Model == left.Day.Model;

    private static Finding? Rest(Unexplained left)
    {
        string[] kinds = [.. left.Left];
        left.Settle(kinds);
        return kinds.Length == 0 ? null : left.Found(DriftCause.Unexplained, kinds, [.. kinds.Select(k => Words.Sides(left, k))]);
    }
}
