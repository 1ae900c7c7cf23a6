using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Catalog;

/// <summary>What can be archived by itself.</summary>
public enum CatalogItemKind
{
    Asset,
    Meter,
    Product,
    Price,
}

public sealed record ArchiveCatalogItemInput
{
    [Description("What it is.")]
    public required CatalogItemKind Kind { get; init; }

    [Description("Its id; a product takes its prices with it.")]
    public required string Id { get; init; }

    [DefaultValue(false)]
    [Description("Only say what would change.")]
    public bool DryRun { get; init; }

    [StringLength(ApplyCatalogInput.PreviewTokenLength)]
    [Description("From the dry run; a live catalog needs it.")]
    public string? PreviewToken { get; init; }
}

/// <summary>Takes an item out of the catalog without losing its history.</summary>
public sealed class ArchiveCatalogItem : Operation<ArchiveCatalogItemInput, ApplyCatalogOutput>
{
    [SetsRequiredMembers]
    public ArchiveCatalogItem()
    {
        Name = "archive_catalog_item";
        Title = "Archive a catalog item";
        Description =
            "Takes an old, obsolete or no longer needed asset, meter, product or price out of the catalog (removes, deletes, drops, retires, gets rid of it): " +
            "events from now on are not charged by it. What was charged, and balances, stay. First dry_run: true.";
        ToolSet = ToolSet.Catalog;
        Scope = Scopes.CatalogWrite;
        Route = "POST /v1/catalog/archive";
        Destroys = true;
    }

    public override ValueTask<ApplyCatalogOutput> Run(ArchiveCatalogItemInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new CatalogCommand((present, now) => CatalogEdit.Archive(present, input.Kind, input.Id, now), input.DryRun, input.PreviewToken), caller, cancellation);
}
