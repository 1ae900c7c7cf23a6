namespace McpBilling.Insights.Margins;

/// <summary>Which row comes first; among equals, that with the lesser key.</summary>
public sealed record MarginOrder(MarginSort Sort) : IComparer<MarginSum>
{
    public int Compare(MarginSum? x, MarginSum? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        int order = Rank(x.Events, x.Cost, x.Revenue).CompareTo(Rank(y.Events, y.Cost, y.Revenue));
        order = order != 0 ? order : string.CompareOrdinal(x.Key, y.Key);
        return order != 0 ? order : string.CompareOrdinal(x.CustomerId, y.CustomerId);
    }

    /// <summary>What a row is ordered by before its key is looked at: the least comes first.</summary>
    public Int128 Rank(long events, Dollars cost, Dollars revenue) => Sort switch
    {
        MarginSort.Cost => -cost.Units,
        MarginSort.Revenue => -revenue.Units,
        MarginSort.Margin => (revenue - cost).Units,
        MarginSort.Events => -events,
        _ => 0,
    };
}
