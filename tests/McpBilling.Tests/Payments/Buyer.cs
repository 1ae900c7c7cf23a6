using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Tests.Catalog;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Tests.Payments;

/// <summary>One customer who buys credit, in memory: the decisions of the payment commands and nothing else. 10 usd buy 1,000 credits and 100 as a bonus.</summary>
internal sealed class Buyer : IPaymentFacts
{
    public const string Document =
        """
        {"assets":[{"id":"credits"}],
         "top_ups":{"packs":[{"id":"starter","price":"10","currency":"usd","credit":{"asset":"credits","amount":"1000"},"bonus":{"amount":"100"}},
                             {"id":"plain","price":"3","currency":"usd","credit":{"asset":"credits","amount":"7"}}]}}
        """;

    private static readonly Asset Usd = Currencies.All["usd"];
    private readonly Customer _customer = new(1, "anna", null, null, null, false, Catalogs.Day1);
    private readonly Dictionary<long, TopUp> _topUps = [];
    private readonly Dictionary<long, Grant> _grants = [];
    private readonly HashSet<(long, string, string)> _seen = [];
    private readonly Dictionary<string, AutoRecharge> _autoRecharges = new(StringComparer.Ordinal);
    private WalletState _state = WalletState.Empty;
    private long _lastGrant;

    public long WorkspaceKey => 1;
    public Mode Mode => Mode.Test;
    public Instant Now { get; set; } = Catalogs.Day2;
    public CatalogSnapshot Catalog { get; } = Catalogs.After(Document);
    public PublicIds Ids { get; } = new(0);
    public long OperationKey { get; private set; } = 1;
    public PriceBook Prices => PriceBook.Shipped;

    /// <summary>Everything that was told, in order, by type.</summary>
    public List<string> Told { get; } = [];

    /// <summary>What did not fit.</summary>
    public List<string> Mismatches { get; } = [];

    public bool AutoRechargeStopped { get; private set; }

    public TopUp Order => _topUps[_topUps.Keys.Min()];

    public IReadOnlyCollection<TopUp> Orders => _topUps.Values;

    public string Balance => AccountFigures.Of(Begin().Account(Catalog.RequireAsset("credits"))).Balance;

    public string Figure(Func<AccountFigures, string> figure) => figure(AccountFigures.Of(Begin().Account(Catalog.RequireAsset("credits"))));

    public Buyer Orders_a(string pack)
    {
        Do(s => new CreateTopUpCommand(new CreateTopUpInput { CustomerId = "anna", Pack = pack, IdempotencyKey = "k" }, new ManualProcessor([1]), null).Decide(s));
        return this;
    }

    public FactOutcome Reports(PaymentFact fact, int order = 0)
    {
        var topUp = _topUps.Values.ElementAt(order);
        return Do(s => TopUpStep.Apply(topUp, fact, s));
    }

    public void Spends(decimal credits) => Do(s =>
    {
        var asset = Catalog.RequireAsset("credits");
        return s.Carry(new WalletCommand.Use([new Debit(asset, WalletSession.Units(asset, credits, "amount"))], [], OnInsufficient.Debt));
    });

    public RefundView Asks_back(decimal? amount = null, bool force = false) => Do(s => new ReserveRefundCommand(
        new RefundPaymentInput { TopUpId = Ids.Format(IdKind.TopUp, 1, Order.Key, Order.CreatedAt), Amount = amount, Force = force, IdempotencyKey = "r" + OperationKey },
        Owned(), new ManualProcessor([1]).Capabilities).Decide(s));

    public RefundView Answers(PaymentOutcome outcome, int refund = 0) => Do(s => new AnswerRefundCommand(Owned(), Order.Refunds[refund].Key, outcome).Decide(s));

    public Grant? FindGrant(long customerKey, long grantKey) => _grants.GetValueOrDefault(grantKey);

    public long NextGrantKey() => ++_lastGrant;

