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
    [Description("Your id for the price, unique in the catalog.")]
    public required string Id { get; init; }

    [Description("Id of the meter whose quantity is charged.")]
    public required string Meter { get; init; }

    [Description("What is charged: an ISO 4217 code such as usd, or a declared asset.")]
    public required string Asset { get; init; }

    [Description("per_unit, flat, graduated, volume, stairstep, package, percentage, graduated_percentage or matrix.")]
    public required string Model { get; init; }

    [Description("When tiers and free units start again: month (default), day, event, ever.")]
    [DefaultValue(RatingPeriod.Month)]
    public RatingPeriod Period { get; init; } = RatingPeriod.Month;

    [Description("per_unit: price of one unit (of `per` units), such as \"0.04\".")]
    public decimal? UnitPrice { get; init; }

    [Description("Units that a unit price is for, default 1; \"1000000\" for a price per million tokens.")]
    public decimal? Per { get; init; }

    [Description("flat: charged once per period when anything was used.")]
    public decimal? Amount { get; init; }

    [Description("graduated, volume, stairstep, graduated_percentage: ascending; the last has up_to null.")]
    public IReadOnlyList<PriceTier>? Tiers { get; init; }

    [Description("package: units in one package.")]
    public decimal? PackageSize { get; init; }

    [Description("package: price of each package begun.")]
    public decimal? PackagePrice { get; init; }

    [Description("percentage: percent of the metered amount, \"2.9\" for 2.9 %.")]
    public decimal? Percent { get; init; }

    [Description("percentage: fixed fee per event.")]
    public decimal? FixedPerEvent { get; init; }

    [Description("percentage: least fee per event, percentage and fixed fee together.")]
    public decimal? MinPerEvent { get; init; }

    [Description("percentage: greatest fee per event, percentage and fixed fee together.")]
    public decimal? MaxPerEvent { get; init; }

    [Description("percentage: first events of a period that are free.")]
    [Range(0, 9_007_199_254_740_991)]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public long? FreeEvents { get; init; }

    [Description("percentage: first amount of a period that is free; whichever allowance ends first ends both.")]
    public decimal? FreeAmount { get; init; }

    [Description("matrix: names of the event properties that choose the row.")]
    public IReadOnlyList<string>? Dimensions { get; init; }

    [Description("matrix: a unit price for each combination of values.")]
    public IReadOnlyList<MatrixRow>? Rows { get; init; }

    [Description("matrix: unit price when no row fits.")]
    public decimal? Default { get; init; }

    [Description("cost_plus only, which is not available in this version.")]
    [Unpublished]
    public decimal? MarkupPercent { get; init; }

    [Description("Charge only events whose properties have one of these values: {\"model\": [\"flux\"]}.")]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Where { get; init; }

    [Description("First units of each period that are not charged; tiers count from the first charged unit.")]
    public decimal? FreeUnits { get; init; }

    [Description("The most that one period can cost.")]
    [NullAllowed]
    public decimal? MaxPerPeriod { get; init; }

    [Description("Not available in this version (a minimum needs a period's end).")]
    [Unpublished]
    public decimal? MinPerPeriod { get; init; }

    [Description("none (default), up or nearest: round the period's quantity (divided by `per`) to whole units first.")]
    [DefaultValue(QuantityRounding.None)]
    public QuantityRounding QuantityRounding { get; init; } = QuantityRounding.None;

    [Description("How much an authorization by event holds: the quoted estimate (default) or a flat amount.")]
    public HoldPolicy? HoldPolicy { get; init; }

    [Description("Since when this version applies, by the events' own time; default now, and the beginning for a first version.")]
    public Instant? EffectiveAt { get; init; }

    [Description("false: a new version starts its period from zero instead of going on from the quantity used.")]
    [DefaultValue(true)]
    public bool Carry { get; set; } = true; // not init: the source generator would overwrite the default when the field is absent
}

/// <summary>One step of a tiered price. <see cref="UpTo"/> is inclusive; null in the last tier.</summary>
public sealed record PriceTier
{
    [Description("Inclusive upper bound of the quantity; null for the last tier.")]
    [NullAllowed]
    public decimal? UpTo { get; init; }

    [Description("Price of one unit (of `per` units) in this tier.")]
    public decimal? UnitPrice { get; init; }

    [Description("Charged once, when the quantity passes into this tier.")]
    public decimal? FlatPrice { get; init; }

    [Description("graduated_percentage: percent of the part in this tier.")]
    public decimal? Percent { get; init; }
}

/// <summary>One row of a matrix price.</summary>
public sealed record MatrixRow
{
    [Description("A value for each dimension, in their order.")]
    public required IReadOnlyList<string> Values { get; init; }

    [Description("Price of one unit (of `per` units) for these values.")]
    public required decimal UnitPrice { get; init; }
}

/// <summary>How much an authorization by event holds (wallets.md, Holds).</summary>
public sealed record HoldPolicy
{
    [Description("estimate: the quoted charge of the event's quantity; flat: always `amount`.")]
    public required string Kind { get; init; }

    [Description("flat: how much to hold.")]
    public decimal? Amount { get; init; }
}
