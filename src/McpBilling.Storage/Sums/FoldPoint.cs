using McpBilling.Costs;

namespace McpBilling.Storage.Sums;

/// <summary>How far a workspace's postings have been added to the sums of days: the row of <c>cost_fold</c>.</summary>
/// <param name="Folded">So many postings have been added as a whole.</param>
/// <param name="Through">Those up to this one are being added; <paramref name="Folded"/> when none are.</param>
/// <param name="Done">Of these, the sums up to this one have been added.</param>
internal readonly record struct FoldPoint(long Folded, long Through, CostDayKey Done)
{
    /// <summary>Nothing of a fold has been done.</summary>
    public static CostDayKey Nothing { get; } = new(CostDimension.All, long.MinValue, "");

    /// <summary>Everything up to a posting has been added, and nothing after it.</summary>
    public static FoldPoint At(long folded) => new(folded, folded, Nothing);

    /// <summary>Whether what the postings up to <paramref name="upto"/> add to a sum is in it.</summary>
    public bool Has(long upto, CostDayKey key) => upto <= Folded || (upto <= Through && Compare(key, Done) <= 0);

    /// <summary>The order in which sums are added: that of the rows, so that neighbours are changed together.</summary>
    public static int Compare(CostDayKey a, CostDayKey b) =>
        a.Dimension != b.Dimension ? a.Dimension.CompareTo(b.Dimension) : a.Day != b.Day ? a.Day.CompareTo(b.Day) : string.CompareOrdinal(a.Key, b.Key);
}
