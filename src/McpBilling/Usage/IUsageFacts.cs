using McpBilling.Costs;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>What usage may look up inside the writer's transaction.</summary>
public interface IUsageFacts : IWalletFacts, ICostFacts
{
    /// <summary>What a price version has charged in a period; null when nothing yet.</summary>
    RatingRow? FindRating(long customerKey, RatingKey key);

    /// <summary>A value that a meter has seen in a period.</summary>
    MeterItem? FindItem(long customerKey, RatingKey key, string item);

    /// <summary>Every value that a meter has seen in a period and that counts.</summary>
    IReadOnlyList<MeterItem> Items(long customerKey, RatingKey key);

    /// <summary>What all but the dearest of the last captures at a price came to (<see cref="CaptureWindow"/>), in units of the asset; null: there are none.</summary>
    /// <param name="customerKey">Whose captures; null: everybody's.</param>
    long? UsualCapture(long? customerKey, string priceId, Asset asset);

    /// <summary>A recorded event by the app's id.</summary>
    StoredEvent? FindEvent(long customerKey, string eventId);
}
