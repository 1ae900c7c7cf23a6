using McpBilling.Operations;

namespace McpBilling.Catalog;

/// <summary>Reads the catalog of the caller's workspace.</summary>
public interface ICatalogReads
{
    /// <summary>The last committed version; <see cref="CatalogSnapshot.Empty"/> before the first apply.</summary>
    ValueTask<CatalogSnapshot> Current(Caller caller);
}
