using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Storage.Reading;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>What one command may look up: the rows of the transaction it is decided in, the batch's unwritten changes first.</summary>
internal sealed class BatchFacts(Batch batch, WorkspaceRecord workspace, PublicIds ids, Instant now) : IPaymentFacts
{
    public long WorkspaceKey => workspace.Key;
    public Mode Mode => workspace.Mode;
    public Instant Now { get; } = now;
    public CatalogSnapshot Catalog => workspace.Catalog;
    public PublicIds Ids => ids;

    /// <summary>Fixed when the command begins: the row it will write, if it succeeds.</summary>
    public long OperationKey { get; } = workspace.LastOperation + 1;

    // Keys of a command that is refused are lost, which harms nothing.
    public long NextGrantKey() => ++workspace.LastGrant;

    public Grant? FindGrant(long customerKey, long grantKey) => batch.Customers.Grant(workspace, customerKey, grantKey);

    public Hold? FindHold(long customerKey, long holdKey) => batch.Customers.Hold(workspace, customerKey, holdKey);

    // The batch's own entries are rows already.
    public long Spent(long customerKey, Asset asset, Instant from) =>
        batch.Customers.ByKey(workspace, customerKey) is { } customer && customer.Chains.TryGetValue(asset.Id, out var chain)
            ? EntryChain.SpentSince(batch.Session.Connection, workspace.Key, chain.LastEntry, from) : 0;

    public RatingRow? FindRating(long customerKey, RatingKey key) => batch.Customers.Rating(workspace, customerKey, key);

    public MeterItem? FindItem(long customerKey, RatingKey key, string item) => batch.Session.Reader.Item(workspace.Key, customerKey, key, item);

    public IReadOnlyList<MeterItem> Items(long customerKey, RatingKey key) => batch.Session.Reader.Items(workspace.Key, customerKey, key);

    public long? UsualCapture(long? customerKey, string priceId, Asset asset) =>
        customerKey is not { } key ? batch.Captures.OfAll(workspace, priceId, asset)
        : batch.Customers.ByKey(workspace, key) is { } customer ? batch.Captures.OfCustomer(workspace, customer, priceId, asset)
        : null;

    public PriceBook Prices => workspace.Prices;

    public StoredCost? FindCost(long customerKey, string id) => batch.FindCost(workspace, customerKey, id);

    public TopUp? FindTopUp(long customerKey, long topUpKey) =>
        TopUpTable.Find(batch.Session.Connection, workspace, topUpKey) is { } found && found.CustomerKey == customerKey ? found.TopUp : null;

    public long? FindPaid(string processor, string payment) => PaymentRows.FindPaid(batch.Session.Connection, workspace.Key, processor, payment);

    public IReadOnlyList<AutoRecharge> AutoRecharges(long customerKey) => batch.Customers.ByKey(workspace, customerKey) is { } record ? record.AutoRecharges : [];

    public bool HasSeen(long topUpKey, string eventId, string kind) => PaymentRows.HasSeen(batch.Session.Connection, workspace.Key, topUpKey, eventId, kind);

    public StoredEvent? FindEvent(long customerKey, string eventId) => batch.FindEvent(workspace, customerKey, eventId);
}
