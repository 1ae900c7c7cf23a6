using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Money;

namespace McpBilling.Integration;

/// <summary>A meter as billing.json has it.</summary>
internal sealed record NaiveMeter(string Id, string EventType, string Aggregation, string? Property, bool ByTime, NaiveConditions Filter);

/// <summary>The catalog as stored, read plainly: which prices an event of a time, type and properties has.</summary>
internal sealed class NaiveCatalog
{
    private readonly List<(string Id, bool PayAsYouGo, bool FirstAffordable)> _products;
    private readonly Dictionary<string, NaiveMeter> _meters = [];
    private readonly List<NaivePrice> _prices = [];

    /// <param name="assetOf">Scale and rounding of an asset.</param>
    public NaiveCatalog(StoredCatalog stored, Func<string, Asset?> assetOf)
    {
        using var document = JsonDocument.Parse(stored.DocumentJson);
        using var archive = JsonDocument.Parse(stored.ArchiveJson);
        JsonElement[] both = [document.RootElement.Clone(), archive.RootElement.Clone()];
        Zone = NaivePrice.Text(both[0], "time_zone") is { } zone && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? found : TimeZoneInfo.Utc;
        _products = [.. both.SelectMany(b => Items(b, "products")).Select(p => (Text(p, "id"), NaivePrice.Text(p, "pay_as_you_go") != "False", NaivePrice.Text(p, "charge") == "first_affordable"))];
        foreach (var meter in both.SelectMany(b => Items(b, "meters")))
        {
            _meters.TryAdd(Text(meter, "id"), new NaiveMeter(
                Text(meter, "id"), Text(meter, "event_type"), Text(meter, "aggregation"), NaivePrice.Text(meter, "property"), NaivePrice.Text(meter, "weight_by") == "time",
                NaiveConditions.Of(meter, "filter")));
        }
        foreach (var versions in stored.Prices.GroupBy(p => p.PriceId))
        {
            var ordered = versions.OrderBy(v => v.Version).ToList();
            for (int i = 0; i < ordered.Count; i++)
            {
                var row = ordered[i];
                using var definition = JsonDocument.Parse(row.DefinitionJson);
                var end = i + 1 < ordered.Count ? ordered[i + 1].EffectiveAt : Instant.Never;
                end = row.ArchivedAt is { } archived && archived < end ? archived : end;
                var root = definition.RootElement.Clone();
                _prices.Add(new NaivePrice(
                    row.Key, row.PriceId, row.ProductId, row.MeterId, row.Version, row.EffectiveAt, end, row.Carry, root,
                    assetOf(Text(root, "asset")) ?? throw new InvalidOperationException($"price {row.PriceId}: no asset")));
            }
        }
    }

    public TimeZoneInfo Zone { get; }

    public NaiveMeter MeterOf(NaivePrice price) => _meters[price.MeterId];

    public NaivePrice PriceOf(long versionKey) => _prices.First(p => p.Key == versionKey);

    /// <summary>The version before, of which a carrying one goes on.</summary>
    public NaivePrice? Before(NaivePrice price) => _prices.Where(p => p.PriceId == price.PriceId && p.Version < price.Version).MaxBy(p => p.Version);

    /// <summary>
    /// For each product and meter that take the event, the prices in question: one per asset, the one with the most conditions, of equal ones the oldest.
    /// All of them are charged, or (<c>IsChoice</c>) one.
    /// </summary>
    public IEnumerable<(List<NaivePrice> Prices, bool IsChoice)> Of(string eventType, Instant time, IReadOnlyDictionary<string, string> properties)
    {
        foreach (var product in _products.Where(p => p.PayAsYouGo))
        {
            foreach (var meter in _meters.Values.Where(m => m.EventType == eventType && m.Filter.Fit(properties)))
            {
                var fitting = _prices.Where(p => p.ProductId == product.Id && p.MeterId == meter.Id && p.AppliesAt(time) && p.Where.Fit(properties));
                var prices = fitting.GroupBy(p => p.Asset.Id).Select(a => a.OrderByDescending(p => p.Where.Count).ThenBy(p => p.Key).First()).ToList();
                if (prices.Count > 0)
                {
                    yield return (prices, product.FirstAffordable);
                }
            }
        }
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement of, string name) =>
        of.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : default;

    private static string Text(JsonElement of, string name) => NaivePrice.Text(of, name) ?? "";
}
