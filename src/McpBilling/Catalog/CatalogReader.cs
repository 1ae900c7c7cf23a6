using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Catalog;

/// <summary>What reading a document gave: the document when there were no problems, and always every problem and warning.</summary>
public sealed record CatalogReading(CatalogDocument? Document, IReadOnlyList<Problem> Problems, IReadOnlyList<string> Warnings);

/// <summary>An item with the place it stands at in the document.</summary>
internal sealed record Located<T>(string Pointer, T Item);

/// <summary>A product's place, without its prices.</summary>
internal sealed record LocatedProduct(string Pointer, ProductDefinition Item, IReadOnlyList<Located<PriceDefinition>> Prices, bool AllPricesRead);

/// <summary>What could be read of a document, item by item, so that one broken price does not hide the problems of another.</summary>
internal sealed class CatalogParts
{
    public List<Located<AssetDefinition>> Assets { get; } = [];
    public List<Located<MeterDefinition>> Meters { get; } = [];
    public List<LocatedProduct> Products { get; } = [];
    public List<Located<SignupGrant>> SignupGrants { get; } = [];
    public List<Located<TopUpPack>> Packs { get; } = [];
    public List<Located<FreeTopUp>> FreeAmounts { get; } = [];
    public List<Located<LowBalanceAlert>> LowBalances { get; } = [];
    public string? TimeZone { get; set; }

    /// <summary>Ids of items that could not be read, as <c>assets/credits</c>: a reference to one is not an unknown name.</summary>
    public HashSet<string> BrokenIds { get; } = new(StringComparer.Ordinal);
}

/// <summary>Reads billing.json: first its shape against the schema, then its meaning, every problem at once with its place and its fix.</summary>
public static class CatalogReader
{
    /// <summary>The closed schema of billing.json (the resource <c>billing://schema/billing.json</c>).</summary>
    public static InputSchema Schema { get; } = JsonSchemas.ForInput(BillingJson.Default.CatalogDocument);

    private static readonly Dictionary<string, string> NotYet = new(StringComparer.Ordinal)
    {
        ["plans"] = "plans are not available in this version; they arrive in a later version",
        ["entitlements"] = "entitlements are not available in this version; they arrive in a later version",
    };

    public static CatalogReading Read(JsonElement document)
    {
        var problems = InputGuard.Check(document, Schema, notYet: NotYet);
        var warnings = new List<string>();
        if (document.ValueKind != JsonValueKind.Object)
        {
            return new(null, problems, warnings);
        }
        bool shaped = problems.Count == 0;
        document = shaped ? InputGuard.WithoutNulls(document, Schema) : document;
        var parts = ReadParts(document, problems);
        CatalogChecks.Run(parts, problems, warnings);
        if (shaped)
        {
            PortalChecks.Run(document, problems);
        }
        if (!shaped || problems.Count > 0)
        {
            return new(null, problems, warnings);
        }
        return new(Normalized(document.Deserialize(BillingJson.Default.CatalogDocument)!), problems, warnings);
    }

    /// <summary>An empty <c>where</c> or <c>filter</c> says the same as none.</summary>
    private static CatalogDocument Normalized(CatalogDocument document) => document with
    {
        Meters = [.. document.Meters.Select(m => m.Filter is { Count: 0 } ? m with { Filter = null } : m)],
        Products = [.. document.Products.Select(p => p with { Prices = [.. p.Prices.Select(price => price.Where is { Count: 0 } ? price with { Where = null } : price)] })],
        Signup = document.Signup is { Grants.Count: 0 } ? null : document.Signup,
        Customers = document.Customers is { AutoCreate: true } ? null : document.Customers,
        Costs = document.Costs == new CostsDefinition() ? null : document.Costs,
        TopUps = document.TopUps is { Packs.Count: 0, FreeAmounts.Count: 0 } ? null : document.TopUps,
        Alerts = document.Alerts is { LowBalance.Count: 0, GrantExpiringHours: null } ? null : document.Alerts,
        Portal = document.Portal is { IsPlain: true } ? null : document.Portal,
    };

