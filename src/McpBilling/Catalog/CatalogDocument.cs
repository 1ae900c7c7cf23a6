using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Catalog;

// Fields with a default have `set`, not `init`: the source generator would overwrite the default of an absent init-only field.

/// <summary>The whole catalog as one document, billing.json. Every section may be absent.</summary>
public sealed record CatalogDocument
{
    /// <summary>How many of anything a document may hold.</summary>
    public const int MaxItems = 1_000;

    public static readonly CatalogDocument Empty = new();

    [JsonPropertyName("$schema"), StringLength(500)]
    [Description("Where editors find this schema.")]
    public string? Schema { get; init; }

    [StringLength(64)]
    [Description("IANA time zone in which months and days of prices begin, such as Europe/Berlin; default UTC.")]
    public string? TimeZone { get; init; }

    [MaxLength(MaxItems)]
    [Description("Units that balances are counted in. ISO 4217 currencies (usd, eur …) are assets without being declared.")]
    public IReadOnlyList<AssetDefinition> Assets { get; set; } = [];

    [MaxLength(MaxItems)]
    [Description("What is measured: an event type and how its events add up.")]
    public IReadOnlyList<MeterDefinition> Meters { get; set; } = [];

    [MaxLength(MaxItems)]
    [Description("What is sold, each with its prices.")]
    public IReadOnlyList<ProductDefinition> Products { get; set; } = [];

    [Description("What every new customer gets.")]
    public SignupDefinition? Signup { get; init; }

    [Description("How customers come to be.")]
    public CustomersDefinition? Customers { get; init; }

    [Description("How provider costs are booked.")]
    public CostsDefinition? Costs { get; init; }

    [Description("How customers buy credit.")]
    public TopUpsDefinition? TopUps { get; init; }
    [Description("When others are told of balances and grants, by webhooks.")]
    [NotInTools]
    public AlertsDefinition? Alerts { get; init; }
    [Description("How the customer portal looks, and where it may be embedded.")]
    public PortalDefinition? Portal { get; init; }
}

/// <summary>A declared asset.</summary>
public record AssetDefinition
{
    [Description("Your id, such as credits: [a-z0-9][a-z0-9_-]{0,63}.")]
    public required string Id { get; init; }

    [StringLength(200)]
    [Description("For people; default: the id.")]
    public string? Name { get; init; }

    [Range(0, Asset.MaxScale), DefaultValue(Asset.DefaultUnitScale)]
    [Description("Decimal digits kept; can never be changed.")]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int Scale { get; set; } = Asset.DefaultUnitScale;

    [DefaultValue(Rounding.HalfEven)]
    [Description("How charges are rounded to the scale.")]
    [NotInTools]
    public Rounding Rounding { get; init; }
}

/// <summary>How the events of a meter add up within a rating period.</summary>
public enum Aggregation
{
    /// <summary>The number of events.</summary>
    Count,

    /// <summary>The sum of a property, or of the events' <c>quantity</c>.</summary>
    Sum,

    /// <summary>The greatest value of a property.</summary>
    Max,

    /// <summary>How many different values a property has had.</summary>
    UniqueCount,

    /// <summary>The last value of a property.</summary>
    Latest,
}

/// <summary>What a sum is multiplied with.</summary>
public enum Weight
{
    /// <summary>The time for which the value holds: seats, storage.</summary>
    Time,
}

/// <summary>What is measured.</summary>
public record MeterDefinition
{
    [Description("Your id for the meter, such as images.")]
    public required string Id { get; init; }

    [StringLength(200, MinimumLength = 1)]
    [Description("event_type of the events it takes, such as image.generated.")]
    public required string EventType { get; init; }

    [Description("count: events; sum: a property, or without one the events' quantity; max, unique_count, latest: of a property.")]
    public required Aggregation Aggregation { get; init; }

    [StringLength(100, MinimumLength = 1)]
    [Description("Event property that is measured; none for count.")]
    public string? Property { get; init; }

    [Description("sum only, for what is held rather than used up (seats, storage).")]
    [NotInTools]
    public Weight? WeightBy { get; init; }

