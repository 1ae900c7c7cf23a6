using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Catalog;

/// <summary>
/// Changes the catalog. The writer calls <see cref="Decide"/> with the catalog as it is inside the write transaction, stores what comes out (the
/// document, the archive, new price rows, archived price rows) unless this is a dry run, and answers <see cref="CatalogChange.Answer"/>.
/// </summary>
public sealed class CatalogCommand(Func<CatalogSnapshot, Instant, CatalogChange> decide, bool dryRun) : Command<ApplyCatalogOutput>
{
    /// <summary>Nothing is to be stored; the answer says what would change.</summary>
    public bool DryRun { get; } = dryRun;

    /// <exception cref="BillingException"><c>invalid_catalog</c>, <c>version_conflict</c>, <c>catalog_item_not_found</c>.</exception>
    public CatalogChange Decide(CatalogSnapshot present, Instant now) => decide(present, now);
}
