using McpBilling.Catalog;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Integration;

/// <summary>A property that meters measure or prices look at.</summary>
/// <param name="IsNumber">It is summed, or its greatest or latest value counts.</param>
/// <param name="Values">The values that filters and prices name; others may be charged differently or not at all. Empty: any.</param>
public sealed record EventProperty(string Name, bool IsNumber, IReadOnlyList<string> Values);

/// <summary>One event type as the catalog bills it: what an app has to send.</summary>
/// <param name="TakesQuantity">A meter sums the event's own quantity.</param>
/// <param name="MeterIds">The meters that prices of the chosen products charge.</param>
/// <param name="Charges">What each product charges for it, in words: <c>image-generation: 1 credits each, else 0.04 usd each</c>.</param>
/// <param name="Asset">What a debt would be in: the last asset of the first product that charges it.</param>
public sealed record BillableEvent(
    string EventType, bool TakesQuantity, IReadOnlyList<EventProperty> Properties, IReadOnlyList<string> MeterIds, IReadOnlyList<string> Charges, string Asset,
    IReadOnlyList<string> Products)
{
    private sealed record PricedMeter(MeterDefinition Meter, ProductDefinition Product, PriceDefinition Price);

    /// <summary>The event types that the chosen products charge, in the document's order.</summary>
    /// <param name="products">Product ids; null or empty: all.</param>
    /// <exception cref="BillingException"><c>invalid_request</c> when nothing is sold; <c>catalog_item_not_found</c> for an unknown product.</exception>
    public static IReadOnlyList<BillableEvent> Of(CatalogDocument document, IReadOnlyList<string>? products)
    {
        var chosen = Chosen(document, products);
        var meters = document.Meters.ToDictionary(m => m.Id, StringComparer.Ordinal);
        var priced =
            (from product in chosen
             from price in product.Prices
             where meters.ContainsKey(price.Meter)
             select new PricedMeter(meters[price.Meter], product, price)).ToList();
        if (priced.Count == 0)
        {
            throw new BillingException(
                ErrorCode.InvalidRequest,
                $"{(products is { Count: > 0 } ? $"The product \"{chosen[0].Id}\" has" : "The catalog's products have")} no price, so there is nothing to bill: add one with define_price or apply_catalog; get_started shows an example.",
                products is { Count: > 0 } ? "products" : null);
        }
        return [.. priced.GroupBy(p => p.Meter.EventType, StringComparer.Ordinal).Select(g => Read(g.Key, [.. g]))];
    }

    private static IReadOnlyList<ProductDefinition> Chosen(CatalogDocument document, IReadOnlyList<string>? products)
    {
        if (document.Products.Count == 0)
        {
            throw new BillingException(
                ErrorCode.InvalidRequest, "The catalog has no product yet, so there is nothing to bill. Define one with apply_catalog (get_started has an example), then call this again.");
        }
        if (products is not { Count: > 0 })
        {
            return document.Products;
        }
        var known = document.Products.ToDictionary(p => p.Id, StringComparer.Ordinal);
        foreach (string id in products)
        {
            if (!known.ContainsKey(id))
            {
                string hint = NearestName.Hint(id, known.Keys) ?? $"There are: {string.Join(", ", known.Keys.Take(10))}.";
                throw new BillingException(ErrorCode.CatalogItemNotFound, $"There is no product \"{(id.Length > 64 ? id[..64] + "…" : id)}\". {hint}", "products");
            }
        }
        return [.. products.Distinct(StringComparer.Ordinal).Select(id => known[id])];
    }

    private static BillableEvent Read(string eventType, IReadOnlyList<PricedMeter> priced)
    {
        var properties = new Dictionary<string, EventProperty>(StringComparer.Ordinal);
        void Add(string name, bool isNumber, IEnumerable<string> values)
        {
            var before = properties.GetValueOrDefault(name);
            properties[name] = new EventProperty(name, isNumber || before?.IsNumber == true, [.. (before?.Values ?? []).Concat(values).Distinct(StringComparer.Ordinal)]);
        }
        foreach (var (meter, _, price) in priced)
        {
            if (meter.Property is { } measured && meter.Aggregation is not Aggregation.Count)
            {
                Add(measured, meter.Aggregation is not Aggregation.UniqueCount, []);
            }
            foreach (var (name, values) in (meter.Filter ?? EmptyConditions).Concat(price.Where ?? EmptyConditions))
            {
                Add(name, false, values);
            }
            for (int i = 0; i < (price.Dimensions?.Count ?? 0); i++)
            {
                Add(price.Dimensions![i], false, (price.Rows ?? []).Where(r => r.Values.Count > i).Select(r => r.Values[i]));
            }
        }
        var charges = priced.GroupBy(p => p.Product.Id, StringComparer.Ordinal).Select(g => $"{g.Key}: {Words([.. g])}");
        return new BillableEvent(
            eventType, priced.Any(p => p.Meter.Aggregation is Aggregation.Sum && p.Meter.Property is null), [.. properties.Values],
            [.. priced.Select(p => p.Meter.Id).Distinct(StringComparer.Ordinal)], [.. charges],
            priced.Last(p => p.Product.Id == priced[0].Product.Id).Price.Asset, [.. priced.Select(p => p.Product.Id).Distinct(StringComparer.Ordinal)]);
    }

    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> EmptyConditions = new Dictionary<string, IReadOnlyList<string>>();

    private static string Words(IReadOnlyList<PricedMeter> priced) =>
        string.Join(priced[0].Product.Charge is ChargeMode.FirstAffordable ? ", else " : " and ", priced.Select(p => PriceWords.Of(p.Price, p.Meter)));
}
