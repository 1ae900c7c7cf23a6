namespace McpBilling.Insights.Margins;

/// <summary>A customer whose cached context others read.</summary>
/// <param name="Owner">Who paid for writing it.</param>
/// <param name="Written">What the owner's cache writes cost in the period.</param>
/// <param name="Reads">Tokens read from it, by customer, the owner among them; none twice.</param>
public sealed record SharedContext(string Owner, Dollars Written, IReadOnlyList<(string CustomerId, decimal Tokens)> Reads);

/// <summary>
/// Shares what writing a cache cost among those who read it, by the tokens they read: each reader takes over its part, the owner keeps its own. Nothing is recorded by
/// it and no total changes; calls say whose context they used (<c>context_of</c>).
/// </summary>
internal static class SharedContexts
{
    /// <summary>The customers with their parts moved.</summary>
    public static IReadOnlyList<MarginSum> Shared(IReadOnlyList<MarginSum> customers, IReadOnlyList<SharedContext> contexts)
    {
        var moved = new Dictionary<string, Dollars>(StringComparer.Ordinal);
        foreach (var context in contexts)
        {
            // Whole tokens, so that the parts sum up to the whole (as socialized costs do).
            if (SocializedCosts.Spread(context.Written, [.. context.Reads.Select(r => new Dollars((Int128)r.Tokens))]) is not { } parts)
            {
                continue;
            }
            for (int i = 0; i < parts.Length; i++)
            {
                string reader = context.Reads[i].CustomerId;
                moved[reader] = moved.GetValueOrDefault(reader) + parts[i];
            }
            moved[context.Owner] = moved.GetValueOrDefault(context.Owner) - context.Written;
        }
        return moved.Count == 0 ? customers : [.. customers.Select(c => moved.TryGetValue(c.Key, out var more) ? c with { Cost = c.Cost + more } : c)];
    }
}
