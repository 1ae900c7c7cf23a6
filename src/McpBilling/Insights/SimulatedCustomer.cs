using System.Collections.Immutable;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Insights;

/// <summary>
/// One customer on one catalog, in memory: to <see cref="Rating"/> and the wallet it is what the writer's transaction is to a charge. Each step is one command, at
/// its own time, by the same code that decides it for real. Not for several threads.
/// </summary>
internal sealed class SimulatedCustomer(Customer customer, CatalogSnapshot catalog, Tally tally, PublicIds ids, long workspaceKey) : IUsageFacts
{
    private readonly Dictionary<RatingKey, RatingRow> _ratings = [];
    private readonly Dictionary<RatingKey, Dictionary<string, MeterItem>> _items = [];
    private readonly Dictionary<long, Grant> _over = [];
    private readonly Dictionary<long, Hold> _holds = [];
    private readonly Dictionary<string, StoredEvent> _events = new(StringComparer.Ordinal);
    private readonly Dictionary<long, long> _grantKeys = [];
    private readonly List<long> _reversalGrants = [];
    private readonly Dictionary<(string PriceId, string AssetId), CaptureWindow> _captures = [];
    private long _lastGrant;
    private long _eventCount;

    public WalletState State { get; private set; } = WalletState.Empty;
    public Tally Tally { get; } = tally;

    /// <summary>Events that will be taken back later and have to be remembered until then.</summary>
    public IReadOnlySet<string> Remembered { get; init; } = ImmutableHashSet<string>.Empty;

    public long WorkspaceKey { get; } = workspaceKey;
    public Mode Mode => Mode.Test;
    public Instant Now { get; private set; }
    public CatalogSnapshot Catalog { get; } = catalog;
    public PublicIds Ids { get; } = ids;
    public long OperationKey { get; private set; }

    public long NextGrantKey() => ++_lastGrant;

    public Grant? FindGrant(long customerKey, long grantKey) => _over.GetValueOrDefault(grantKey);

    // As last written: one that is open here may have expired since, as in storage.
    public Hold? FindHold(long customerKey, long holdKey) => _holds.GetValueOrDefault(holdKey);

    // Asked only when a customer sets a cap, which simulated ones do not.
    public long Spent(long customerKey, Asset asset, Instant from) => 0;

    public RatingRow? FindRating(long customerKey, RatingKey key) => _ratings.GetValueOrDefault(key);

    public MeterItem? FindItem(long customerKey, RatingKey key, string item) => _items.TryGetValue(key, out var items) ? items.GetValueOrDefault(item) : null;

    public IReadOnlyList<MeterItem> Items(long customerKey, RatingKey key) => _items.TryGetValue(key, out var items) ? [.. items.Values] : [];

    /// <summary>Of this customer alone: a simulated customer knows of no others, so before its first capture nothing is learned.</summary>
    public long? UsualCapture(long? customerKey, string priceId, Asset asset) =>
        customerKey is null ? null : _captures.GetValueOrDefault((priceId, asset.Id))?.Usual(_eventCount);

    // Costs come with the events: none is looked up or priced again.
    public PriceBook Prices => PriceBook.Shipped;

    public StoredCost? FindCost(long customerKey, string id) => null;

    public StoredEvent? FindEvent(long customerKey, string eventId) => _events.GetValueOrDefault(eventId);

    /// <summary>What this catalog promises at sign-up.</summary>
    public void SignUp(Instant at)
    {
        var session = Begin(at, 0);
        session.SignUp();
        End(session);
    }

    /// <summary>A grant that was given for real, or in a simulated customer's story.</summary>
    public void Grant(Instant at, Asset asset, Grant given)
    {
        long key = NextGrantKey();
        _grantKeys[given.Key] = key;
        Carry(at, new WalletCommand.AddGrant(key, asset, given.Granted, given.Source, given.Priority, given.Products, given.EffectiveAt, given.ExpiresAt, given.CostBasis));
    }

    /// <summary>Credit was added by hand.</summary>
    public void Adjust(Instant at, Asset asset, Grant added)
    {
        long key = NextGrantKey();
        _grantKeys[added.Key] = key;
        Carry(at, new WalletCommand.Adjust(key, asset, added.Granted, OnInsufficient.Debt));
    }

    /// <summary>Credit was taken by hand.</summary>
    public void Take(Instant at, Asset asset, long units) => Carry(at, new WalletCommand.Adjust(NextGrantKey(), asset, -units, OnInsufficient.Debt));

