using McpBilling.Costs;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Sums;

/// <summary>Some sums that are added together, in one transaction.</summary>
/// <param name="Before">How far the postings must have been added: else somebody else was faster, and nothing is done.</param>
/// <param name="After">How far they have been added then.</param>
internal sealed record FoldStep(FoldPoint Before, FoldPoint After, IReadOnlyList<KeyValuePair<CostDayKey, CostDaySum>> Sums)
{
    /// <summary>Adds them.</summary>
    /// <returns>Whether it was done.</returns>
    public bool Run(WriterSession session, WorkspaceRecord workspace)
    {
        if (session.Postings.PointOf(workspace.Key) != Before)
        {
            return false;
        }
        foreach (var (key, sum) in Sums)
        {
            session.Costs.Add(workspace.Key, key, sum);
        }
        session.Postings.SetPoint(workspace.Key, After);
        workspace.FoldedPostings = After.Folded;
        return true;
    }

    /// <summary>The steps by which everything that waits is added, in this order; none when nothing waits.</summary>
    /// <param name="each">How many sums a step adds.</param>
    public static IEnumerable<FoldStep> Of(PendingPostings pending, int each)
    {
        if (pending.Last == pending.Point.Folded)
        {
            yield break;
        }
        KeyValuePair<CostDayKey, CostDaySum>[] sums = [.. pending.Sums().All];
        Array.Sort(sums, static (a, b) => FoldPoint.Compare(a.Key, b.Key));
        var point = pending.Point;
        for (int from = 0; from < sums.Length || from == 0; from += each)
        {
            var some = new ArraySegment<KeyValuePair<CostDayKey, CostDaySum>>(sums, from, Math.Min(each, sums.Length - from));
            var next = from + each >= sums.Length ? FoldPoint.At(pending.Last) : new FoldPoint(pending.Point.Folded, pending.Last, some[^1].Key);
            yield return new FoldStep(point, next, some);
            point = next;
        }
    }
}
