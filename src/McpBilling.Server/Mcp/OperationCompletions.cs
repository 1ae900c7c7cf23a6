using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Server.Mcp;

/// <summary>Suggestions from get_catalog and the first page of list_customers.</summary>
internal sealed class OperationCompletions(OperationReads reads) : ICompletions
{
    public async ValueTask<IReadOnlyList<string>> CustomerIds(Caller caller, string prefix, CancellationToken cancellation) =>
        Matching(await reads.Customers(caller, cancellation) is { } page ? Texts(page, "customers", "id") : [], prefix);

    public async ValueTask<IReadOnlyList<string>> ProductIds(Caller caller, string prefix, CancellationToken cancellation) =>
        Matching(await reads.Catalog(caller, cancellation) is { } catalog ? Texts(catalog, "products", "id") : [], prefix);

    public async ValueTask<IReadOnlyList<string>> EventTypes(Caller caller, string prefix, CancellationToken cancellation) =>
        Matching(await reads.Catalog(caller, cancellation) is { } catalog ? Texts(catalog, "meters", "event_type") : [], prefix);

    public async ValueTask<IReadOnlyList<string>> Assets(Caller caller, string prefix, CancellationToken cancellation)
    {
        if (await reads.Catalog(caller, cancellation) is not { } catalog)
        {
            return [];
        }
        var charged = Items(catalog, "products").SelectMany(product => Texts(product, "prices", "asset"));
        return Matching(Texts(catalog, "assets", "id").Concat(charged), prefix);
    }

    public async ValueTask<IReadOnlyList<string>> Models(Caller caller, string prefix, CancellationToken cancellation)
    {
        if (await reads.Catalog(caller, cancellation) is not { } catalog)
        {
            return [];
        }
        var conditions = Items(catalog, "products").SelectMany(product => Items(product, "prices"))
            .Select(price => price.TryGetProperty("where", out var where) ? where : default).Where(where => where.ValueKind == JsonValueKind.Object);
        return Matching(conditions.SelectMany(where => Items(where, "model")).Select(model => model.GetString()).OfType<string>(), prefix);
    }

    private static string[] Matching(IEnumerable<string> names, string prefix) =>
        [.. names.Where(n => n.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Texts(JsonElement document, string section, string field) =>
        Items(document, section).Select(item => item.TryGetProperty(field, out var value) ? value.GetString() : null).OfType<string>();

    private static JsonElement[] Items(JsonElement document, string section) =>
        document.TryGetProperty(section, out var items) && items.ValueKind == JsonValueKind.Array ? [.. items.EnumerateArray()] : [];
}