    /// <summary>The balance just before something happens at that time.</summary>
    public long BalanceAt(Instant at, Asset asset)
    {
        var session = Begin(at, 0);
        End(session);
        return session.Account(asset).Balance;
    }

    public void SetOverdraft(Instant at, Asset asset, long limit) => Carry(at, new WalletCommand.SetOverdraft(asset, limit));

    /// <summary>The grant that stands for a recorded one, with its asset, as it is at that time; null when nothing is left of it.</summary>
    public (Asset Asset, Grant Grant)? LiveGrant(Instant at, long recordedKey, IReadOnlyList<long> reversalGrants)
    {
        var session = Begin(at, 0);
        End(session);
        long? key = _grantKeys.TryGetValue(recordedKey, out long own) ? own : ReversalGrant(recordedKey, reversalGrants);
        foreach (var account in State.Accounts.Values)
        {
            foreach (var grant in account.Grants)
            {
                if (grant.Key == key)
                {
                    return (account.Asset, grant);
                }
            }
        }
        return null;
    }

    public void VoidGrant(Instant at, long key, long? amount) => Carry(at, new WalletCommand.VoidGrant(key, amount));

    /// <returns>False: there was not enough credit here, and nothing is held.</returns>
    public bool Authorize(Instant at, long holdKey, ImmutableArray<Debit> debits, Instant expiresAt)
    {
        if (!Carry(at, new WalletCommand.Authorize(holdKey, debits, expiresAt, AllowPartial: false, MinAmount: 0)))
        {
            Tally.RefuseHold(at);
            return false;
        }
        return true;
    }

    /// <summary>What an authorization of this event would hold now, each charge by its price's hold policy; the quote of <see cref="AuthorizeUsage"/>.</summary>
    public List<(RatedCharge Charge, long Held)> Quote(Instant at, UsageEvent e)
    {
        var session = Begin(at, 0);
        End(session);
        var now = WithAssumedCost(e) with { Timestamp = at };
        var cost = new EstimatedCost(new CostEstimate { Amount = now.Cost }, Prices, at);
        try
        {
            return [.. Rating.Rate(now, session, null).Select(c => (c, HoldQuote.Of(c, now, cost, session).Amount))];
        }
        catch (BillingException)
        {
            return [];
        }
    }

    public void VoidHold(Instant at, long key) => Carry(at, new WalletCommand.VoidHold(key, null));

    public void ExtendHold(Instant at, long key, Instant expiresAt) => Carry(at, new WalletCommand.ExtendHold(key, null, expiresAt));

    /// <summary>A capture by plain amount, from the hold where it is here.</summary>
    public void CaptureAmount(Instant at, long holdKey, HoldLine recorded, long units, bool final)
    {
        var session = Begin(at, 0);
        Post(session, session.FindHold(holdKey), [new Debit(recorded.Asset, units, recorded.Product, recorded.Purpose)], [], final);
        End(session);
        Tally.Charge(at, recorded.Product, recorded.Asset, units);
    }

    /// <summary>Usage, rated and charged; from the hold where it has one here.</summary>
    public void Use(Instant at, long key, UsageEvent e, long? holdKey, bool final)
    {
        e = WithAssumedCost(e);
        _eventCount++;
        var session = Begin(at, key);
        try
        {
            var hold = holdKey is { } held ? session.FindHold(held) : null;
            var rated = Rating.Rate(e, session, hold);
            var (debits, returns, rests) = Charging.Plan(rated, session);
            var transition = Post(session, hold, debits, returns, final);
            var charges = Rating.Keep(rated, transition.Debits, rests, session);
            if (Remembered.Contains(e.Id))
            {
                _events[e.Id] = new StoredEvent(key, at, e, charges, charges, "", false);
            }
            if (holdKey is { } used && Catalog.LearnsHolds)
            {
                Learn(used, charges);
            }
            foreach (var charge in rated)
            {
                Tally.Charge(at, charge.Version.ProductId, charge.Asset, charge.Step.Charge);
            }
            Tally.Use(at, e.EventType, e.Quantity, rated.Count > 0 ? rated[0].Version.ProductId : null);
        }
        catch (BillingException refused)
        {
            // These prices cannot take it: it is not charged, and costs what it costs.
            Tally.Refuse(at, refused.Detail);
            Tally.Use(at, e.EventType, e.Quantity, null);
            return;
        }
        End(session);
    }

