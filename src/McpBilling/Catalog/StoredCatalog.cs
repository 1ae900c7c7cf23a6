using McpBilling.Money;

namespace McpBilling.Catalog;

/// <summary>A workspace's catalog as storage keeps it: texts and integers. <see cref="CatalogSnapshot.Build"/> compiles it.</summary>
/// <param name="Version">0 before the first apply; plus one with each change.</param>
/// <param name="DocumentJson">The canonical document.</param>
/// <param name="ArchiveJson">A <see cref="CatalogArchive"/>.</param>
/// <param name="Prices">Every price version ever, keys ascending.</param>
public sealed record StoredCatalog(long Version, string DocumentJson, string ArchiveJson, IReadOnlyList<StoredPriceVersion> Prices)
{
    public static readonly StoredCatalog Empty = new(0, "{}", "{}", []);
}

/// <summary>One row of the table of price versions. Only <see cref="ArchivedAt"/> ever changes, once, from null.</summary>
/// <param name="Key">Unique in the workspace, ascending.</param>
/// <param name="PriceId">The builder's id.</param>
/// <param name="ProductId">The product it stood under.</param>
/// <param name="MeterId">The meter it charges.</param>
/// <param name="Version">1, 2, 3 … per price id.</param>
/// <param name="EffectiveAt">Events from here on are rated by it; <see cref="Instant.Beginning"/> for a first version that names no time.</param>
/// <param name="Carry">Goes on from the quantity that the period already has.</param>
/// <param name="ArchivedAt">Events from here on are not rated by it.</param>
/// <param name="DefinitionJson">The canonical definition.</param>
public sealed record StoredPriceVersion(
    long Key, string PriceId, string ProductId, string MeterId, int Version, Instant EffectiveAt, bool Carry, Instant? ArchivedAt, string DefinitionJson);

/// <summary>Items that left the document but that balances, holds and late events may still name.</summary>
public sealed record CatalogArchive
{
    public IReadOnlyList<AssetDefinition> Assets { get; set; } = [];
    public IReadOnlyList<MeterDefinition> Meters { get; set; } = [];

    /// <summary>Without prices: those are in the table of versions.</summary>
    public IReadOnlyList<ProductDefinition> Products { get; set; } = [];
}
