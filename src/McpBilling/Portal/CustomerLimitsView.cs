using System.ComponentModel;
using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Portal;

/// <summary>What a customer set for one asset, as it travels.</summary>
public sealed record AssetLimitsView
{
    public required string Asset { get; init; }

    [Description("The most that usage may be authorized for in a period; absent: no cap.")]
    public string? SpendingCap { get; init; }

    [Description("The cap's period, in the workspace's time zone.")]
    public CapPeriod? Period { get; init; }

    [Description("Charged in the present period, less what was returned. Open holds count too, but are not in it.")]
    public string? Spent { get; init; }

    [Description("When the present period ends.")]
    public Instant? PeriodEndsAt { get; init; }

    [Description("The customer wants to be told when the balance falls below this: the message balance.low.")]
    public string? LowBalance { get; init; }

    public static IReadOnlyList<AssetLimitsView> Of(CustomerLimits limits, CatalogSnapshot catalog, Instant now) =>
        [.. limits.ByAsset.Values.Where(l => l.Cap is not null || l.LowBalance is not null).OrderBy(l => l.AssetId, StringComparer.Ordinal).Select(l => Of(l, catalog, now))];

    private static AssetLimitsView Of(AssetLimits limits, CatalogSnapshot catalog, Instant now)
    {
        var asset = catalog.RequireAsset(limits.AssetId);
        var (start, end) = SpendingCaps.PeriodOf(limits.Period, now, catalog.TimeZone);
        string Text(long units) => new Amount(asset, units).ToString();
        return new AssetLimitsView
        {
            Asset = asset.Id,
            SpendingCap = limits.Cap is { } cap ? Text(cap) : null,
            Period = limits.Cap is null ? null : limits.Period,
            Spent = limits.Cap is null ? null : Text(Math.Max(0, limits.SpentSince(start))),
            PeriodEndsAt = limits.Cap is null ? null : end,
            LowBalance = limits.LowBalance is { } low ? Text(low) : null,
        };
    }
}

/// <summary>A customer's limits.</summary>
public sealed record CustomerLimitsOutput : CommandOutput
{
    public required string CustomerId { get; init; }

    [Description("One row per asset for which something is set.")]
    public required IReadOnlyList<AssetLimitsView> Limits { get; init; }
}
