namespace McpBilling.Costs.Reconciliation.Causes;

/// <summary>
/// Hours in which nothing was recorded. In a report by the hour the provider's own figures of those hours are the proof, and are taken out exactly. In a
/// report by the day it takes more: an hour without a single call of any model of the provider, between hours of usual traffic, and all kinds lacking about
/// as large a share as such hours have of the day. Retries leave no hour empty; a lost kind lacks alone and whole.
/// </summary>
internal static class MissingHours
{
    private const decimal LeastShare = 0.01m;

    // By the day the share of a missing hour is only estimated from the others.
    private const decimal EstimateFactor = 3;
    private const int UsualHours = 12;

    public static Finding? Find(Unexplained left) => !left.Left.Any() ? null : left.Day.IsHourly && left.Measure == Measure.Quantity ? ByTheHour(left) : ByTheDay(left);

    private static Finding? ByTheHour(Unexplained left)
    {
        var day = left.Day;
        int[] empty = [.. Enumerable.Range(0, 24).Where(h => day.EventsByHour[h] == 0 && day.Quantities.Values.Any(f => f.ReportedByHour[h] > 0))];
        // A model of which nothing was recorded the whole day has no missing hours: it is missing.
        if (empty.Length == 0 || day.Events == 0)
        {
            return null;
        }
        List<string> kinds = [], evidence = [];
        foreach (string kind in left.Kinds)
        {
            decimal there = empty.Sum(h => day.Quantities[kind].ReportedByHour[h]);
            if (there >= LeastShare * left.Reported(kind) && there > 0)
            {
                evidence.Add($"{Words.Name(kind)}: the provider has {Words.Figure(there, left.Measure)} there, recorded is nothing");
                kinds.Add(kind);
            }
        }
        // An hour or two of a model that is called once in a while is no outage.
        if (kinds.Count == 0)
        {
            return null;
        }
        foreach (string kind in left.Kinds)
        {
            left.TakeAway(kind, empty.Sum(h => day.Quantities[kind].ReportedByHour[h]));
        }
        bool everything = empty.All(h => day.ProviderEventsByHour[h] == 0);
        return left.Found(DriftCause.MissingHours, kinds.Where(left.Differing.Contains), [
            $"no call was recorded in {Words.Hours(empty)}{(everything ? $", of any model of {day.Provider}" : " of this model; others were")}", .. evidence]);
    }

    private static Finding? ByTheDay(Unexplained left)
    {
        long[] events = left.Day.ProviderEventsByHour;
        int[] gaps = [.. Enumerable.Range(0, 24).Where(h => events[h] == 0)];
        int[] busy = [.. Enumerable.Range(0, 24).Where(h => events[h] > 0)];
        if (gaps.Length == 0 || busy.Length < UsualHours)
        {
            return null;
        }
        long usual = events.Where(e => e > 0).Order().ElementAt(busy.Length / 2);
        // Quiet nights fade out; an outage begins and ends between hours of usual traffic.
        if (gaps.Any(h => new[] { h - 1, h + 1 }.Any(n => n is >= 0 and < 24 && events[n] > 0 && events[n] * 2 < usual)))
        {
            return null;
        }
        decimal expected = (decimal)gaps.Length / (gaps.Length + busy.Length);
        string[] kinds = [.. left.Left.Where(k => left.Recorded(k) > 0 && left.Lacking(k) >= expected / EstimateFactor && left.Lacking(k) <= expected * EstimateFactor)];
        if (kinds.Length == 0 || left.Left.Any(k => left.Lacking(k) < 0 && !ProviderKinds.IsCacheWrite(k)))
        {
            return null;
        }
        decimal share = kinds.Select(left.Lacking).Order().ElementAt(kinds.Length / 2);
        string[] evidence = [
            $"no call of any model of {left.Day.Provider} was recorded in {Words.Hours(gaps)}; in the hours beside it about {usual} an hour",
            .. kinds.Select(k => $"{Words.Sides(left, k)}: {Words.Percent(left.Lacking(k))} lack, about the share of {gaps.Length} of {gaps.Length + busy.Length} hours")];
        left.Settle(kinds);
        foreach (string other in left.Left.Except(kinds).ToArray())
        {
            left.TakeAway(other, left.Reported(other) * share);
        }
        return left.Found(DriftCause.MissingHours, kinds, evidence);
    }
}
