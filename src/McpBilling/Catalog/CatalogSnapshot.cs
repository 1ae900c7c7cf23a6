using System.Collections.Frozen;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Catalog;

/// <summary>One version of a workspace's catalog, compiled for rating: immutable, shared by all threads, every look-up a hash.</summary>
public sealed class CatalogSnapshot
{
    public static readonly CatalogSnapshot Empty = Build(StoredCatalog.Empty);

    private readonly FrozenDictionary<string, Asset> assets;
    private readonly FrozenDictionary<string, IReadOnlyList<Meter>> metersByEventType;
    private readonly FrozenDictionary<string, IReadOnlyList<PriceGroup>> groupsByEventType;
    private readonly FrozenDictionary<string, PriceHistory> prices;
    private readonly FrozenDictionary<long, PriceVersion> versions;

    private CatalogSnapshot(StoredCatalog stored)
    {
        Stored = stored;
        Document = CatalogJson.Read<CatalogDocument>(stored.DocumentJson);
        Archive = CatalogJson.Read<CatalogArchive>(stored.ArchiveJson);
        assets = Archive.Assets.Concat(Document.Assets).Select(ToAsset).Concat(Currencies.All.Values).ToFrozenDictionary(a => a.Id, StringComparer.Ordinal);
        var present = Document.Meters.Select(m => new Meter(m)).ToArray();
        var meters = present.Concat(Archive.Meters.Select(m => new Meter(m))).ToFrozenDictionary(m => m.Id, StringComparer.Ordinal);
        metersByEventType = present.GroupBy(m => m.EventType, StringComparer.Ordinal).ToFrozenDictionary(g => g.Key, IReadOnlyList<Meter> (g) => [.. g], StringComparer.Ordinal);
        prices = stored.Prices.GroupBy(p => p.PriceId, StringComparer.Ordinal)
            .Select(rows => new PriceHistory(rows.Key, Compiled([.. rows.OrderBy(r => r.Version)], meters)))
            .ToFrozenDictionary(h => h.PriceId, StringComparer.Ordinal);
        versions = prices.Values.SelectMany(h => h.Versions).ToFrozenDictionary(v => v.Key);
        LearnsHolds = versions.Values.Any(v => v.Price.Hold.Kind == HoldKind.Learned);
        groupsByEventType = Groups().GroupBy(g => g.Meter.EventType, StringComparer.Ordinal).ToFrozenDictionary(g => g.Key, IReadOnlyList<PriceGroup> (g) => [.. g], StringComparer.Ordinal);
        LowBalances = [.. (Document.Alerts?.LowBalance ?? []).Select(a => new LowBalance(RequireAsset(a.Asset), Amount.TryFrom(RequireAsset(a.Asset), a.Below, out var below) ? below.Units : 0))];
        TimeZone = Document.TimeZone is { } zone && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? found : TimeZoneInfo.Utc;
    }

    /// <summary>0 before the first apply.</summary>
    public long Version => Stored.Version;

    /// <summary>Some price has, or once had, the hold policy <c>learned</c>: captures are worth counting.</summary>
    public bool LearnsHolds { get; }

    public CatalogDocument Document { get; }
    public CatalogArchive Archive { get; }
    public StoredCatalog Stored { get; }

    /// <summary>In which months and days of rating periods begin.</summary>
    public TimeZoneInfo TimeZone { get; }

    public bool AutoCreateCustomers => Document.Customers?.AutoCreate ?? true;

    /// <summary>Who bears what failed calls cost.</summary>
    public FailurePolicy FailurePolicy => Document.Costs?.FailedCalls ?? FailurePolicy.Attribute;

    public IReadOnlyList<SignupGrant> SignupGrants => Document.Signup?.Grants ?? [];

    /// <summary>Whose crossing is told.</summary>
    public IReadOnlyList<LowBalance> LowBalances { get; }

    /// <summary>How long before it expires a grant is told of; null for never.</summary>
    public TimeSpan? GrantNotice => Document.Alerts?.GrantExpiringHours is { } hours ? TimeSpan.FromHours(hours) : null;

    /// <summary>Every price version by its key.</summary>
    public IReadOnlyDictionary<long, PriceVersion> Versions => versions;

    /// <summary>Compiles what <see cref="CatalogRevision.Apply"/> made and storage kept.</summary>
    /// <exception cref="InvalidOperationException">A stored price can no longer be read: the data is broken, or from a newer program.</exception>
    public static CatalogSnapshot Build(StoredCatalog stored) => new(stored);

    /// <summary>A currency, a declared asset, or an archived one, since balances in it may remain.</summary>
    public Asset? FindAsset(string id) => assets.GetValueOrDefault(id);

