using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Tests.Catalog;

/// <summary>Documents and times that the catalog's tests share.</summary>
internal static class Catalogs
{
    public static readonly Instant Day1 = At("2026-11-01T00:00:00Z");
    public static readonly Instant Day2 = At("2026-11-02T00:00:00Z");
    public static readonly Instant Day3 = At("2026-11-03T00:00:00Z");

    public const string Images = """
        {"assets":[{"id":"credits","name":"Image credits"}],
         "meters":[{"id":"images","event_type":"image.generated","aggregation":"sum","property":"count","filter":{"resolution":["1024","2048"]}}],
         "products":[{"id":"image-generation","charge":"first_affordable","prices":[
           {"id":"image-credits","meter":"images","asset":"credits","model":"per_unit","unit_price":"1"},
           {"id":"image-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04"},
           {"id":"image-usd-flux","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.06","where":{"model":["flux"]}}]}],
         "signup":{"grants":[{"asset":"credits","amount":"100","expires_after_days":90}]}}
        """;

    public static Instant At(string text) => Instant.TryParse(text, out var instant) ? instant : throw new ArgumentException(text);

    public static JsonElement Parse(string json) => JsonDocument.Parse(json, BillingJsonOptions.Document).RootElement;

    public static CatalogChange Apply(this CatalogSnapshot present, string document, Instant now) => CatalogRevision.Apply(present, Parse(document), now, null);

    public static CatalogSnapshot After(string document, Instant? now = null) => CatalogSnapshot.Empty.Apply(document, now ?? Day1).Next;

    public static IReadOnlyDictionary<string, string> Properties(string pairs = "") =>
        pairs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]);

    /// <summary><c>price image-usd changed</c> for each line that is not unchanged.</summary>
    public static string[] Lines(this CatalogChange change) =>
        [.. change.Changes.Where(c => c.Action != CatalogAction.Unchanged).Select(c => $"{c.Kind} {c.Id} {c.Action}".ToLowerInvariant())];
}
