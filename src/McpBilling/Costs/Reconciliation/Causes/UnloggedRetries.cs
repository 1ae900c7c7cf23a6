namespace McpBilling.Costs.Reconciliation.Causes;

/// <summary>
/// Attempts that were billed and not recorded. A repeated call repeats all of its input, so that every kind of input lacks the same share, and output the
/// same or less (an attempt may fail before it answers); no hour is empty. Where the report counts requests, they exceed the recorded calls by that share.
/// A single kind that lacks is not enough: one kind alone is lost, swapped or a tool's. What is left of cache writes is judged afterwards, less that share.
/// </summary>
internal static class UnloggedRetries
{
    // The repeated calls are a sample of all: their share of each kind is not quite the same.
    private const decimal Alike = 2;
    private const decimal Rough = 3;
    private const decimal LeastShare = 0.01m;

    public static Finding? Find(Unexplained left)
    {
        string[] kinds = [.. left.Left.Where(k => !ProviderKinds.IsCacheWrite(k) && !ProviderKinds.IsTool(k) && left.Reported(k) > 0 && left.Recorded(k) > 0)];
        if (kinds.Length == 0 || kinds.Any(k => left.Lacking(k) <= 0) || !kinds.Any(ProviderKinds.IsInput) || !InputLacksAlike(left, kinds))
        {
            return null;
        }
        decimal share = kinds.Select(left.Lacking).Order().ElementAt(kinds.Length / 2);
        List<string> evidence = [];
        if (left.Day.Requests is { } requests && requests > 0)
        {
            decimal beyond = (requests - left.Day.Events) / requests;
            if (beyond < LeastShare || beyond > share * Alike * 2 || beyond * Alike * 2 < share)
            {
                return null;
            }
            evidence.Add($"the provider counts {requests:#,0} requests, recorded are {left.Day.Events:#,0} calls: {Words.Percent(beyond)} lack");
        }
        else if (kinds.Length < 2)
        {
            return null;
        }
        evidence.AddRange(kinds.Select(k => $"{Words.Sides(left, k)}: {Words.Percent(left.Lacking(k))} lack"));
        evidence.Add(Spread(left, kinds[0]));
        left.Settle(kinds);
        string[] others = [.. left.Kinds.Except(kinds).Where(k => !left.IsSettled(k) && !left.Agrees(k))];
        // What lacks about as much of the other kinds was repeated with them; of few searches the share is a rough one.
        string[] also = [.. others.Where(k => left.Lacking(k) > share / Rough && left.Lacking(k) < share * Rough)];
        left.Settle(also);
        // What agrees was not repeated (an attempt may fail before it answers).
        foreach (string other in others.Except(also).Where(k => !left.Agrees(k)))
        {
            left.TakeAway(other, left.Reported(other) * share);
        }
        return left.Found(DriftCause.RetriesUnlogged, kinds.Concat(also), [.. evidence]);
    }

    private static bool InputLacksAlike(Unexplained left, string[] kinds)
    {
        // Every kind of input that there is must lack, or the call was not repeated; one may do so by a little less than is told as drift.
        decimal[] shares = [.. left.Kinds.Where(k => ProviderKinds.IsInput(k) && !ProviderKinds.IsCacheWrite(k) && left.Reported(k) > 0 && left.Recorded(k) > 0 && !left.IsSettled(k)).Select(left.Lacking)];
        return shares.Min() > 0 && shares.Max() <= Alike * shares.Min() && kinds.All(k => left.Lacking(k) <= Alike * shares.Max());
    }

    private static string Spread(Unexplained left, string kind)
    {
        var figures = left.Day.Of(left.Measure)[kind];
        int busy = left.Day.EventsByHour.Count(e => e > 0);
        return left.Day.IsHourly && left.Measure == Measure.Quantity
            ? $"the surplus of {Words.Name(kind)} is spread over {Enumerable.Range(0, 24).Count(h => figures.ReportedByHour[h] > figures.RecordedByHour[h])} hours; calls were recorded in {busy}"
            : $"calls were recorded in {busy} of 24 hours";
    }
}
