using McpBilling.Money;

namespace McpBilling.Catalog;

/// <summary>The prices of one product on one meter: what an event of the meter is charged for that product.</summary>
public sealed class PriceGroup(ProductDefinition product, Meter meter, IReadOnlyList<AssetPrices> assets)
{
    public ProductDefinition Product { get; } = product;
    public string ProductId => Product.Id;
    public Meter Meter { get; } = meter;

    /// <summary>Whether <see cref="Assets"/> add up or are alternatives in their order.</summary>
    public ChargeMode Charge => Product.Charge;

    /// <summary>In the document's order; archived ones last.</summary>
    public IReadOnlyList<AssetPrices> Assets { get; } = assets;
}

/// <summary>The prices of one product, meter and asset.</summary>
/// <param name="asset">What they charge.</param>
/// <param name="candidates">Versions of all prices there ever were, the most specific first, then the oldest.</param>
public sealed class AssetPrices(Asset asset, IReadOnlyList<PriceVersion> candidates)
{
    public Asset Asset { get; } = asset;
    public IReadOnlyList<PriceVersion> Candidates { get; } = candidates;

    /// <summary>The price version for an event of that time: of those in effect that fit, the one with the most conditions; null: none fits.</summary>
    /// <param name="eventTime">The event's own timestamp.</param>
    /// <param name="properties">The event's properties as text.</param>
    public PriceVersion? At(Instant eventTime, IReadOnlyDictionary<string, string> properties)
    {
        foreach (var candidate in Candidates)
        {
            if (candidate.AppliesAt(eventTime) && candidate.Where.Fits(properties))
            {
                return candidate;
            }
        }
        return null;
    }
}
