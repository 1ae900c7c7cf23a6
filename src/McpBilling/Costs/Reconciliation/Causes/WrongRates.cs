namespace McpBilling.Costs.Reconciliation.Causes;

/// <summary>
/// Amounts that differ while quantities agree. Calls without a price are known as such. A batch or tier that was not told changes all rates of a model by
/// the same factor, and shows in the split of the quantities where the report tells it; a single wrong rate changes one kind.
/// </summary>
internal static class WrongRates
{
    private const decimal SameFactor = 1.03m;

    public static Finding? FindUnpriced(Unexplained left)
    {
        string[] kinds = [.. left.Left.Where(k => left.Reported(k) > left.Recorded(k))];
        bool isAbout = left.Measure == Measure.Amount || left.Kinds.All(k => left.Recorded(k) == 0);
        if (left.Day.UnpricedEvents == 0 || kinds.Length == 0 || !isAbout)
        {
            return null;
        }
        left.Settle(kinds);
        return left.Found(DriftCause.UnpricedModel, kinds, [
            $"{left.Day.UnpricedEvents:#,0} recorded calls{(left.Day.Model.Length == 0 ? "" : " of " + left.Day.Model)} have no price: their cost is not known, which is not zero",
            .. kinds.Select(k => Words.Sides(left, k))]);
    }

    /// <summary>From the split of quantities that agree in all.</summary>
    public static Finding? FindBatch(ModelDay day)
    {
        string[] kinds = [.. day.Quantities.Where(q => q.Value.BatchIsTold && Drift.Agree(q.Value.Reported, q.Value.Recorded)
            && Math.Abs(q.Value.ReportedBatch - q.Value.RecordedBatch) >= 0.01m * Math.Max(q.Value.Reported, q.Value.Recorded)).Select(q => q.Key)];
        return kinds.Length == 0 ? null : new Finding(DriftCause.BatchOrTierUntold, day.Provider, day.Day, day.Model, [.. kinds],
            [.. kinds.Select(k => $"{Words.Name(k)}: {Words.Figure(day.Quantities[k].ReportedBatch, Measure.Quantity)} reported through the batch API, {Words.Figure(day.Quantities[k].RecordedBatch, Measure.Quantity)} recorded so; in all they agree")])
        {
            Measures = [Measure.Amount],
        };
    }

    public static Finding? FindTier(Unexplained left, bool quantitiesAreTold)
    {
        string[] kinds = [.. left.Left.Where(k => left.Reported(k) > 0 && left.Recorded(k) > 0 && (!quantitiesAreTold || left.RateFactor(k) is not null))];
        if (kinds.Length < 2 || left.Kinds.Any(k => !ProviderKinds.IsTool(k) && left.Reported(k) > 0 && left.Agrees(k)))
        {
            return null;
        }
        decimal[] factors = [.. kinds.Select(k => left.RateFactor(k) ?? left.Reported(k) / left.Recorded(k))];
        // Without quantities, more money than recorded may as well be more calls.
        if (factors.Max() > SameFactor * factors.Min() || (!quantitiesAreTold && factors.Min() > 1))
        {
            return null;
        }
        left.Settle(kinds);
        return left.Found(DriftCause.BatchOrTierUntold, kinds, [
            $"every kind was billed at about {Words.Percent(factors.Average())} of the recorded rate",
            .. kinds.Select(k => Words.Sides(left, k))]);
    }

    public static Finding? FindRate(Unexplained left)
    {
        string[] kinds = [.. left.Left.Where(k => left.RateFactor(k) is { } factor && left.Recorded(k) > 0 && !Drift.Agree(factor, 1))];
        if (kinds.Length == 0)
        {
            return null;
        }
        left.Settle(kinds);
        return left.Found(DriftCause.RateDiffers, kinds, [.. kinds.Select(k =>
        {
            var use = left.Day.Quantities[k];
            decimal per = CostKinds.Per(k);
            return $"{k}: billed at {Words.Figure(left.Reported(k) / use.Reported * per, Measure.Amount)} for {per:#,0}, recorded at {Words.Figure(left.Recorded(k) / use.Recorded * per, Measure.Amount)}";
        })]);
    }
}
