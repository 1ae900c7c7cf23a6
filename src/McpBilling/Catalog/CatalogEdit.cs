using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Catalog;

/// <summary>
/// Changes of a single item: each makes the next document out of the present one and goes through <see cref="CatalogRevision.Apply"/>, so that the
/// checks and the diff are those of a whole document. Problems of the item are named relative to it. Pure.
/// </summary>
public static class CatalogEdit
{
    public static CatalogChange PutAsset(CatalogSnapshot present, JsonObject asset, Instant now) => Put(present, "assets", asset, now);

    public static CatalogChange PutMeter(CatalogSnapshot present, JsonObject meter, Instant now) => Put(present, "meters", meter, now);

    /// <summary>The product's own fields; the prices it has stay.</summary>
    public static CatalogChange PutProduct(CatalogSnapshot present, JsonObject product, Instant now) => Put(present, "products", product, now, keep: "prices");

    /// <exception cref="BillingException"><c>invalid_catalog</c>: also when the product is not there.</exception>
    public static CatalogChange PutPrice(CatalogSnapshot present, string productId, JsonObject price, Instant now)
    {
        var document = Document(present);
        var products = List(document, "products");
        int p = IndexOf(products, productId);
        if (p < 0)
        {
            var hint = NearestName.Hint(productId, present.Document.Products.Select(product => product.Id)) ?? "Define it first with define_product.";
            throw InputGuard.Refusal([new("/product", $"there is no product \"{productId}\"", hint) { Found = $"\"{productId}\"", Allowed = string.Join(", ", present.Document.Products.Select(product => product.Id).Take(50)) }], ErrorCode.InvalidCatalog);
        }
        string id = (string)price["id"]!;
        for (int other = 0; other < products.Count; other++)
        {
            if (other != p && products[other]!["prices"] is JsonArray prices && IndexOf(prices, id) is >= 0 and var elsewhere)
            {
                prices.RemoveAt(elsewhere);
            }
        }
        int i = Put(List((JsonObject)products[p]!, "prices"), price, keep: null);
        return Apply(present, document, now, $"/products/{p}/prices/{i}");
    }

    /// <summary>Takes an item out of the document. What was charged by it stays as it is; a product takes its prices with it.</summary>
    /// <exception cref="BillingException"><c>catalog_item_not_found</c>; <c>invalid_catalog</c> when something still needs it, naming what.</exception>
    public static CatalogChange Archive(CatalogSnapshot present, CatalogItemKind kind, string id, Instant now)
    {
        var users = UsersOf(present.Document, kind, id).ToArray();
        if (users.Length > 0)
        {
            throw InputGuard.Refusal([new("/id", $"{kind.ToString().ToLowerInvariant()} {id} is still used by {string.Join(", ", users)}", "Archive or change those first.")], ErrorCode.InvalidCatalog);
        }
        var document = Document(present);
        var lists = kind == CatalogItemKind.Price
            ? List(document, "products").Select(product => List((JsonObject)product!, "prices")).ToArray()
            : [List(document, kind.ToString().ToLowerInvariant() + "s")];
        foreach (var list in lists)
        {
            if (IndexOf(list, id) is >= 0 and var i)
            {
                list.RemoveAt(i);
                return Apply(present, document, now, itemPointer: null);
            }
        }
        string? hint = NearestName.Hint(id, lists.SelectMany(list => list.Select(item => (string)item!["id"]!)));
        throw new BillingException(ErrorCode.CatalogItemNotFound, $"The catalog has no {kind.ToString().ToLowerInvariant()} \"{id}\". {hint}".TrimEnd(), "id");
    }

    private static IEnumerable<string> UsersOf(CatalogDocument document, CatalogItemKind kind, string id) => kind switch
    {
        CatalogItemKind.Asset => document.Products.SelectMany(p => p.Prices).Where(p => p.Asset == id).Select(p => $"price {p.Id}")
            .Concat(document.Signup?.Grants.Any(g => g.Asset == id) == true ? ["the sign-up grants"] : [])
            .Concat(document.Alerts?.LowBalance.Any(a => a.Asset == id) == true ? ["the low-balance alerts"] : []),
        CatalogItemKind.Meter => document.Products.SelectMany(p => p.Prices).Where(p => p.Meter == id).Select(p => $"price {p.Id}"),
        CatalogItemKind.Product => document.Signup?.Grants.Any(g => g.Products?.Contains(id) == true) == true ? ["a sign-up grant that is restricted to it"] : [],
        _ => [],
    };

    private static CatalogChange Put(CatalogSnapshot present, string section, JsonObject item, Instant now, string? keep = null)
    {
        var document = Document(present);
        int i = Put(List(document, section), item, keep);
        return Apply(present, document, now, $"/{section}/{i}");
    }

    private static int Put(JsonArray list, JsonObject item, string? keep)
    {
        int i = IndexOf(list, (string)item["id"]!);
        if (i < 0)
        {
            list.Add(item);
            return list.Count - 1;
        }
        if (keep is not null && list[i]![keep] is { } kept)
        {
            item[keep] = kept.DeepClone();
        }
        list[i] = item;
        return i;
    }

    private static CatalogChange Apply(CatalogSnapshot present, JsonObject document, Instant now, string? itemPointer)
    {
        try
        {
            return CatalogRevision.Apply(present, JsonSerializer.SerializeToElement(document, BillingJson.Default.JsonObject), now, expectedVersion: null);
        }
        catch (BillingException refused) when (itemPointer is not null && refused.Problems.Count > 0)
        {
            throw InputGuard.Refusal([.. refused.Problems.Select(p => IsWithin(p.Pointer, itemPointer) ? p with { Pointer = p.Pointer[itemPointer.Length..] } : p)], refused.Code);
        }
    }

    private static bool IsWithin(string pointer, string item) => pointer == item || pointer.StartsWith(item + "/", StringComparison.Ordinal);

    private static JsonObject Document(CatalogSnapshot present) => (JsonObject)JsonNode.Parse(present.Stored.DocumentJson)!;

    private static JsonArray List(JsonObject parent, string name)
    {
        if (parent[name] is not JsonArray list)
        {
            parent[name] = list = [];
        }
        return list;
    }

    private static int IndexOf(JsonArray list, string id) => list.Index().FirstOrDefault(item => (string?)item.Item!["id"] == id, (-1, null)).Index;
}
