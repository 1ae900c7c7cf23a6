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

    private static IEnumerable<Finding> Between(IEnumerable<Unexplained> days) =>
        days.GroupBy(d => d.Day.Model, StringComparer.Ordinal).SelectMany(model =>
        {
            var inOrder = model.OrderBy(d => d.Day.Day).ToList();
            return inOrder.Zip(inOrder.Skip(1)).Where(p => p.First.Day.Day + 1 == p.Second.Day.Day).SelectMany(p => DayBorders.FindBetween(p.First, p.Second).ToList());
        }).ToList();

    private static IEnumerable<Finding> OfQuantities(Unexplained left)
    {
        IEnumerable<Finding?> found = [
            WrongRates.FindUnpriced(left),
            Losses.FindModel(left),
            MissingHours.Find(left),
            DayBorders.Find(left),
            UnloggedRetries.Find(left),
            WrongKinds.FindTtl(left),
            WrongKinds.FindSwap(left),
            .. Losses.FindKinds(left),
            Losses.FindToolTokens(left),
            Rest(left)];
        return found.OfType<Finding>();
    }

    private static IEnumerable<Finding> OfAmounts(Unexplained left)
    {
        bool quantitiesAreTold = left.Day.Quantities.Count > 0;
        IEnumerable<Finding?> found = [
            WrongRates.FindUnpriced(left),
            Losses.FindModel(left),
            WrongRates.FindTier(left, quantitiesAreTold),
            WrongRates.FindRate(left),
            // Without a usage report, money shows the same patterns as what it was paid for.
            .. quantitiesAreTold ? [] : new[] { MissingHours.Find(left), DayBorders.Find(left), UnloggedRetries.Find(left), WrongKinds.FindTtl(left) },
            .. Losses.FindKinds(left),
            quantitiesAreTold ? null : Losses.FindToolTokens(left),
            Rest(left)];
        return found.OfType<Finding>();
    }

    /// <summary>Marks the findings that explain amounts as well, and takes those amounts as explained.</summary>
    private static void OfQuantitiesToo(Unexplained left, List<Finding> findings)
    {
        for (int i = 0; i < findings.Count; i++)
        {
            var finding = findings[i];
            if (finding.Provider != left.Day.Provider || finding.Day != left.Day.Day || !IsAbout(finding, left))
            {
                continue;
            }
            // Figures for all models or all kinds have the causes of each that they are made of.
            string[] kinds = [.. left.Left.Where(k => k.Length == 0 || finding.Kinds.Contains(k))];
            if (kinds.Length > 0)
            {
                findings[i] = finding with { Measures = finding.Measures.Add(Measure.Amount) };
                Explained.UnionWithin(left, kinds, finding);
            }
        }
    }

    private static bool IsAbout(Finding finding, Unexplained left) => left.Day.Model.Length == 0 || finding.Model == left.Day.Model;

    private static Finding? Rest(Unexplained left)
    {
        string[] kinds = [.. left.Left];
        left.Settle(kinds);
        return kinds.Length == 0 ? null : left.Found(DriftCause.Unexplained, kinds, [.. kinds.Select(k => Words.Sides(left, k))]);
    }
}
