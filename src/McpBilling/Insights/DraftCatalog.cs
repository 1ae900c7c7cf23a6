using System.Collections.Frozen;
using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Insights;

/// <summary>A catalog that is only supposed, compiled as if it had always been in effect.</summary>
/// <param name="Snapshot">Every price begins at the beginning.</param>
/// <param name="HasSameSignup">New customers get what the present catalog gives them.</param>
/// <param name="UnchangedPrices">Prices that say the same as in the present catalog, under the same product.</param>
/// <param name="IsPresent">The draft says nothing else than the present catalog.</param>
/// <param name="Warnings">Of reading and comparing the document.</param>
internal sealed record DraftCatalog(CatalogSnapshot Snapshot, bool HasSameSignup, FrozenSet<string> UnchangedPrices, bool IsPresent, IReadOnlyList<string> Warnings)
{
    /// <summary>Checks the document exactly as <c>apply_catalog</c> would, and compiles it.</summary>
    /// <exception cref="BillingException"><c>invalid_catalog</c> with every problem.</exception>
    public static DraftCatalog Read(CatalogSnapshot present, JsonElement document, Instant now)
    {
        var change = CatalogRevision.Apply(present, document, now, expectedVersion: null);
        return Of(present, change.Next, change.Warnings);
    }

    public static DraftCatalog Of(CatalogSnapshot present, CatalogSnapshot next, IReadOnlyList<string> warnings)
    {
        var before = Texts(present.Document);
        var unchanged = Texts(next.Document).Where(p => before.TryGetValue(p.Key, out string? text) && text == p.Value).Select(p => p.Key);
        return new(
            CatalogRevision.FromTheBeginning(next.Document), Text(present.Document.Signup) == Text(next.Document.Signup), unchanged.ToFrozenSet(StringComparer.Ordinal),
            next.Stored.DocumentJson == present.Stored.DocumentJson, warnings);
    }

    /// <summary>The present catalog as it is in effect at this moment, as if it had always been: what made-up customers meet.</summary>
    public static CatalogSnapshot InEffect(CatalogSnapshot present, Instant now) => CatalogRevision.FromTheBeginning(present.Document with
    {
        Products = [.. present.Document.Products.Select(p => p with { Prices = [.. p.Prices.Select(price => present.FindPrice(price.Id)?.At(now)?.Definition ?? price)] })],
    });

    private static Dictionary<string, string> Texts(CatalogDocument document) => document.Products
        .SelectMany(product => product.Prices.Select(price => (price.Id, Text: product.Id + product.Charge + Text(price with { EffectiveAt = null, Carry = true }))))
        .ToDictionary(p => p.Id, p => p.Text, StringComparer.Ordinal);

    private static string Text(SignupDefinition? signup) => signup is null ? "" : CatalogJson.Write(signup);

    private static string Text(PriceDefinition price) => CatalogJson.Write(price);
}
