using System.Collections.Immutable;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Tests.Catalog;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Tests.Usage;

/// <summary>One customer of a catalog in memory, with the decisions of the usage commands and nothing else: no store, no door.</summary>
internal sealed class OneCustomer : IUsageFacts
{
    private readonly List<Entry> _entries = [];
    private Customer _customer = new(1, "anna", null, null, null, false, Catalogs.Day1);
    private readonly Dictionary<RatingKey, RatingRow> _ratings = [];
    private readonly Dictionary<(RatingKey Key, string Item), MeterItem> _items = [];
    private readonly Dictionary<string, StoredEvent> _events = [];
    private readonly Dictionary<long, Hold> _holds = [];
    private WalletState _state = WalletState.Empty;
    private long _grants;

    /// <param name="dollars">What she starts with.</param>
    public OneCustomer(string document, decimal dollars = 1_000)
    {
        Catalog = Catalogs.After(document);
        var session = Begin();
        session.Apply(new WalletCommand.AddGrant(
            NextGrantKey(), Catalog.RequireAsset("usd"), WalletSession.Units(Catalog.RequireAsset("usd"), dollars, "amount"), GrantSource.Paid, 50, [], Now, Instant.Never, null));
        End(session);
    }

    /// <summary>One cost_plus price, with these further fields.</summary>
    public static string CostPlus(string terms) =>
        $$"""
        {"meters":[{"id":"calls","event_type":"llm.call","aggregation":"count"}],
         "products":[{"id":"chat","prices":[{"id":"chat-usd","meter":"calls","asset":"usd","model":"cost_plus",{{terms}}}]}]}
        """;

    public long WorkspaceKey => 1;
    public Mode Mode => Mode.Test;
    public Instant Now { get; set; } = Catalogs.Day2;
    public CatalogSnapshot Catalog { get; }
    public PublicIds Ids { get; } = new(0);
    public long OperationKey { get; private set; } = 1;

    /// <summary>What <see cref="UsualCapture"/> answers, of her own captures and of everybody's.</summary>
    public (long? Own, long? All) Usual { get; set; }

    public string Balance => AccountFigures.Of(Begin().Account(Catalog.RequireAsset("usd"))).Balance;

    public long NextGrantKey() => ++_grants;

    public Grant? FindGrant(long customerKey, long grantKey) => null;

    public Hold? FindHold(long customerKey, long holdKey) => _holds.GetValueOrDefault(holdKey);

    public long Spent(long customerKey, Asset asset, Instant from) =>
        _entries.Where(e => e.Asset.Id == asset.Id && e.Time >= from).Sum(SpendingCaps.SpentBy);

    public RatingRow? FindRating(long customerKey, RatingKey key) => _ratings.GetValueOrDefault(key);

    public MeterItem? FindItem(long customerKey, RatingKey key, string item) => _items.GetValueOrDefault((key, item));

    public IReadOnlyList<MeterItem> Items(long customerKey, RatingKey key) => [.. _items.Where(i => i.Key.Key == key).Select(i => i.Value)];

    public long? UsualCapture(long? customerKey, string priceId, Asset asset) => customerKey is null ? Usual.All : Usual.Own;

    public PriceBook Prices { get; private set; } = PriceBook.Shipped;

    public StoredCost? FindCost(long customerKey, string id) => null;

    public StoredEvent? FindEvent(long customerKey, string eventId) => _events.GetValueOrDefault(eventId);

    /// <summary>Usage that happened, charged.</summary>
    /// <returns>The charges, as they travel.</returns>
    public IReadOnlyList<ChargeView> Use(UsageEvent e)
    {
        var session = Begin();
        var rated = Rating.Rate(e, session, null);
        var (debits, returns, rests) = Charging.Plan(rated, session);
        var transition = session.Carry(new WalletCommand.Use(debits, returns, OnInsufficient.Debt));
        var charges = Rating.Keep(rated, transition.Debits, rests, session);
        _events[e.Id] = new StoredEvent(OperationKey, Now, e, charges, charges, "", false);
        End(session);
        return [.. charges.Select(c => ChargeView.Of(Catalog.Versions[c.VersionKey], c))];
    }

    public IReadOnlyList<ChargeView> Use(string id, decimal? cost, decimal quantity = 1) =>
        Use(new UsageEvent(id, "llm.call", Now, quantity, EventProperties.None) { Cost = cost });

    public ReverseUsageOutput Reverse(string id, decimal? quantity = null)
    {
        var session = Begin();
        var output = new ReverseUsageCommand(new ReverseUsageInput { CustomerId = "anna", EventId = id, Quantity = quantity, IdempotencyKey = "r" + OperationKey }).Decide(session);
        _events[id] = _events[id] with { Charges = session.Reversed!.Value.Charges, WasReversed = true };
        End(session);
        return output;
    }

    public AuthorizeUsageOutput Authorize(CostEstimate? estimate, PriceBook prices, decimal? quantity = null, string eventType = "llm.call", string properties = "{}")
    {
        Prices = prices;
        var session = Begin();
        var input = new AuthorizeUsageInput
        {
            CustomerId = "anna",
            Event = new EventEstimate { EventType = eventType, Quantity = quantity, Properties = EventProperties.Parse(properties), Estimate = estimate },
            IdempotencyKey = "a" + OperationKey,
        };
        var output = new AuthorizeUsageCommand(input).Decide(session);
        End(session);
        return output;
    }

    /// <summary>A decision on her, with what it leaves behind.</summary>
    public TOutput Do<TOutput>(CustomerCommand<TOutput> command)
        where TOutput : CommandOutput
    {
        var session = Begin();
        var output = command.Decide(session);
        End(session);
        return output;
    }

    /// <summary>What her caps have counted.</summary>
    public CustomerLimits Limits => _customer.Limits;

    private UsageSession Begin()
    {
        var session = new UsageSession(_customer, false, _state, this);
        session.BringUp();
        return session;
    }

    private void End(UsageSession session)
    {
        _state = session.State;
        _customer = session.Counted;
        _entries.AddRange(session.Entries);
        foreach (var (key, row) in session.Ratings)
        {
            _ratings[key] = RatingRow.Parse(row.ToText(), row.Charged); // through its text, as a store would
        }
        foreach (var (key, item) in session.Items)
        {
            _items[key] = item;
        }
        foreach (var hold in session.Holds)
        {
            _holds[hold.Key] = hold;
        }
        OperationKey++;
    }
}
