using System.Text.Json.Nodes;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Catalog;

/// <summary>
/// Compares a checked document with the present catalog: what is added, changed, archived; which price versions that makes; and what may not be
/// changed because recorded usage depends on it. Pure; time comes in.
/// </summary>
public sealed class CatalogDiff
{
    private readonly CatalogSnapshot present;
    private readonly CatalogDocument next;
    private readonly Instant now;
    private readonly List<CatalogItemChange> changes = [];
    private readonly List<Problem> problems = [];
    private readonly List<string> warnings = [];
    private readonly List<StoredPriceVersion> newPrices = [];
    private readonly List<StoredPriceVersion> archivedPrices = [];

    private CatalogDiff(CatalogSnapshot present, CatalogDocument next, Instant now) => (this.present, this.next, this.now) = (present, next, now);

    public IReadOnlyList<CatalogItemChange> Changes => changes;
    public IReadOnlyList<Problem> Problems => problems;
    public IReadOnlyList<string> Warnings => warnings;
    public IReadOnlyList<StoredPriceVersion> NewPrices => newPrices;
    public IReadOnlyList<StoredPriceVersion> ArchivedPrices => archivedPrices;

    public static CatalogDiff Compare(CatalogSnapshot present, CatalogDocument next, Instant now)
    {
        var diff = new CatalogDiff(present, next, now);
        diff.CompareAssets();
        diff.CompareMeters();
        diff.CompareProducts();
        diff.ComparePrices();
        diff.CompareWhole(CatalogKind.Signup, present.Document.Signup, next.Signup);
        diff.CompareWhole(CatalogKind.Customers, present.Document.Customers, next.Customers);
        diff.CompareWhole(CatalogKind.Costs, present.Document.Costs, next.Costs);
        diff.CompareWhole(CatalogKind.TopUps, present.Document.TopUps, next.TopUps);
        diff.CompareWhole(CatalogKind.Alerts, present.Document.Alerts, next.Alerts);
        diff.CompareWhole(CatalogKind.Portal, present.Document.Portal, next.Portal);
        diff.CompareTimeZone();
        return diff;
    }

    private void CompareAssets() => CompareItems(CatalogKind.Asset, present.Document.Assets, next.Assets, a => a.Id, present.Archive.Assets, (pointer, before, after) =>
    {
        if (before.Scale != after.Scale)
        {
            problems.Add(new(pointer + "/scale", $"the scale of an asset never changes: {after.Id} keeps {before.Scale} digits", $"Set scale to {before.Scale}, or declare an asset with another id.") { Found = after.Scale.ToString(System.Globalization.CultureInfo.InvariantCulture), Allowed = before.Scale.ToString(System.Globalization.CultureInfo.InvariantCulture) });
        }
    });

    private void CompareMeters() => CompareItems(CatalogKind.Meter, present.Document.Meters, next.Meters, m => m.Id, present.Archive.Meters, (pointer, before, after) =>
    {
        bool meansTheSame = before.EventType == after.EventType && before.Aggregation == after.Aggregation && before.Property == after.Property && before.WeightBy == after.WeightBy;
        var users = present.Stored.Prices.Where(p => p.MeterId == after.Id).Select(p => p.PriceId).Distinct().ToArray();
        if (!meansTheSame && users.Length > 0)
        {
            problems.Add(new(pointer, $"what meter {after.Id} measures cannot change: usage was charged by it ({string.Join(", ", users.Take(5))})",
                $"Set {Measures(before)} as before; for another measure define a meter with another id, and a price for it.")
            { Found = CatalogJson.Write(Whole(after)), Allowed = CatalogJson.Write(Whole(before)) });
        }
    });

    // Without the name of a derived type, and only what an item of the document has.
    private static MeterDefinition Whole(MeterDefinition meter) =>
        new() { Id = meter.Id, EventType = meter.EventType, Aggregation = meter.Aggregation, Property = meter.Property, WeightBy = meter.WeightBy, Filter = meter.Filter };

    private static string Measures(MeterDefinition meter)
    {
        var node = CatalogJson.ToNode(Whole(meter));
        return string.Join(", ", ((string[])["event_type", "aggregation", "property", "weight_by"]).Select(name => $"{name} to {node[name]?.ToJsonString() ?? "null"}"));
    }

