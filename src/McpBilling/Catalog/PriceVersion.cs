using McpBilling.Money;
using McpBilling.Pricing;

namespace McpBilling.Catalog;

/// <summary>One version of a price, ready to rate with. Immutable: a change of the price is another version.</summary>
public sealed record PriceVersion
{
    /// <summary>Unique in the workspace; what charges name.</summary>
    public required long Key { get; init; }

    public required string PriceId { get; init; }
    public required string ProductId { get; init; }
    public required int Version { get; init; }

    /// <summary>Events at or after this instant are rated by it …</summary>
    public required Instant EffectiveAt { get; init; }

    /// <summary>… and before this one: the next version's beginning or the price's archival, whichever is first.</summary>
    public required Instant Until { get; init; }

    /// <summary>Whether it goes on from the quantity that the period already has under the version before.</summary>
    public required bool Carry { get; init; }

    public required PriceDefinition Definition { get; init; }
    public required Price Price { get; init; }
    public required Asset Asset { get; init; }
    public required Meter Meter { get; init; }
    public required PropertyConditions Where { get; init; }

    /// <summary>The price is no longer in the document; events of its own time are still rated by it.</summary>
    public required bool Archived { get; init; }

    public bool AppliesAt(Instant eventTime) => EffectiveAt <= eventTime && eventTime < Until;
}

/// <summary>All versions of one price, ascending.</summary>
public sealed class PriceHistory(string priceId, IReadOnlyList<PriceVersion> versions)
{
    public string PriceId { get; } = priceId;
    public IReadOnlyList<PriceVersion> Versions { get; } = versions;
    public PriceVersion Last => Versions[^1];

    /// <summary>The version by which an event of that time is rated, for ever; null before the first and while archived.</summary>
    public PriceVersion? At(Instant eventTime)
    {
        for (int i = Versions.Count - 1; i >= 0; i--)
        {
            if (Versions[i].AppliesAt(eventTime))
            {
                return Versions[i];
            }
        }
        return null;
    }

    /// <summary>The version before, whose quantity a carrying version goes on from; null for the first.</summary>
    public PriceVersion? Before(PriceVersion version) => Versions.LastOrDefault(v => v.Version < version.Version);
}