    /// <exception cref="BillingException"><c>asset_not_found</c> with the nearest id.</exception>
    public Asset RequireAsset(string id, string field = "asset") => FindAsset(id) ?? throw new BillingException(
        ErrorCode.AssetNotFound, $"There is no asset \"{Shortened(id)}\". {NearestName.Hint(id, assets.Keys.Order(StringComparer.Ordinal))}".TrimEnd(), field);

    public ProductDefinition? FindProduct(string id) => Document.Products.FirstOrDefault(p => p.Id == id);

    public PriceHistory? FindPrice(string id) => prices.GetValueOrDefault(id);

    /// <summary>The document's meters of an event type; which of them take an event says <see cref="Meter.Fits"/>.</summary>
    public IReadOnlyList<Meter> MetersOf(string eventType) => metersByEventType.GetValueOrDefault(eventType) ?? [];

    /// <summary>
    /// What an event of this type may be charged for, in the document's order: products that are pay as you go, archived ones too, since an event
    /// is rated by the versions of its own time. Which meters fit, and which versions are in effect, is for the caller to ask.
    /// </summary>
    public IReadOnlyList<PriceGroup> GroupsOf(string eventType) => groupsByEventType.GetValueOrDefault(eventType) ?? [];

    /// <summary>The event type that a mistyped one probably means; null when none is near, or when it is known.</summary>
    public string? NearestEventType(string eventType) =>
        metersByEventType.ContainsKey(eventType) ? null : NearestName.Of(eventType, Document.Meters.Select(m => m.EventType));

    internal static Asset ToAsset(AssetDefinition definition) =>
        new(definition.Id, definition.Name ?? definition.Id, definition.Scale, MinorDigits: 0, definition.Rounding);

    private static string Shortened(string text) => text.Length > CatalogId.MaxLength ? text[..CatalogId.MaxLength] + "…" : text;

    private PriceVersion[] Compiled(StoredPriceVersion[] rows, FrozenDictionary<string, Meter> meters)
    {
        var compiled = new PriceVersion[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            var definition = CatalogJson.Read<PriceDefinition>(row.DefinitionJson);
            var problems = new List<Problem>();
            var price = Price.From(definition, "", problems) ?? throw new InvalidOperationException($"stored price {row.PriceId} version {row.Version}: {problems[0].Message}");
            var next = i + 1 < rows.Length ? rows[i + 1].EffectiveAt : Instant.Never;
            var archived = row.ArchivedAt ?? Instant.Never;
            compiled[i] = new PriceVersion
            {
                Key = row.Key,
                PriceId = row.PriceId,
                ProductId = row.ProductId,
                Version = row.Version,
                EffectiveAt = row.EffectiveAt,
                Until = archived < next ? archived : next,
                Carry = row.Carry,
                Definition = definition,
                Price = price,
                Asset = FindAsset(definition.Asset) ?? throw new InvalidOperationException($"stored price {row.PriceId}: no asset {definition.Asset}"),
                Meter = meters.GetValueOrDefault(row.MeterId) ?? throw new InvalidOperationException($"stored price {row.PriceId}: no meter {row.MeterId}"),
                Where = new(definition.Where),
                Archived = row.ArchivedAt is not null,
            };
        }
        return compiled;
    }

    private IEnumerable<PriceGroup> Groups()
    {
        var byProduct = versions.Values.ToLookup(v => v.ProductId, StringComparer.Ordinal);
        foreach (var product in Document.Products.Concat(Archive.Products).Where(p => p.PayAsYouGo))
        {
            var listed = product.Prices.Index().ToDictionary(p => p.Item.Id, p => p.Index, StringComparer.Ordinal);
            int Place(PriceVersion v) => v.Archived ? int.MaxValue : listed.GetValueOrDefault(v.PriceId, int.MaxValue);
            var ordered = byProduct[product.Id].OrderBy(Place).ThenBy(v => v.Key);
            foreach (var ofMeter in ordered.GroupBy(v => v.Meter))
            {
                yield return new PriceGroup(product, ofMeter.Key, [.. ofMeter.GroupBy(v => v.Asset.Id).Select(Candidates)]);
            }
        }
    }

    // Of two equally specific ones the older wins: it is the one in whose time the event lies (a new price's first version begins at the beginning).
    private static AssetPrices Candidates(IEnumerable<PriceVersion> ofAsset) =>
        new(ofAsset.First().Asset, [.. ofAsset.OrderByDescending(v => v.Where.Count).ThenBy(v => v.Key)]);
}

/// <summary>A threshold of <c>alerts.low_balance</c>.</summary>
/// <param name="Below">In units of the asset; a balance below it is low.</param>
public sealed record LowBalance(Asset Asset, long Below);
