using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Catalog;

/// <summary>Turns a document into the next version of the catalog, or says everything that is wrong with it. Pure.</summary>
public static class CatalogRevision
{
    /// <param name="present">The catalog as it is.</param>
    /// <param name="document">The whole catalog as it should be.</param>
    /// <param name="now">The workspace's time.</param>
    /// <param name="expectedVersion">The version that the document was made from; null: whatever is there.</param>
    /// <exception cref="BillingException"><c>invalid_catalog</c> with every problem; <c>version_conflict</c>.</exception>
    public static CatalogChange Apply(CatalogSnapshot present, JsonElement document, Instant now, long? expectedVersion)
    {
        if (expectedVersion is { } expected && expected != present.Version)
        {
            throw new BillingException(ErrorCode.VersionConflict, $"The catalog is at version {present.Version}, not {expected}.", "expected_version");
        }
        var reading = CatalogReader.Read(document);
        if (reading.Document is not { } next)
        {
            throw InputGuard.Refusal(reading.Problems, ErrorCode.InvalidCatalog);
        }
        var diff = CatalogDiff.Compare(present, next, now);
        if (diff.Problems.Count > 0)
        {
            throw InputGuard.Refusal(diff.Problems, ErrorCode.InvalidCatalog);
        }
        return new(present, diff.Changes, [.. reading.Warnings, .. diff.Warnings], Next(present, next, diff), diff.NewPrices, diff.ArchivedPrices);
    }

    /// <summary>
    /// The catalog as it would be had the document always been there: every price begins at the beginning, whatever <c>effective_at</c> it names. For what-if
    /// questions; never stored.
    /// </summary>
    /// <param name="document">Read and checked (<see cref="CatalogReader"/>).</param>
    public static CatalogSnapshot FromTheBeginning(CatalogDocument document)
    {
        var always = document with
        {
            Products = [.. document.Products.Select(p => p with { Prices = [.. p.Prices.Select(price => price with { EffectiveAt = null })] })],
        };
        return Next(CatalogSnapshot.Empty, always, CatalogDiff.Compare(CatalogSnapshot.Empty, always, Instant.Beginning));
    }

    private static CatalogSnapshot Next(CatalogSnapshot present, CatalogDocument next, CatalogDiff diff)
    {
        string text = CatalogJson.Write(next);
        if (text == present.Stored.DocumentJson && diff.NewPrices.Count == 0 && diff.ArchivedPrices.Count == 0)
        {
            return present;
        }
        var archive = new CatalogArchive
        {
            Assets = Archived(present.Archive.Assets, present.Document.Assets, next.Assets, a => a.Id),
            Meters = Archived(present.Archive.Meters, present.Document.Meters, next.Meters, m => m.Id),
            Products = Archived(present.Archive.Products, present.Document.Products.Select(p => p with { Prices = [] }), next.Products, p => p.Id),
        };
        var archived = diff.ArchivedPrices.ToDictionary(p => p.Key);
        var prices = present.Stored.Prices.Select(p => archived.GetValueOrDefault(p.Key, p)).Concat(diff.NewPrices);
        return CatalogSnapshot.Build(new(present.Version + 1, text, CatalogJson.Write(archive), [.. prices]));
    }

    private static T[] Archived<T>(IEnumerable<T> archive, IEnumerable<T> before, IReadOnlyList<T> after, Func<T, string> id)
    {
        var kept = after.Select(id).ToHashSet(StringComparer.Ordinal);
        return [.. archive.Concat(before).Where(item => !kept.Contains(id(item)))];
    }
}
