using System.Collections.Immutable;

namespace McpBilling.Costs;

/// <summary>A model of one provider with all its rows, shipped or a builder's own.</summary>
/// <param name="Rows">In the order in which they were recorded.</param>
internal sealed record PricedModel(string Provider, string Model, ImmutableArray<string> Aliases, ImmutableArray<PriceRow> Rows)
{
    public static PricedModel Of(IEnumerable<PriceRow> rows)
    {
        ImmutableArray<PriceRow> all = [.. rows];
        return new(all[0].Provider, all[0].Model, [.. all.SelectMany(r => r.Aliases).Distinct(StringComparer.Ordinal)], all);
    }
}

/// <summary>The models that a provider's name may mean, in the order in which to ask.</summary>
/// <param name="Own">The builder's rows.</param>
/// <param name="Guess">What was assumed to find it, in words; null when the name itself is known.</param>
internal readonly record struct FoundModel(PricedModel? Own, PricedModel? Shipped, string? Guess)
{
    public bool IsNothing => Own is null && Shipped is null;
}
