using System.Collections.Immutable;
using McpBilling.Money;

namespace McpBilling.Customers;

/// <summary>How long a spending cap counts before it begins anew. The numbers are stored.</summary>
public enum CapPeriod
{
    /// <summary>Calendar days in the workspace's time zone.</summary>
    Day = 1,

    /// <summary>Calendar months in the workspace's time zone.</summary>
    Month = 2,
}

/// <summary>What a customer set for one asset, in units of it.</summary>
/// <param name="AssetId">The asset.</param>
/// <param name="Cap">The most that authorizations may let usage come to in a period, ≥ 0; null: no cap, and nothing is counted.</param>
/// <param name="Period">The cap's period.</param>
/// <param name="PeriodStart">When the period began that <paramref name="Spent"/> is of.</param>
/// <param name="Spent">What usage was charged in it, less what was returned in it; below zero when more came back.</param>
/// <param name="LowBalance">Below this the customer wants to be told, > 0; null: no.</param>
public sealed record AssetLimits(string AssetId, long? Cap, CapPeriod Period, Instant PeriodStart, long Spent, long? LowBalance)
{
    /// <summary>What was spent in the period that began at <paramref name="start"/>: nothing yet, when the count is of an earlier one.</summary>
    public long SpentSince(Instant start) => start > PeriodStart ? 0 : Spent;
}

/// <summary>The customer's own limits: they belong to the customer, who sets them in the portal; the app only obeys.</summary>
/// <param name="ByAsset">Per asset id; absent: nothing was set.</param>
public sealed record CustomerLimits(ImmutableDictionary<string, AssetLimits> ByAsset)
{
    public static readonly CustomerLimits None = new(ImmutableDictionary<string, AssetLimits>.Empty);

    public bool IsEmpty => ByAsset.IsEmpty;

    public AssetLimits? Of(string assetId) => ByAsset.GetValueOrDefault(assetId);

    /// <summary>With these instead of what was set for their asset.</summary>
    public CustomerLimits With(AssetLimits limits) => new(ByAsset.SetItem(limits.AssetId, limits));
}
