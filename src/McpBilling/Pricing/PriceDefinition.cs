using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Pricing;

/// <summary>When the cumulative quantity starts again from zero.</summary>
public enum RatingPeriod
{
    /// <summary>The calendar month in the workspace's time zone (the default).</summary>
    Month,

    /// <summary>The calendar day in the workspace's time zone.</summary>
    Day,

    /// <summary>Each event alone.</summary>
    Event,

    /// <summary>Never.</summary>
    Ever,
}

/// <summary>How a period's quantity, divided by <c>per</c>, is rounded to whole units before it is priced.</summary>
public enum QuantityRounding
{
    None,
    Up,

    /// <summary>A tie goes up.</summary>
    Nearest,
}

/// <summary>One price as it stands in billing.json. Which fields belong to which model: pricing.md; Price checks them.</summary>
public record PriceDefinition
{
    [Description("Your id, unique among the catalog's prices.")]
    public required string Id { get; init; }

    [Description("Id of the meter whose quantity is charged.")]
    public required string Meter { get; init; }

    [Description("What is charged: usd or another currency, or a declared asset.")]
    public required string Asset { get; init; }

    [Description("per_unit, flat, graduated, volume, stairstep, package, percentage, graduated_percentage, matrix or cost_plus.")]
    public required string Model { get; init; }

    [Description("When tiers and free units start again.")]
    [DefaultValue(RatingPeriod.Month)]
    public RatingPeriod Period { get; init; } = RatingPeriod.Month;

    [Description("per_unit: price of `per` units, such as \"0.04\".")]
    public decimal? UnitPrice { get; init; }

    [Description("Units a unit price is for, default 1: \"1000000\" for per million tokens.")]
    public decimal? Per { get; init; }

    [Description("flat: charged once per period with any use.")]
    public decimal? Amount { get; init; }

    [Description("graduated, volume, stairstep, graduated_percentage: ascending; the last has up_to null.")]
    public IReadOnlyList<PriceTier>? Tiers { get; init; }

    [Description("package: units in one package.")]
    public decimal? PackageSize { get; init; }

    [Description("package: price of each package begun.")]
    public decimal? PackagePrice { get; init; }

    [Description("percentage: \"2.9\" is 2.9 % of the metered amount.")]
    public decimal? Percent { get; init; }

    [Description("percentage, cost_plus: fixed fee per event.")]
    public decimal? FixedPerEvent { get; init; }

    [Description("percentage: least fee per event, fixed part included.")]
    public decimal? MinPerEvent { get; init; }

    [Description("percentage: greatest fee per event.")]
    public decimal? MaxPerEvent { get; init; }

    [Description("percentage: first events free per period.")]
    [Range(0, 9_007_199_254_740_991)]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public long? FreeEvents { get; init; }

    [Description("percentage: first amount free per period; the allowance that ends first ends both.")]
    public decimal? FreeAmount { get; init; }

    [Description("matrix: event properties that choose the row.")]
    public IReadOnlyList<string>? Dimensions { get; init; }

    [Description("matrix: a price of `per` units for each combination: [{\"values\":[\"flux\",\"1024\"],\"unit_price\":\"0.04\"}].")]
    public IReadOnlyList<MatrixRow>? Rows { get; init; }

    [Description("matrix: unit price when no row fits.")]
    public decimal? Default { get; init; }

    [Description("cost_plus: percent added to the event's cost; in usd.")]
    public decimal? MarkupPercent { get; init; }

    [Description("Only events whose properties have one of these values: {\"model\":[\"flux\"]}.")]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Where { get; init; }

    [Description("First units of each period, free; tiers count from the first charged one.")]
    public decimal? FreeUnits { get; init; }

    [Description("The most a period can cost.")]
    [NullAllowed]
    public decimal? MaxPerPeriod { get; init; }

    [Description("Not available in this version (a minimum needs a period's end).")]
    [Unpublished]
    public decimal? MinPerPeriod { get; init; }

    [Description("Rounds the period's quantity, divided by `per`, to whole units first.")]
    [DefaultValue(QuantityRounding.None)]
    public QuantityRounding QuantityRounding { get; init; } = QuantityRounding.None;

    [Description("What authorizing an event holds: {\"kind\":\"estimate\"}, the quoted charge (default), or {\"kind\":\"flat\",\"amount\":\"1\"}, max or learned.")]
    public HoldPolicy? HoldPolicy { get; init; }

    [Description("For events from then on; default now, a first version from the beginning.")]
    public Instant? EffectiveAt { get; init; }

    [Description("false: this version starts its period from zero, not from the quantity used.")]
    [DefaultValue(true)]
    public bool Carry { get; set; } = true; // not init: the source generator would overwrite the default when the field is absent
}

/// <summary>One step of a tiered price. <see cref="UpTo"/> is inclusive; null in the last tier.</summary>
public sealed record PriceTier
{
    [Description("Inclusive upper bound; null in the last tier.")]
    [NullAllowed]
    public decimal? UpTo { get; init; }

    [Description("Price of `per` units in this tier.")]
    public decimal? UnitPrice { get; init; }

    [Description("Charged once on passing into it.")]
    public decimal? FlatPrice { get; init; }

    [Description("graduated_percentage: of the part in it.")]
    public decimal? Percent { get; init; }
}

/// <summary>One row of a matrix price.</summary>
public sealed record MatrixRow
{
    [Description("One per dimension, in order.")]
    public required IReadOnlyList<string> Values { get; init; }

    [Description("Price of `per` units.")]
    public required decimal UnitPrice { get; init; }
}

/// <summary>How much an authorization by event holds (wallets.md, Holds).</summary>
public sealed record HoldPolicy
{
    [Description("estimate: the quoted charge; flat: `amount`; max: the quote at max_output_tokens; learned: p95 of the last captures.")]
    public required string Kind { get; init; }

    [Description("flat: how much; max, learned: while nothing is known.")]
    public decimal? Amount { get; init; }
}
