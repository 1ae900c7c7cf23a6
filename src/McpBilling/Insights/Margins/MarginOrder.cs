namespace McpBilling.Insights.Margins;

/// <summary>Which row comes first; among equals, that with the lesser key.</summary>
public sealed record MarginOrder(MarginSort Sort) : IComparer<MarginSum>
{
    public int Compare(MarginSum? x, MarginSum? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        int order = Sort switch
        {
            MarginSort.Cost => y.Cost.CompareTo(x.Cost),
            MarginSort.Revenue => y.Revenue.CompareTo(x.Revenue),
            MarginSort.Margin => x.Margin.CompareTo(y.Margin),
            MarginSort.Events => y.Events.CompareTo(x.Events),
            _ => 0,
        };
        order = order != 0 ? order : string.CompareOrdinal(x.Key, y.Key);
        return order != 0 ? order : string.CompareOrdinal(x.CustomerId, y.CustomerId);
    }
}