    [Description("Only events whose properties have one of these values: {\"size\":[\"1024\",\"2048\"]}.")]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Filter { get; init; }
}

/// <summary>Whether a product's prices in several assets add up or are alternatives.</summary>
public enum ChargeMode
{
    /// <summary>All are charged.</summary>
    EveryAsset,

    /// <summary>The first asset in the order listed whose credit covers the event, else the last.</summary>
    FirstAffordable,
}

/// <summary>What is sold.</summary>
public sealed record ProductDefinition
{
    [Description("Your id for the product, such as image-generation.")]
    public required string Id { get; init; }

    [StringLength(200)]
    [Description("For people; default: the id.")]
    public string? Name { get; init; }

    [DefaultValue(true)]
    [Description("Charge every customer, without a plan.")]
    [NotInTools]
    public bool PayAsYouGo { get; set; } = true;

    [DefaultValue(ChargeMode.EveryAsset)]
    [Description("Prices of one meter in several assets: every_asset charges each; first_affordable charges the first in the order listed that the customer can pay (credits, then dollars).")]
    public ChargeMode Charge { get; init; }

    [MaxLength(CatalogDocument.MaxItems)]
    [Description("Each: a meter, an asset, a model. Several per meter through where and through assets.")]
    public IReadOnlyList<PriceDefinition> Prices { get; set; } = [];
}

/// <summary>What every new customer gets.</summary>
public sealed record SignupDefinition
{
    [MaxLength(100)]
    [Description("Credit granted once, when the customer first appears.")]
    public IReadOnlyList<SignupGrant> Grants { get; set; } = [];
}

/// <summary>Credit for a new customer.</summary>
public sealed record SignupGrant
{
    [Description("ISO 4217 code or declared asset.")]
    public required string Asset { get; init; }

    [Description("How much, such as \"100\".")]
    public required decimal Amount { get; init; }

    [Range(1, 36_500)]
    [Description("Days until it expires; default never.")]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int? ExpiresAfterDays { get; init; }

    [Range(0, 100)]
    [Description("Lower is used first; default 50.")]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int? Priority { get; init; }

    [MaxLength(100)]
    [Description("Only charges of these products may use it; default all.")]
    public IReadOnlyList<string>? Products { get; init; }
}

/// <summary>Who bears what failed attempts cost.</summary>
public enum FailurePolicy
{
    /// <summary>The customer whose operation it was.</summary>
    Attribute,

    /// <summary>Nobody: it is shown apart.</summary>
    WriteOff,

    /// <summary>All customers, by their share of the other costs.</summary>
    Socialize,
}

/// <summary>How provider costs are booked.</summary>
public sealed record CostsDefinition
{
    [DefaultValue(FailurePolicy.Attribute)]
    [Description("Who bears failed and aborted calls: attribute (their customer), write_off (nobody, shown apart), socialize (all, by share of cost).")]
    public FailurePolicy FailedCalls { get; set; } = FailurePolicy.Attribute;
}

/// <summary>How customers come to be.</summary>
public sealed record CustomersDefinition
{
    [DefaultValue(true)]
    [Description("A customer exists as soon as an event or authorization names it.")]
    public bool AutoCreate { get; set; } = true;
}

/// <summary>When others are told of balances and grants.</summary>
public sealed record AlertsDefinition
{
    [MaxLength(CatalogDocument.MaxItems)]
    [Description("Thresholds, one an asset: crossing one, or zero, sends balance.low, balance.exhausted or balance.recovered.")]
    public IReadOnlyList<LowBalanceAlert> LowBalance { get; set; } = [];

    [Range(1, 8_784)]
    [Description("How many hours before a grant expires grant.expiring is sent; default: it is not.")]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int? GrantExpiringHours { get; init; }
}

/// <summary>When a balance is low.</summary>
public sealed record LowBalanceAlert
{
    [Description("ISO 4217 code or declared asset.")]
    public required string Asset { get; init; }

    [Description("A balance below this is low, such as \"5\"; \"0\": only exhausted and recovered are told.")]
    public required decimal Below { get; init; }
}
