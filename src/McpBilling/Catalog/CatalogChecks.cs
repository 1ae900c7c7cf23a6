using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Catalog;

/// <summary>What must hold between the parts of a document that its schema cannot say: ids, references, meters, overlapping prices, scales.</summary>
internal sealed partial class CatalogChecks
{
    private readonly CatalogParts parts;
    private readonly List<Problem> problems;
    private readonly List<string> warnings;
    private readonly Dictionary<string, Asset> assets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MeterDefinition> meters = new(StringComparer.Ordinal);

    private CatalogChecks(CatalogParts parts, List<Problem> problems, List<string> warnings) =>
        (this.parts, this.problems, this.warnings) = (parts, problems, warnings);

    public static void Run(CatalogParts parts, List<Problem> problems, List<string> warnings)
    {
        var checks = new CatalogChecks(parts, problems, warnings);
        checks.CheckAssets();
        checks.CheckMeters();
        checks.CheckProducts();
        checks.CheckSignup();
        checks.CheckTopUps();
        checks.CheckLowBalances();
        checks.CheckTimeZone();
    }

    private void Report(string pointer, string message, string? hint = null, string? found = null, string? allowed = null) =>
        problems.Add(new(pointer, message, hint) { Found = found, Allowed = allowed });

    private static string Quoted(string text) => $"\"{text}\"";

    private static string Quoted(decimal number) => Quoted(Quantity.Format(number));

    /// <summary>A name that is not there: the nearest one, or the only one, or how to define it.</summary>
    private void ReportUnknown(string pointer, string kind, string id, IReadOnlyCollection<string> names, string define, IEnumerable<string>? furtherNames = null)
    {
        string hint = NearestName.Hint(id, [.. names, .. furtherNames ?? []])
            ?? (names.Count == 1 ? $"Use {Quoted(names.First())}, or {define}." : $"{char.ToUpperInvariant(define[0])}{define[1..]}.");
        string known = names.Count == 0 ? $"no {kind} is defined" : string.Join(", ", names.Order(StringComparer.Ordinal).Take(50));
        Report(pointer, $"there is no {kind} {Quoted(id)}", hint, Quoted(id), furtherNames is null ? known : names.Count == 0 ? "an ISO 4217 code such as usd" : known + ", or an ISO 4217 code such as usd");
    }

