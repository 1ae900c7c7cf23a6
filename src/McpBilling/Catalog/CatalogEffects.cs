using System.ComponentModel;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Catalog;

/// <summary>What a change of the catalog does to existing customers: the last 30 days of usage, on the present prices and on the new ones.</summary>
public sealed record CatalogEffects
{
    [Description("Customers with usage in the last 30 days.")]
    public required long Customers { get; init; }

    [Description("Each product whose prices change.")]
    public required IReadOnlyList<ProductEffect> Products { get; init; }

    [Description("All products together, per asset.")]
    public required IReadOnlyList<AssetEffect> Totals { get; init; }

    [Description("Who pays most more or less, at most five of each.")]
    public required IReadOnlyList<CustomerEffect> MostAffected { get; init; }

    [Description("What was assumed or left out.")]
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>What changes for the customers of one product.</summary>
public sealed record ProductEffect
{
    public required string Product { get; init; }

    [Description("Each price that changes: what happens and from when.")]
    public required IReadOnlyList<string> Changes { get; init; }

    [Description("In one asset each.")]
    public required IReadOnlyList<AssetEffect> Amounts { get; init; }
}

/// <summary>30 days in one asset: what was paid on the present prices, and what would have been paid.</summary>
public sealed record AssetEffect
{
    public required string Asset { get; init; }

    [Description("On the present prices.")]
    public required string Before { get; init; }

    [Description("On the new prices.")]
    public required string After { get; init; }

    [Description("Customers who would have paid more.")]
    public required long PayMore { get; init; }

    [Description("Customers who would have paid less.")]
    public required long PayLess { get; init; }

    [Description("Customers who would have paid the same.")]
    public required long Same { get; init; }
}

/// <summary>One customer's 30 days.</summary>
public sealed record CustomerEffect
{
    public required string CustomerId { get; init; }
    public required string Asset { get; init; }
    public required string Before { get; init; }
    public required string After { get; init; }

    [Description("After less before.")]
    public required string Change { get; init; }
}

/// <summary>Computes the effects of a document that has not been applied, outside of any write transaction.</summary>
public interface ICatalogEffects
{
    /// <returns>The version that the effects are of, and the effects; none when the prices of nobody's usage change.</returns>
    /// <exception cref="BillingException">As applying the document would be refused.</exception>
    ValueTask<(long Version, CatalogEffects? Effects)> Of(Caller caller, JsonElement document, long? expectedVersion, CancellationToken cancellation);
}