    public TopUp? FindTopUp(long customerKey, long topUpKey) => _topUps.GetValueOrDefault(topUpKey);

    public long? FindPaid(string processor, string payment) => _topUps.Values.FirstOrDefault(t => t.Payment == payment)?.Key;

    public bool HasSeen(long topUpKey, string eventId, string kind) => _seen.Contains((topUpKey, eventId, kind));

    public IReadOnlyList<AutoRecharge> AutoRecharges(long customerKey) => [.. _autoRecharges.Values];

    public AutoRecharge AutoRecharge => _autoRecharges["credits"];

    /// <summary>Allows 10 usd for 1,000 credits whenever fewer than 50 are left, 25 usd a month.</summary>
    public Buyer Allows_recharges()
    {
        Do(s => new SetAutoRechargeCommand(
            new SetAutoRechargeInput { CustomerId = "anna", Asset = "credits", Threshold = 50, Pack = "starter", MonthlyCap = 25, Consent = new ConsentInput { TextVersion = "2026-01" } },
            new RechargingProcessor()).Decide(s));
        return this;
    }

    public AutoRechargeView Sets(SetAutoRechargeInput input) => Do(s => new SetAutoRechargeCommand(input, new RechargingProcessor()).Decide(s));

    public Buyer Ends_recharges()
    {
        Do(s => new SetAutoRechargeCommand(new SetAutoRechargeInput { CustomerId = "anna", Asset = "credits", Enabled = false }, null).Decide(s));
        return this;
    }

    /// <summary>What is charged is gone at a processor.</summary>
    public Buyer Loses_the_card(string processor)
    {
        Do(s => new NoteProcessorCommand("anna", processor) { Gone = "card" }.Decide(s));
        return this;
    }

    public Hold? FindHold(long customerKey, long holdKey) => null;

    public long Spent(long customerKey, Asset asset, Instant from) => 0;

    public RatingRow? FindRating(long customerKey, RatingKey key) => null;

    public MeterItem? FindItem(long customerKey, RatingKey key, string item) => null;

    public IReadOnlyList<MeterItem> Items(long customerKey, RatingKey key) => [];

    public long? UsualCapture(long? customerKey, string priceId, Asset asset) => null;

    public StoredCost? FindCost(long customerKey, string id) => null;

    public StoredEvent? FindEvent(long customerKey, string eventId) => null;

    public static Amount Dollars(decimal amount) => Amount.TryFrom(Usd, amount, out var exact) ? exact : throw new ArgumentOutOfRangeException(nameof(amount));

    private OwnedTopUp Owned() => new(Ids.Format(IdKind.TopUp, 1, Order.Key, Order.CreatedAt), "anna", Order, TopUpView.Of(Order, "anna", Ids, 1));

    private PaymentSession Begin()
    {
        var session = new PaymentSession(_customer, false, _state, this);
        session.BringUp();
        return session;
    }

    private T Do<T>(Func<PaymentSession, T> decide)
    {
        var session = Begin();
        T result = decide(session);
        AutoRecharging.Begin(session);
        foreach (var settings in session.ChangedAutoRecharges)
        {
            _autoRecharges[settings.Asset.Id] = settings;
        }
        _state = session.State;
        foreach (var (_, grant) in session.Grants)
        {
            _grants[grant.Key] = grant;
        }
        foreach (var topUp in session.TopUps)
        {
            _topUps[topUp.Key] = topUp;
        }
        foreach (var seen in session.Seen)
        {
            Assert.True(_seen.Add((seen.TopUpKey, seen.Fact.EventId, seen.Kind)));
            if (seen.Outcome == FactOutcome.Mismatch)
            {
                Mismatches.Add(seen.Kind);
            }
        }
        Told.AddRange(session.Outbox.Select(m => m.Type));
        AutoRechargeStopped |= session.StopsAutoRecharge;
        OperationKey++;
        return result;
    }
}
