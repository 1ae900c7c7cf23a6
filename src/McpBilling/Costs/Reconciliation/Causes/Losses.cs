namespace McpBilling.Costs.Reconciliation.Causes;

/// <summary>
/// What is on one side only. A model that is on one side alone is not recorded, or not in the report. A kind that was billed and never recorded, while the
/// model's others were, is lost: cache writes, a tool's fee, or another. Input that lacks alone, while cached input and output agree and no more
/// requests were billed than recorded, is what tools add to a prompt.
/// </summary>
internal static class Losses
{
    public static Finding? FindModel(Unexplained left)
    {
        string[] kinds = [.. left.Left];
        if (kinds.Length == 0 || left.Day.Model.Length == 0)
        {
            return null;
        }
        // Recorded without a price, a call may have no lines at all: it is recorded all the same.
        if (left.Kinds.All(k => left.Recorded(k) == 0) && left.Day.Events == 0 && left.Day.UnpricedEvents == 0)
        {
            left.Settle(kinds);
            return left.Found(DriftCause.ModelNotRecorded, kinds, [$"nothing of {left.Day.Model} was recorded on {UtcDays.Text(left.Day.Day)}", .. kinds.Select(k => Words.Sides(left, k))]);
        }
        if (left.Kinds.All(k => left.Reported(k) == 0))
        {
            left.Settle(kinds);
            return left.Found(DriftCause.NotInReport, kinds, [$"the report has nothing of {left.Day.Model} on {UtcDays.Text(left.Day.Day)}", .. kinds.Select(k => Words.Sides(left, k))]);
        }
        return null;
    }

    public static Finding? FindCacheWrites(Unexplained left) => FindLost(left, DriftCause.CacheWriteLost, ProviderKinds.IsCacheWrite);

    public static Finding? FindTools(Unexplained left) => FindLost(left, DriftCause.ToolUseUnmodelled, ProviderKinds.IsTool);

    public static Finding? FindOthers(Unexplained left) => FindLost(left, DriftCause.KindLost, k => k.Length > 0);

    private static Finding? FindLost(Unexplained left, DriftCause cause, Func<string, bool> isMeant)
    {
        bool othersAreThere = left.Kinds.Any(k => left.Recorded(k) > 0) || left.Day.Events > 0;
        string[] lost = [.. left.Left.Where(k => isMeant(k) && left.Recorded(k) == 0 && left.Reported(k) > 0)];
        if (!othersAreThere || lost.Length == 0)
        {
            return null;
        }
        left.Settle(lost);
        string[] agree = [.. left.Kinds.Except(lost).Where(left.Agrees)];
        return left.Found(cause, lost, [.. lost.Select(k => Words.Sides(left, k)), .. agree.Length > 0 ? [$"{Words.Name(agree)} agree{(agree.Length == 1 ? "s" : "")}"] : Array.Empty<string>()]);
    }

    public static Finding? FindToolTokens(Unexplained left)
    {
        if (left.Left.ToArray() is not [CostKinds.Input] || left.Lacking(CostKinds.Input) <= 0 || !left.Kinds.Any(k => k == CostKinds.Output && left.Agrees(k)))
        {
            return null;
        }
        left.Settle([CostKinds.Input]);
        string calls = left.Day.Requests is { } requests ? $"; the provider counts {requests:#,0} requests, recorded are {left.Day.Events:#,0}" : "";
        return left.Found(DriftCause.ToolUseUnmodelled, [CostKinds.Input], Words.Sides(left, CostKinds.Input), $"{Words.Name(left.Kinds.Where(left.Agrees))} agree{calls}");
    }
}