    private static CatalogParts ReadParts(JsonElement document, List<Problem> problems)
    {
        var parts = new CatalogParts();
        var broken = problems.Select(p => p.Pointer).ToArray();
        bool Sound(string pointer) => !broken.Any(p => p == pointer || p.StartsWith(pointer + "/", StringComparison.Ordinal));

        foreach (var (pointer, element) in Items(document, "", "assets"))
        {
            Take(pointer, element, ItemOf("assets"), BillingJson.Default.AssetDefinition, Sound, parts, problems, asset => parts.Assets.Add(new(pointer, asset)));
        }
        foreach (var (pointer, element) in Items(document, "", "meters"))
        {
            Take(pointer, element, ItemOf("meters"), BillingJson.Default.MeterDefinition, Sound, parts, problems, meter => parts.Meters.Add(new(pointer, meter)));
        }
        foreach (var (pointer, element) in Items(document, "", "products"))
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                continue;
            }
            var prices = new List<Located<PriceDefinition>>();
            int listed = 0;
            foreach (var (place, price) in Items(element, pointer, "prices"))
            {
                listed++;
                Take(place, price, ItemOf("products", "prices"), BillingJson.Default.PriceDefinition, Sound, parts, problems, definition => prices.Add(new(place, definition)));
            }
            // The product's own fields are read by hand: a wrong one must not hide what is wrong with its prices.
            string id = IdOf(element) ?? "";
            bool first = element.TryGetProperty("charge", out var charge) && charge.ValueKind == JsonValueKind.String && charge.ValueEquals("first_affordable");
            parts.Products.Add(new(pointer, new ProductDefinition { Id = id, Charge = first ? ChargeMode.FirstAffordable : ChargeMode.EveryAsset }, prices, listed == prices.Count));
        }
        if (document.TryGetProperty("signup", out var signup))
        {
            foreach (var (pointer, element) in Items(signup, "/signup", "grants"))
            {
                Take(pointer, element, SignupGrantItem, BillingJson.Default.SignupGrant, Sound, parts, problems, grant => parts.SignupGrants.Add(new(pointer, grant)));
            }
        }
        if (document.TryGetProperty("top_ups", out var topUps))
        {
            foreach (var (pointer, element) in Items(topUps, "/top_ups", "packs"))
            {
                Take(pointer, element, TopUpItem("packs"), BillingJson.Default.TopUpPack, Sound, parts, problems, pack => parts.Packs.Add(new(pointer, pack)));
            }
            foreach (var (pointer, element) in Items(topUps, "/top_ups", "free_amounts"))
            {
                Take(pointer, element, TopUpItem("free_amounts"), BillingJson.Default.FreeTopUp, Sound, parts, problems, free => parts.FreeAmounts.Add(new(pointer, free)));
            }
        }
        if (document.TryGetProperty("alerts", out var alerts))
        {
            foreach (var (pointer, element) in Items(alerts, "/alerts", "low_balance"))
            {
                Take(pointer, element, LowBalanceItem, BillingJson.Default.LowBalanceAlert, Sound, parts, problems, alert => parts.LowBalances.Add(new(pointer, alert)));
            }
        }
        parts.TimeZone = Sound("/time_zone") && document.TryGetProperty("time_zone", out var zone) && zone.ValueKind == JsonValueKind.String ? zone.GetString() : null;
        return parts;
    }

    private static JsonObject SignupGrantItem => (JsonObject)Schema.Annotated["properties"]!["signup"]!["properties"]!["grants"]!["items"]!;

    private static JsonObject TopUpItem(string list) => (JsonObject)Schema.Annotated["properties"]!["top_ups"]!["properties"]![list]!["items"]!;
    private static JsonObject LowBalanceItem => (JsonObject)Schema.Annotated["properties"]!["alerts"]!["properties"]!["low_balance"]!["items"]!;

    private static JsonObject ItemOf(params ReadOnlySpan<string> lists)
    {
        var schema = Schema.Annotated;
        foreach (string list in lists)
        {
            schema = (JsonObject)schema["properties"]![list]!["items"]!;
        }
        return schema;
    }

    private static void Take<T>(string pointer, JsonElement element, JsonObject schema, JsonTypeInfo<T> type, Func<string, bool> sound, CatalogParts parts, List<Problem> problems, Action<T> add)
    {
        if (!sound(pointer))
        {
            if (IdOf(element) is { } id)
            {
                parts.BrokenIds.Add($"{pointer.Split('/')[1]}/{id}");
            }
            return;
        }
        try
        {
            add(InputGuard.WithoutNulls(element, schema).Deserialize(type)!);
        }
        catch (JsonException wrong)
        {
            // The guard is at least as strict as the serializer; should it ever not be, the document is refused all the same.
            problems.Add(new(pointer, $"cannot be read: {wrong.Message}"));
        }
    }

    private static IEnumerable<(string Pointer, JsonElement Element)> Items(JsonElement parent, string pointer, string section)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(section, out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > CatalogDocument.MaxItems)
        {
            yield break;
        }
        int i = 0;
        foreach (var element in list.EnumerateArray())
        {
            yield return ($"{pointer}/{section}/{i++}", element);
        }
    }

    private static string? IdOf(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair; the guard has said so
        }
    }
}
