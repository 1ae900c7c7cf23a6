namespace McpBilling.Costs.Reconciliation.Causes;

/// <summary>
/// Use that is recorded under another kind. A wrong lifetime leaves the sum of all cache writes as it is and moves some from one lifetime to the other; other
/// swaps (cached tokens counted as input) make one kind lack what another has too much. Nothing else leaves sums as they are.
/// </summary>
internal static class WrongKinds
{
    private const decimal Equal = 0.05m;

    // Anthropic writes for an hour at twice the input's rate, for five minutes at 1.25 times.
    private const decimal HourPerFiveMinutes = 1.6m;

    public static Finding? FindTtl(Unexplained left)
    {
        string[] writes = [.. left.Kinds.Where(k => ProviderKinds.IsCacheWrite(k) && !left.IsSettled(k))];
        string[] differ = [.. writes.Where(k => !left.Agrees(k))];
        if (differ.Length == 0 || !writes.Contains(CostKinds.CacheWrite1h) && !writes.Contains(CostKinds.CacheWrite5m))
        {
            return null;
        }
        decimal Weight(string kind) => left.Measure == Measure.Amount && kind == CostKinds.CacheWrite1h ? HourPerFiveMinutes : 1;
        decimal reported = writes.Sum(k => left.Reported(k) / Weight(k)), recorded = writes.Sum(k => left.Recorded(k) / Weight(k));
        if (recorded == 0 || !Drift.Agree(reported, recorded) || writes.Length < 2)
        {
            return null;
        }
        left.Settle(writes);
        string from = differ.MaxBy(k => left.Recorded(k) - left.Reported(k))!, to = differ.MaxBy(k => left.Reported(k) - left.Recorded(k))!;
        return left.Found(DriftCause.WrongCacheTtl, differ, [
            .. writes.Select(k => Words.Sides(left, k)),
            $"all cache writes together agree; {Words.Figure(left.Reported(to) - left.Recorded(to), left.Measure)} of {to} are recorded as {from}"]);
    }

    public static Finding? FindSwap(Unexplained left)
    {
        if (left.Measure != Measure.Quantity)
        {
            return null;
        }
        string[] lacking = [.. left.Left.Where(k => left.Reported(k) > left.Recorded(k))], beyond = [.. left.Left.Where(k => left.Reported(k) < left.Recorded(k))];
        foreach (string kind in lacking)
        {
            foreach (string other in beyond)
            {
                decimal less = left.Reported(kind) - left.Recorded(kind), more = left.Recorded(other) - left.Reported(other);
                if (Math.Abs(less - more) <= Equal * Math.Max(less, more))
                {
                    left.Settle([kind, other]);
                    return left.Found(DriftCause.KindsSwapped, [kind, other], Words.Sides(left, kind), Words.Sides(left, other),
                        $"what {kind} lacks, {other} has too much: {Words.Figure(less, left.Measure)} and {Words.Figure(more, left.Measure)}");
                }
            }
        }
        return null;
    }
}