    private void CompareProducts()
    {
        static ProductDefinition Bare(ProductDefinition product) => product with { Prices = [] };
        var before = present.Document.Products.ToDictionary(p => p.Id, StringComparer.Ordinal);
        CompareItems(CatalogKind.Product, present.Document.Products, next.Products, p => p.Id, present.Archive.Products, (_, _, _) => { }, Bare, after =>
        {
            if (!before.TryGetValue(after.Id, out var old) || after.Charge != ChargeMode.FirstAffordable)
            {
                return null;
            }
            var common = old.Prices.Select(p => p.Id).Intersect(after.Prices.Select(p => p.Id)).ToHashSet(StringComparer.Ordinal);
            var order = after.Prices.Select(p => p.Id).Where(common.Contains).ToArray();
            return order.SequenceEqual(old.Prices.Select(p => p.Id).Where(common.Contains)) ? null : $"order of prices → {string.Join(", ", order)}";
        });
        foreach (var gone in present.Document.Products.Where(p => p.Prices.Count > 0 && next.Products.All(n => n.Id != p.Id)))
        {
            warnings.Add($"product {gone.Id} is archived: events from now on are no longer charged for it.");
        }
    }

    private void ComparePrices()
    {
        var listed = next.Products.SelectMany((product, p) => product.Prices.Select((price, i) => (Product: product, Price: price, Pointer: $"/products/{p}/prices/{i}"))).ToArray();
        foreach (var (product, price, pointer) in listed)
        {
            ComparePrice(product.Id, price, pointer);
        }
        var kept = listed.Select(p => p.Price.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var price in present.Document.Products.SelectMany(p => p.Prices).Where(p => !kept.Contains(p.Id)))
        {
            changes.Add(new() { Kind = CatalogKind.Price, Id = price.Id, Action = CatalogAction.Archived, Details = $"no longer charged from {now} on" });
            archivedPrices.AddRange(present.Stored.Prices.Where(row => row.PriceId == price.Id && row.ArchivedAt is null).Select(row => row with { ArchivedAt = now }));
        }
    }

    private void ComparePrice(string productId, PriceDefinition price, string pointer)
    {
        var last = present.Stored.Prices.Where(row => row.PriceId == price.Id).MaxBy(row => row.Version);
        if (last is null)
        {
            AddVersion(productId, price, 1, price.EffectiveAt ?? Instant.Beginning, price.Carry);
            changes.Add(new() { Kind = CatalogKind.Price, Id = price.Id, Action = CatalogAction.Added, Details = price.EffectiveAt is { } start ? $"version 1 from {start} on" : null });
            return;
        }
        bool returns = last.ArchivedAt is not null;
        string details = Differences(Content(CatalogJson.Read<PriceDefinition>(last.DefinitionJson)), Content(price));
        bool moved = last.ProductId != productId;
        bool rescheduled = price.EffectiveAt is { } named && named != last.EffectiveAt;
        if (!returns && !moved && !rescheduled && details.Length == 0)
        {
            changes.Add(new() { Kind = CatalogKind.Price, Id = price.Id, Action = CatalogAction.Unchanged });
            return;
        }
        var effectiveAt = price.EffectiveAt ?? now;
        if (effectiveAt < last.EffectiveAt)
        {
            problems.Add(new(pointer + "/effective_at", $"version {last.Version} of {price.Id} is effective from {last.EffectiveAt}, and versions follow each other in time", $"Set effective_at to \"{Instant.Max(last.EffectiveAt, now)}\" or later, or remove effective_at for now.") { Found = $"\"{effectiveAt}\"", Allowed = $"{last.EffectiveAt} or later" });
        }
        else if (effectiveAt < now)
        {
            problems.Add(new(pointer + "/effective_at", $"{effectiveAt} lies in the past (it is {now}): events of that time were already charged by version {last.Version}", "Remove effective_at for now, or name a later time.") { Found = $"\"{effectiveAt}\"", Allowed = $"{now} or later" });
        }
        var before = CatalogJson.Read<PriceDefinition>(last.DefinitionJson);
        bool carry = price.Carry;
        if (carry && (moved || before.Meter != price.Meter || before.Asset != price.Asset))
        {
            carry = false;
            warnings.Add($"price {price.Id} moves to another product, meter or asset: its tiers and free units start again from zero.");
        }
        if (carry && (before.Model == "cost_plus") != (price.Model == "cost_plus"))
        {
            carry = false;
            warnings.Add($"price {price.Id} changes between dollars of cost and what its meter measures: its tiers and free units start again from zero.");
        }
        AddVersion(productId, price, last.Version + 1, effectiveAt, carry);
        string since = $"version {last.Version + 1} from {effectiveAt} on";
        changes.Add(new()
        {
            Kind = CatalogKind.Price,
            Id = price.Id,
            Action = returns ? CatalogAction.Added : CatalogAction.Changed,
            Details = string.Join("; ", new[] { details, moved ? $"product: {last.ProductId} → {productId}" : "", since }.Where(d => d.Length > 0)),
        });
    }

