using System.Collections.Immutable;
using McpBilling.Costs;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>A session that can also rate: what usage adds to what a command will write.</summary>
public class UsageSession(Customer customer, bool isNew, WalletState state, IUsageFacts facts) : WalletSession(customer, isNew, state, facts), ICostSession
{
    private readonly Dictionary<RatingKey, RatingRow> _ratings = [];
    private readonly Dictionary<(RatingKey Key, string Item), MeterItem> _items = [];

    public new IUsageFacts Facts { get; } = facts;

    /// <summary>Rating rows as they become.</summary>
    public IReadOnlyDictionary<RatingKey, RatingRow> Ratings => _ratings;

    public override bool HasChanges => base.HasChanges || _ratings.Count > 0;

    /// <summary>Meter values as they become.</summary>
    public IReadOnlyDictionary<(RatingKey Key, string Item), MeterItem> Items => _items;

    public ICostFacts CostFacts => Facts;

    public (CostEvent Event, long InputHash)? NewCost { get; set; }

    /// <summary>The event to add.</summary>
    public (UsageEvent Event, ImmutableArray<EventCharge> Charges, long? HoldKey)? NewEvent { get; set; }

    /// <summary>An event whose charges changed by a reversal.</summary>
    public (long Key, UsageEvent Event, ImmutableArray<EventCharge> Charges)? Reversed { get; set; }

    public RatingRow? Rating(RatingKey key) => _ratings.TryGetValue(key, out var row) ? row : Facts.FindRating(Customer.Key, key);

    public void Put(RatingKey key, RatingRow row) => _ratings[key] = row;

    public MeterItem? Item(RatingKey key, string item) => _items.TryGetValue((key, item), out var own) ? own : Facts.FindItem(Customer.Key, key, item);

    public void Put(RatingKey key, MeterItem item) => _items[(key, item.Item)] = item;

    /// <summary>The hold as it stands now; null when this customer has none of that key.</summary>
    public Hold? FindHold(long key)
    {
        if (State.Holds.TryGetValue(key, out var open))
        {
            return open;
        }
        // As stored it may still be open: then it has expired while the wallet was brought up to now.
        return Facts.FindHold(Customer.Key, key) is { } stored
            ? stored.Status == HoldStatus.Open ? stored with { Status = HoldStatus.Expired } : stored
            : null;
    }

    /// <summary>The customer as the command leaves them: what their caps count is as far as the ledger's new lines.</summary>
    public Customer Counted => SpendingCaps.Count(Customer, Entries, Now, Facts.Catalog.TimeZone);

    /// <summary>Every value that counts in a period, with this session's own changes.</summary>
    public IEnumerable<MeterItem> ItemsOf(RatingKey key) =>
        Facts.Items(Customer.Key, key).Where(i => !_items.ContainsKey((key, i.Item)))
            .Concat(_items.Where(i => i.Key.Key == key).Select(i => i.Value)).Where(i => i.Count > 0);
}