    /// <summary>What is left of a remembered event; null when this catalog never took it.</summary>
    public decimal? LeftOf(string eventId) => _events.TryGetValue(eventId, out var stored) ? ReverseUsageCommand.LeftOf(stored, Catalog) : null;

    /// <summary>Takes back a remembered event.</summary>
    /// <param name="quantity">So much of it; null: all that is left.</param>
    public void Reverse(Instant at, string eventId, decimal? quantity)
    {
        var session = Begin(at, 0);
        try
        {
            var output = new ReverseUsageCommand(new ReverseUsageInput { CustomerId = customer.Id, EventId = eventId, Quantity = quantity, IdempotencyKey = "simulated" }).Decide(session);
            foreach (var charge in output.Charges)
            {
                var asset = Catalog.RequireAsset(charge.Asset);
                Tally.Charge(at, charge.Product, asset, WalletSession.SignedUnits(asset, decimal.Parse(charge.Amount, System.Globalization.CultureInfo.InvariantCulture), "amount"));
            }
            var stored = _events[eventId];
            _events[eventId] = stored with { Charges = session.Reversed!.Value.Charges, WasReversed = true };
        }
        catch (BillingException)
        {
            Tally.RefuseReversal(at);
            return;
        }
        End(session);
    }

    // What a use cost, where that was not recorded, is what the caller assumes of its type.
    private UsageEvent WithAssumedCost(UsageEvent e) => e.Cost is null && Tally.AssumedCostOf(e.EventType, e.Quantity) is { } cost ? e with { Cost = cost } : e;

    private void Learn(long holdKey, ImmutableArray<EventCharge> charges)
    {
        foreach (var charge in charges)
        {
            var version = Catalog.Versions[charge.VersionKey];
            if (!_captures.TryGetValue((version.PriceId, version.Asset.Id), out var window))
            {
                _captures[(version.PriceId, version.Asset.Id)] = window = new CaptureWindow(CaptureWindow.OwnHorizon);
            }
            window.Add(_eventCount, holdKey, charge.Amount);
        }
    }

    private static Transition Post(UsageSession session, Hold? hold, ImmutableArray<Debit> debits, ImmutableArray<GiveBack> returns, bool final)
    {
        WalletCommand command = hold is null
            ? new WalletCommand.Use(debits, returns, OnInsufficient.Debt)
            : new WalletCommand.Capture(hold.Key, hold.Status, debits, returns, final, OnInsufficient.Debt, AllowExpired: true);
        var transition = session.Carry(command);
        if (hold is not null && transition.Hold is null)
        {
            session.Captured(hold);
        }
        return transition;
    }

    // False when the wallet refused it; what was due by then has happened all the same.
    private bool Carry(Instant at, WalletCommand command)
    {
        var session = Begin(at, 0);
        bool carried = session.Apply(command).Refusal is null;
        End(session);
        return carried;
    }

    private UsageSession Begin(Instant at, long key)
    {
        (Now, OperationKey) = (at, key);
        var session = new UsageSession(customer, false, State, this);
        if (State.NextDue <= at)
        {
            session.BringUp();
        }
        return session;
    }

    private void End(UsageSession session)
    {
        State = session.State;
        foreach (var (key, row) in session.Ratings)
        {
            _ratings[key] = row;
        }
        foreach (var ((key, _), item) in session.Items)
        {
            if (!_items.TryGetValue(key, out var items))
            {
                _items[key] = items = new(StringComparer.Ordinal);
            }
            items[item.Item] = item;
        }
        foreach (var (asset, grant) in session.Grants)
        {
            if (grant.Source == GrantSource.Reversal && (_reversalGrants.Count == 0 || grant.Key > _reversalGrants[^1]))
            {
                _reversalGrants.Add(grant.Key);
            }
            if (!grant.IsOver)
            {
                continue;
            }
            _over[grant.Key] = grant;
            if (grant is { IsFree: true, Status: GrantStatus.Active } && !session.Account(asset).Grants.Any(g => g.IsFree && g.Status == GrantStatus.Active && g.Remaining > 0))
            {
                Tally.RunOut(Now, asset);
            }
        }
        foreach (var hold in session.Holds)
        {
            _holds[hold.Key] = hold;
        }
    }

    // Their keys are the ledger's own: what the ledger made first is what was made first here.
    private long? ReversalGrant(long recordedKey, IReadOnlyList<long> recorded)
    {
        for (int i = 0; i < recorded.Count && i < _reversalGrants.Count; i++)
        {
            if (recorded[i] == recordedKey)
            {
                return _reversalGrants[i];
            }
        }
        return null;
    }
}
