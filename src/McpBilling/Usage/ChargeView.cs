using System.ComponentModel;
using McpBilling.Catalog;

namespace McpBilling.Usage;

/// <summary>A charge as it travels: a usage event rated by one price.</summary>
public sealed record ChargeView
{
    [Description("The product charged; absent for a capture by plain amount.")]
    public string? Product { get; init; }

    [Description("The price it was rated by.")]
    public string? Price { get; init; }

    public required string Asset { get; init; }

    [Description("What the event added to the meter.")]
    public string? Quantity { get; init; }

    [Description("What was charged; below zero when the period became cheaper.")]
    public required string Amount { get; init; }

    [Description("true when the period has reached max_per_period.")]
    public bool? Capped { get; init; }

    public static ChargeView Of(PriceVersion version, EventCharge charge) => new()
    {
        Product = version.ProductId,
        Price = version.PriceId,
        Asset = version.Asset.Id,
        Quantity = Money.Quantity.Format(charge.Metered),
        Amount = new Money.Amount(version.Asset, charge.Amount).ToString(),
        Capped = charge.Capped ? true : null,
    };
}