    private void AddVersion(string productId, PriceDefinition price, int version, Instant effectiveAt, bool carry)
    {
        long key = Math.Max(present.Stored.Prices.Count == 0 ? 0 : present.Stored.Prices.Max(p => p.Key), newPrices.Count == 0 ? 0 : newPrices[^1].Key) + 1;
        newPrices.Add(new(key, price.Id, productId, price.Meter, version, effectiveAt, carry, null, CatalogJson.Write(price)));
    }

    /// <summary>What a price says, without when and how it takes effect: those are instructions for one version, not part of the price.</summary>
    private static JsonObject Content(PriceDefinition price)
    {
        var content = CatalogJson.ToNode(price);
        content.Remove("effective_at");
        content.Remove("carry");
        return content;
    }

    private void CompareItems<T>(
        CatalogKind kind, IReadOnlyList<T> before, IReadOnlyList<T> after, Func<T, string> id, IReadOnlyList<T> archive,
        Action<string, T, T> check, Func<T, T>? bare = null, Func<T, string?>? moreDetails = null)
        where T : class
    {
        var old = before.ToDictionary(id, StringComparer.Ordinal);
        var archived = archive.ToDictionary(id, StringComparer.Ordinal);
        string section = kind.ToString().ToLowerInvariant() + "s";
        foreach (var (i, item) in after.Index())
        {
            var known = old.GetValueOrDefault(id(item));
            if ((known ?? archived.GetValueOrDefault(id(item))) is { } former)
            {
                check($"/{section}/{i}", former, item);
            }
            if (known is null)
            {
                changes.Add(new() { Kind = kind, Id = id(item), Action = CatalogAction.Added });
                continue;
            }
            string details = Differences(CatalogJson.ToNode(bare is null ? known : bare(known)), CatalogJson.ToNode(bare is null ? item : bare(item)));
            details = string.Join("; ", new[] { details, moreDetails?.Invoke(item) ?? "" }.Where(d => d.Length > 0));
            changes.Add(new() { Kind = kind, Id = id(item), Action = details.Length == 0 ? CatalogAction.Unchanged : CatalogAction.Changed, Details = details.Length == 0 ? null : details });
        }
        var kept = after.Select(id).ToHashSet(StringComparer.Ordinal);
        changes.AddRange(before.Where(b => !kept.Contains(id(b))).Select(b => new CatalogItemChange { Kind = kind, Id = id(b), Action = CatalogAction.Archived }));
    }

    private void CompareWhole<T>(CatalogKind kind, T? before, T? after)
        where T : class
    {
        if (before is null && after is null)
        {
            return;
        }
        string details = Differences(before is null ? [] : CatalogJson.ToNode(before), after is null ? [] : CatalogJson.ToNode(after));
        AddWhole(kind, before is null ? CatalogAction.Added : after is null ? CatalogAction.Archived : details.Length == 0 ? CatalogAction.Unchanged : CatalogAction.Changed, details);
    }

    private void CompareTimeZone()
    {
        var (before, after) = (present.Document.TimeZone, next.TimeZone);
        if (before == after)
        {
            return;
        }
        AddWhole(CatalogKind.TimeZone, before is null ? CatalogAction.Added : after is null ? CatalogAction.Archived : CatalogAction.Changed, $"{before ?? "UTC"} → {after ?? "UTC"}");
        if (present.Stored.Prices.Count > 0)
        {
            warnings.Add("the time zone changes: months and days of prices begin at another hour, so tiers of the running periods may start again.");
        }
    }

    private void AddWhole(CatalogKind kind, CatalogAction action, string details) => changes.Add(new()
    {
        Kind = kind,
        Id = kind == CatalogKind.TimeZone ? "time_zone" : kind == CatalogKind.TopUps ? "top_ups" : kind.ToString().ToLowerInvariant(),
        Action = action,
        Details = details.Length == 0 ? null : details,
    });

    /// <summary><c>unit_price: "0.04" → "0.05"; tiers: none → […]</c></summary>
    private static string Differences(JsonObject before, JsonObject after)
    {
        static string Text(JsonNode? node) => node?.ToJsonString() is { } text ? text.Length > 200 ? text[..200] + "…" : text : "none";
        var names = before.Select(p => p.Key).Concat(after.Select(p => p.Key)).Distinct(StringComparer.Ordinal);
        return string.Join("; ", names.Where(name => !JsonNode.DeepEquals(before[name], after[name])).Select(name => $"{name}: {Text(before[name])} → {Text(after[name])}"));
    }
}