    private void CheckAssets()
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (pointer, asset) in parts.Assets)
        {
            CheckId(pointer, asset.Id, "asset", seen);
            if (Currencies.All.ContainsKey(asset.Id))
            {
                Report(pointer + "/id", $"{asset.Id} is an ISO 4217 currency, an asset without being declared", "Remove this asset: prices and grants may name the currency all the same.", Quoted(asset.Id), "an id that is no currency code");
            }
            else
            {
                assets.TryAdd(asset.Id, CatalogSnapshot.ToAsset(asset));
            }
        }
    }

    private void CheckMeters()
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (pointer, meter) in parts.Meters)
        {
            CheckId(pointer, meter.Id, "meter", seen);
            meters.TryAdd(meter.Id, meter);
            string aggregation = meter.Aggregation == Aggregation.UniqueCount ? "unique_count" : meter.Aggregation.ToString().ToLowerInvariant();
            bool needsProperty = meter.Aggregation is Aggregation.Max or Aggregation.UniqueCount or Aggregation.Latest;
            if (needsProperty && meter.Property is null)
            {
                Report(pointer + "/property", $"is missing: {aggregation} measures an event property", $"Add property: the name of the event property whose values are measured, or set aggregation to \"sum\" to add up the events' quantity.", allowed: "the name of an event property");
            }
            if (meter.Aggregation == Aggregation.Count && meter.Property is not null)
            {
                Report(pointer + "/property", "count counts events and takes no property", "Remove property; or set aggregation to \"sum\" to add it up, to \"unique_count\" to count its different values.", Quoted(meter.Property), "no property");
            }
            if (meter.WeightBy is not null && meter.Aggregation != Aggregation.Sum)
            {
                Report(pointer + "/weight_by", $"belongs to sum, not to {aggregation}", "Remove weight_by, or set aggregation to \"sum\".", "\"time\"", "no weight_by");
            }
            CheckConditions(pointer + "/filter", meter.Filter);
        }
    }

    private void CheckConditions(string pointer, IReadOnlyDictionary<string, IReadOnlyList<string>>? conditions)
    {
        foreach (var (name, values) in conditions ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            if (values.Count == 0)
            {
                Report($"{pointer}/{name}", "has no values, so nothing would ever fit", $"Remove {name}, or list at least one value.", "[]", "at least one value");
            }
        }
    }

    private void CheckProducts()
    {
        var seenProducts = new Dictionary<string, string>(StringComparer.Ordinal);
        var seenPrices = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var product in parts.Products)
        {
            if (product.Item.Id.Length > 0)
            {
                CheckId(product.Pointer, product.Item.Id, "product", seenProducts);
            }
            foreach (var (pointer, price) in product.Prices)
            {
                CheckId(pointer, price.Id, "price", seenPrices);
                CheckPrice(pointer, price);
            }
            CheckOverlaps(product);
            if (product.Item.Charge == ChargeMode.FirstAffordable && product.AllPricesRead && product.Prices.Count > 0
                && product.Prices.GroupBy(p => p.Item.Meter).All(meter => meter.Select(p => p.Item.Asset).Distinct().Count() < 2))
            {
                warnings.Add($"product {product.Item.Id} is charged first_affordable, but no meter of it has prices in two assets: there is nothing to choose from.");
            }
        }
    }

    private void CheckPrice(string pointer, PriceDefinition price)
    {
        MeterDefinition? meter = null;
        if (!meters.TryGetValue(price.Meter, out meter) && !parts.BrokenIds.Contains("meters/" + price.Meter))
        {
            ReportUnknown(pointer + "/meter", "meter", price.Meter, meters.Keys, $"add {{\"id\":{Quoted(price.Meter)},\"event_type\":\"…\",\"aggregation\":\"sum\"}} to meters (tool define_meter)");
        }
        var asset = CheckAsset(pointer + "/asset", price.Asset);
        if (asset is not null && price.HoldPolicy?.Amount is { } hold)
        {
            CheckScale(pointer + "/hold_policy/amount", hold, asset);
        }
        CheckConditions(pointer + "/where", price.Where);
        if (meter is not null && price.Model is "percentage" or "matrix" or "cost_plus" && meter!.Aggregation is not (Aggregation.Sum or Aggregation.Count))
        {
            Report(pointer + "/model", $"{price.Model} prices each event by itself, so its meter must be a sum or a count, but {meter.Id} is not", "Use \"per_unit\", or name a meter of aggregation sum or count.", Quoted(price.Model), "a model that prices the period as a whole: per_unit, flat, graduated, volume, stairstep, package, graduated_percentage");
        }
        Price.From(price, pointer, problems);
    }

    /// <summary>Of equally specific prices that an event could both fit, none is the right one (pricing.md, 3).</summary>
    private void CheckOverlaps(LocatedProduct product)
    {
        foreach (var alternatives in product.Prices.GroupBy(p => (p.Item.Meter, p.Item.Asset)))
        {
            var prices = alternatives.Select(p => (p.Pointer, p.Item, Where: new PropertyConditions(p.Item.Where))).ToArray();
            for (int later = 1; later < prices.Length; later++)
            {
                for (int earlier = 0; earlier < later; earlier++)
                {
                    var (a, b) = (prices[earlier], prices[later]);
                    if (a.Where.Count == b.Where.Count && a.Where.Overlaps(b.Where) && a.Item.Id != b.Item.Id)
                    {
                        Report(b.Where.Count == 0 ? b.Pointer : b.Pointer + "/where",
                            $"an event could fit both {a.Item.Id} and {b.Item.Id}: same meter, same asset, and equally specific conditions",
                            $"Remove {b.Item.Id} or {a.Item.Id}, or give one more conditions in where than the other, or values that exclude each other, or another meter.", allowed: "one price that fits an event best, per product, meter and asset");
                    }
                }
            }
        }
    }

    private void CheckSignup()
    {
        var products = parts.Products.Select(p => p.Item.Id).ToArray();
        foreach (var (pointer, grant) in parts.SignupGrants)
        {
            var asset = CheckAsset(pointer + "/asset", grant.Asset);
            if (grant.Amount <= 0)
            {
                Report(pointer + "/amount", "must be above zero", grant.Amount < 0 ? $"Use {Quoted(-grant.Amount)}." : "Remove the grant, or use an amount above zero such as \"100\".", Quoted(grant.Amount), "above zero");
            }
            else if (asset is not null)
            {
                CheckScale(pointer + "/amount", grant.Amount, asset);
            }
            foreach (var (i, product) in (grant.Products ?? []).Index().Where(p => !products.Contains(p.Item)))
            {
                ReportUnknown($"{pointer}/products/{i}", "product", product, products, "define it in products (tool define_product)");
            }
        }
    }

    private void CheckLowBalances()
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (pointer, alert) in parts.LowBalances)
        {
            var asset = CheckAsset(pointer + "/asset", alert.Asset);
            if (!seen.TryAdd(alert.Asset, pointer))
            {
                Report(pointer + "/asset", $"{alert.Asset} has a threshold already at {seen[alert.Asset]}", "Remove one of the two.", Quoted(alert.Asset), "one threshold per asset");
            }
            if (alert.Below < 0)
            {
                Report(pointer + "/below", "must not be negative", $"Use {Quoted(-alert.Below)}.", Quoted(alert.Below), "zero or above");
            }
            else if (asset is not null)
            {
                CheckScale(pointer + "/below", alert.Below, asset);
            }
        }
    }

    private void CheckTimeZone()
    {
        if (parts.TimeZone is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            Report("/time_zone", $"\"{zone}\" is not a known time zone", NearestName.Hint(zone, TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id)) ?? "Use \"UTC\", or another IANA name such as Europe/Berlin.", Quoted(zone), "an IANA time zone");
        }
    }

    private Asset? CheckAsset(string pointer, string id)
    {
        if (assets.TryGetValue(id, out var asset) || Currencies.All.TryGetValue(id, out asset))
        {
            return asset;
        }
        if (!parts.BrokenIds.Contains("assets/" + id))
        {
            ReportUnknown(pointer, "asset", id, assets.Keys, CatalogId.IsValid(id) ? $"add {{\"id\":{Quoted(id)}}} to assets (tool define_asset), or use an ISO 4217 code such as usd" : "use an ISO 4217 code such as usd", Currencies.All.Keys.Order(StringComparer.Ordinal));
        }
        return null;
    }

    private void CheckScale(string pointer, decimal amount, Asset asset)
    {
        if (!Amount.TryFrom(asset, amount, out _))
        {
            Report(pointer, $"{Quantity.Format(amount)} is not an amount of {asset.Id}: it keeps {asset.Scale} digits after the point and holds less than 2^63 of its smallest unit", $"Use {Quoted(decimal.Round(amount, asset.Scale, MidpointRounding.AwayFromZero))}, rounded to the asset's scale.", Quoted(amount), $"at most {asset.Scale} digits after the point");
        }
    }

    private void CheckId(string pointer, string id, string kind, Dictionary<string, string> seen)
    {
        if (!CatalogId.IsValid(id))
        {
            Report(pointer + "/id", "must be 1 to 64 lower-case letters, digits, - and _, beginning with a letter or digit", CatalogId.Resembling(id) is { } valid ? $"Use \"{valid}\"." : $"Use an id such as \"{kind}-1\".", Quoted(id), "1 to 64 lower-case letters, digits, - and _, beginning with a letter or digit");
        }
        if (!seen.TryAdd(id, pointer))
        {
            Report(pointer + "/id", $"there is already a{(kind == "asset" ? "n" : "")} {kind} \"{id}\" at {seen[id]}", $"Use \"{FreeId(id, seen)}\", or remove one of the two.", Quoted(id), $"an id that no other {kind} has");
        }
    }

    private static string FreeId(string id, Dictionary<string, string> taken)
    {
        string stem = id.Length > CatalogId.MaxLength - 5 ? id[..(CatalogId.MaxLength - 5)] : id;
        int number = 2;
        while (taken.ContainsKey($"{stem}-{number}"))
        {
            number++;
        }
        return $"{stem}-{number}";
    }
}
