using System.ComponentModel;

namespace McpBilling.Catalog;

/// <summary>What a line of the diff is about.</summary>
public enum CatalogKind
{
    Asset,
    Meter,
    Product,
    Price,
    Signup,
    Customers,
    TimeZone,
    Costs,
    TopUps,
    Alerts,
    Portal,
}

public enum CatalogAction
{
    Added,
    Changed,
    Archived,
    Unchanged,
}

/// <summary>One line of the diff between two documents.</summary>
public sealed record CatalogItemChange
{
    public required CatalogKind Kind { get; init; }
    public required string Id { get; init; }
    public required CatalogAction Action { get; init; }

    [Description("Each field as old → new; since when.")]
    public string? Details { get; init; }
}

/// <summary>What a document would change, decided and ready to be stored.</summary>
/// <param name="Present">The catalog that it was decided on.</param>
/// <param name="Changes">One line per item, unchanged ones too.</param>
/// <param name="Warnings">What is allowed but was perhaps not meant, and what existing customers would notice.</param>
/// <param name="Next">The catalog afterwards; the same as <paramref name="Present"/> when nothing changes.</param>
/// <param name="NewPrices">Rows to insert.</param>
/// <param name="ArchivedPrices">Rows whose <see cref="StoredPriceVersion.ArchivedAt"/> is to be set.</param>
public sealed record CatalogChange(
    CatalogSnapshot Present, IReadOnlyList<CatalogItemChange> Changes, IReadOnlyList<string> Warnings, CatalogSnapshot Next,
    IReadOnlyList<StoredPriceVersion> NewPrices, IReadOnlyList<StoredPriceVersion> ArchivedPrices)
{
    public bool ChangesAnything => Next.Version != Present.Version;

    public ApplyCatalogOutput Answer(bool dryRun) => new()
    {
        Version = dryRun ? Present.Version : Next.Version,
        Applied = !dryRun && ChangesAnything,
        Changes = Changes,
        Warnings = Warnings,
    };
}
