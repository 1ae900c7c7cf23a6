using System.Collections.Immutable;
using System.Data.Common;
using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Payments;
using McpBilling.Storage.Chains;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>Reads the ledger's rows into the core's records, with statements prepared once. Each belongs to one connection and one thread at a time.</summary>
internal sealed class LedgerReader : IDisposable
{
    private const string CustomerColumns = "customer_id, id, name, email, metadata, frozen, created_at, next_due_at, last_event_seq, event_count";
    internal const string GrantColumns =
        "grant_seq, source, status, granted, remaining, held, priority, products, created_at, effective_at, expires_at, cost_currency, cost_amount, asset_id, customer_id";
    internal const string HoldColumns = "seq, status, created_at, expires_at, lines, customer_id";

    // Rows that are asked for by their keys, so many in one question, or so few: each has its part of the plan. A key that is 0 is no row's.
    private const int AtOnce = 20, Few = 2;

    private readonly List<Statement> _all = [];
    private readonly Statement _customerById, _customerByKey, _accounts, _liveGrants, _liveGrantsOf, _fewGrantsOf, _grant, _openHolds, _hold, _holds, _fewHolds, _operation, _event, _rating, _item, _items, _asset, _ownCaptures, _captures, _autoRecharges, _limits;

    // What is read of a customer beside its own row, each by workspace and customer: all, and where grants and holds are known but for some.
    private readonly Statement[] _ofCustomer, _ofKnown;

    public LedgerReader(DbConnection db)
    {
        Costs = new CostReader(db);
        Statement Prepare(string sql)
        {
            var statement = db.Statement(sql);
            _all.Add(statement);
            return statement;
        }

        _customerById = Prepare($"SELECT {CustomerColumns} FROM customer WHERE workspace_id = ? AND id = ?");
        _customerByKey = Prepare($"SELECT {CustomerColumns} FROM customer WHERE workspace_id = ? AND customer_id = ?");
        _accounts = Prepare("SELECT asset_id, debt, overdraft_limit, overdraft_held, settled, last_entry_seq, entry_count, chained_after, head_1, head_2, head_3, head_4 FROM account WHERE workspace_id = ? AND customer_id = ?");
        // Grants that are over stay out of the state: not scheduled, and nothing remaining.
        _liveGrants = Prepare($"SELECT {GrantColumns} FROM credit_grant WHERE workspace_id = ? AND customer_id = ? AND (status = 0 OR remaining > 0)");
        string liveGrant = $"SELECT {GrantColumns} FROM credit_grant WHERE workspace_id = ?1 AND customer_id = ?2 AND grant_seq = ? AND (status = 0 OR remaining > 0)";
        (_liveGrantsOf, _fewGrantsOf) = (Prepare(EachOf(liveGrant, AtOnce)), Prepare(EachOf(liveGrant, Few)));
        _grant = Prepare($"SELECT {GrantColumns} FROM credit_grant WHERE workspace_id = ? AND grant_seq = ?");
        // Without statistics SQLite prefers the primary key, by which it reads every hold that the workspace ever had.
        _openHolds = Prepare($"SELECT {HoldColumns} FROM hold INDEXED BY hold_open WHERE workspace_id = ? AND customer_id = ? AND status = 0");
        _hold = Prepare($"SELECT {HoldColumns} FROM hold WHERE workspace_id = ? AND seq = ?");
        string holdOf = $"SELECT {HoldColumns} FROM hold WHERE workspace_id = ?1 AND seq = ?";
        (_holds, _fewHolds) = (Prepare(EachOf(holdOf, AtOnce)), Prepare(EachOf(holdOf, Few)));
        _operation = Prepare("SELECT customer_id, kind, idempotency_key, input_hash, outcome FROM operation WHERE workspace_id = ? AND seq = ?");
        _event = Prepare(
            "SELECT customer_id, id, input_hash, event_type, at, timestamp, quantity, properties, subject, feature, hold_seq, charges, outcome, reversed, previous, cost FROM usage_event WHERE workspace_id = ? AND seq = ?");
        _rating = Prepare("SELECT state, charged FROM rating WHERE workspace_id = ? AND customer_id = ? AND price_version_id = ? AND period_start = ?");
        _item = Prepare("SELECT item, count, at, value FROM meter_item WHERE workspace_id = ? AND customer_id = ? AND price_version_id = ? AND period_start = ? AND item = ?");
        _items = Prepare("SELECT item, count, at, value FROM meter_item WHERE workspace_id = ? AND customer_id = ? AND price_version_id = ? AND period_start = ? AND count > 0");
        // One question, as each is a round trip on a server. The rows come in the order of the chain; a file makes no more of them than are read.
        _ownCaptures = Prepare(
            """
            WITH RECURSIVE chain (number, hold_seq, charges, previous) AS (
                SELECT CAST(? AS BIGINT), hold_seq, charges, previous FROM usage_event WHERE workspace_id = ? AND seq = ?
                UNION ALL
                SELECT c.number - 1, e.hold_seq, e.charges, e.previous FROM chain c JOIN usage_event e ON e.workspace_id = ? AND e.seq = c.previous WHERE c.number > ?)
            SELECT number, hold_seq, charges FROM chain
            """);
        _captures = Prepare("SELECT seq, hold_seq, charges FROM usage_event WHERE workspace_id = ? AND seq > ? AND hold_seq IS NOT NULL ORDER BY seq DESC");
        _autoRecharges = Prepare($"SELECT {AutoRechargeTable.Columns} FROM auto_recharge WHERE workspace_id = ? AND customer_id = ? ORDER BY asset");
        _limits = Prepare("SELECT asset, cap, period, period_start, spent, low_balance FROM customer_limit WHERE workspace_id = ? AND customer_id = ?");
        _ofKnown = [_limits, _accounts, _autoRecharges];
        _ofCustomer = [.. _ofKnown, _liveGrants, _openHolds];
        _asset = Prepare("SELECT id, scale FROM asset WHERE workspace_id = ? AND asset_id = ?");
    }

    /// <summary>The rows of costs.</summary>
    public CostReader Costs { get; }

    public CustomerRecord? Customer(WorkspaceRecord workspace, string id) => Customer(workspace, new WantedCustomer(id, 0, null));

    public CustomerRecord? Customer(WorkspaceRecord workspace, long key) => Customer(workspace, new WantedCustomer(null, key, null));

    /// <summary>Those of the customers that there are, in two questions however many they are.</summary>
    public List<CustomerRecord> Customers(WorkspaceRecord workspace, IReadOnlyCollection<WantedCustomer> wanted)
    {
        foreach (var one in wanted)
        {
            BindOwn(workspace, one).Expect();
        }
        List<(WantedCustomer Wanted, OwnRow Row)> found = [.. from one in wanted let row = Row(BindOwn(workspace, one)) where row is not null select (one, row)];
        foreach (var (one, row) in found)
        {
            foreach (var statement in one.Known is null ? _ofCustomer : _ofKnown)
            {
                statement.Bind(1, workspace.Key).Bind(2, row.Customer.Key).Expect();
            }
            if (one.Known is { Changed: var changed })
            {
                foreach (long[] keys in changed.Grants.Chunk(AtOnce))
                {
                    BindGrants(workspace, row.Customer.Key, keys).Expect();
                }
                foreach (long[] keys in changed.Holds.Keys.Chunk(AtOnce))
                {
                    BindHolds(workspace, keys).Expect();
                }
            }
        }
        return [.. found.Select(f => Whole(workspace, f.Row, f.Wanted.Known))];
    }

    /// <summary>A customer of whom some rows have changed since it was read. Of holds and grants, which may be thousands, only those are read.</summary>
    public CustomerRecord? Again(WorkspaceRecord workspace, KnownCustomer known) => Customer(workspace, new WantedCustomer(null, known.Before.Customer.Key, known));

    /// <summary>A grant, also when it is over, with its asset and its customer.</summary>
    public (Grant Grant, Asset Asset, long CustomerKey)? Grant(WorkspaceRecord workspace, long grantKey)
    {
        _grant.Bind(1, workspace.Key).Bind(2, grantKey);
        if (!_grant.Next())
        {
            return null;
        }
        var (assetKey, grant, customerKey) = (_grant.Long(13), ReadGrant(_grant), _grant.Long(14));
        _grant.Reset();
        return (grant, Asset(workspace, assetKey), customerKey);
    }

    public (Hold Hold, long CustomerKey)? Hold(WorkspaceRecord workspace, long holdKey)
    {
        _hold.Bind(1, workspace.Key).Bind(2, holdKey);
        if (!_hold.Next())
        {
            return null;
        }
        var found = (ReadHold(_hold, workspace), _hold.Long(5));
        _hold.Reset();
        return found;
    }

    public (long CustomerKey, int Kind, string Key, long InputHash, string Outcome)? Operation(long workspaceKey, long seq)
    {
        _operation.Bind(1, workspaceKey).Bind(2, seq);
        if (!_operation.Next())
        {
            return null;
        }
        var found = (_operation.Long(0), _operation.Int(1), _operation.Text(2), _operation.Long(3), _operation.Text(4));
        _operation.Reset();
        return found;
    }

    public (StoredEvent Event, long CustomerKey, long InputHash, long Previous)? Event(long workspaceKey, long seq)
    {
        _event.Bind(1, workspaceKey).Bind(2, seq);
        if (!_event.Next())
        {
            return null;
        }
        var s = _event;
        var usage = new UsageEvent(
            s.Text(1), s.Text(3), new Instant(s.Long(5)), decimal.Parse(s.Text(6), System.Globalization.CultureInfo.InvariantCulture),
            EventProperties.Parse(s.TextOrNull(7)), RowText.Subject(s.TextOrNull(8)), s.TextOrNull(9))
        {
            Cost = s.TextOrNull(15) is { } cost ? decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture) : null,
        };
        var first = EventChargeText.Read(s.Text(11));
        var stored = new StoredEvent(seq, new Instant(s.Long(4)), usage, s.TextOrNull(13) is { } reversed ? EventChargeText.Read(reversed) : first, first, s.Text(12), !s.IsNull(13));
        var found = (stored, s.Long(0), s.Long(2), s.Long(14));
        s.Reset();
        return found;
    }

    /// <summary>Whose the holds are, in one question; only of those that there are.</summary>
    public List<(long Hold, long Customer)> OwnersOf(long workspaceKey, IReadOnlyCollection<long> holds)
    {
        foreach (long hold in holds)
        {
            _hold.Bind(1, workspaceKey).Bind(2, hold).Expect();
        }
        var found = new List<(long, long)>(holds.Count);
        foreach (long hold in holds)
        {
            if (_hold.Bind(1, workspaceKey).Bind(2, hold).Next())
            {
                found.Add((hold, _hold.Long(5)));
                _hold.Reset();
            }
        }
        return found;
    }

    /// <summary>Rating rows of several customers, in one question; null where there is none.</summary>
    public IReadOnlyList<RatingRow?> Ratings(long workspaceKey, IReadOnlyCollection<(long Customer, RatingKey Key)> keys)
    {
        foreach (var (customer, key) in keys)
        {
            BindRating(workspaceKey, customer, key).Expect();
        }
        return [.. keys.Select(k => Rating(workspaceKey, k.Customer, k.Key))];
    }

    public RatingRow? Rating(long workspaceKey, long customerKey, RatingKey key)
    {
        BindRating(workspaceKey, customerKey, key);
        if (!_rating.Next())
        {
            return null;
        }
        var row = RatingRow.Parse(_rating.Text(0), _rating.Long(1));
        _rating.Reset();
        return row;
    }

    public MeterItem? Item(long workspaceKey, long customerKey, RatingKey key, string item)
    {
        _item.Bind(1, workspaceKey).Bind(2, customerKey).Bind(3, key.VersionKey).Bind(4, key.PeriodStart.Microseconds).Bind(5, item);
        if (!_item.Next())
        {
            return null;
        }
        var found = ReadItem(_item);
        _item.Reset();
        return found;
    }

    public IReadOnlyList<MeterItem> Items(long workspaceKey, long customerKey, RatingKey key)
    {
        _items.Bind(1, workspaceKey).Bind(2, customerKey).Bind(3, key.VersionKey).Bind(4, key.PeriodStart.Microseconds);
        var items = new List<MeterItem>();
        while (_items.Next())
        {
            items.Add(ReadItem(_items));
        }
        return items;
    }

    /// <summary>A customer's last captures at a price, along the chain of the customer's events.</summary>
    public CaptureWindow Captures(WorkspaceRecord workspace, CustomerRecord customer, string priceId, Asset asset)
    {
        var newestFirst = new List<(long Position, long HoldKey, long Amount)>();
        long number = customer.EventCount + 1, first = Math.Max(1, customer.EventCount - CaptureWindow.OwnHorizon + 1);
        _ownCaptures.Bind(1, customer.EventCount).Bind(2, workspace.Key).Bind(3, customer.LastEvent).Bind(4, workspace.Key).Bind(5, first);
        while (number > first && newestFirst.Count < CaptureWindow.MaxEvents)
        {
            if (!_ownCaptures.Next())
            {
                throw new InvalidDataException($"event {number - 1} of customer {customer.Customer.Key} of workspace {workspace.Key} is missing");
            }
            number = _ownCaptures.Long(0);
            if (_ownCaptures.LongOrNull(1) is { } hold)
            {
                AddCaptures(newestFirst, number, hold, _ownCaptures.Text(2), workspace, priceId, asset);
            }
        }
        _ownCaptures.Reset();
        return Window(newestFirst, CaptureWindow.OwnHorizon);
    }

    /// <summary>Everybody's last captures at a price.</summary>
    public CaptureWindow Captures(WorkspaceRecord workspace, string priceId, Asset asset)
    {
        var newestFirst = new List<(long Position, long HoldKey, long Amount)>();
        _captures.Bind(1, workspace.Key).Bind(2, workspace.LastOperation - CaptureWindow.CommonHorizon);
        while (newestFirst.Count < CaptureWindow.MaxEvents && _captures.Next())
        {
            AddCaptures(newestFirst, _captures.Long(0), _captures.Long(1), _captures.Text(2), workspace, priceId, asset);
        }
        _captures.Reset();
        return Window(newestFirst, CaptureWindow.CommonHorizon);
    }

    public Asset Asset(WorkspaceRecord workspace, long assetKey)
    {
        if (workspace.Assets.TryGetValue(assetKey, out var known))
        {
            return known;
        }
        _asset.Bind(1, workspace.Key).Bind(2, assetKey);
        if (!_asset.Next())
        {
            throw new InvalidDataException($"asset {assetKey} of workspace {workspace.Key} is missing");
        }
        string id = _asset.Text(0);
        _asset.Reset();
        var asset = workspace.Catalog.FindAsset(id) ?? throw new InvalidDataException($"asset {id} is not in the catalog of workspace {workspace.Key}");
        workspace.Assets[assetKey] = asset;
        return asset;
    }

    public void Dispose()
    {
        Costs.Dispose();
        foreach (var statement in _all)
        {
            statement.Dispose();
        }
    }

    private Statement BindOwn(WorkspaceRecord workspace, WantedCustomer one) =>
        one.Id is { } id ? _customerById.Bind(1, workspace.Key).Bind(2, id) : _customerByKey.Bind(1, workspace.Key).Bind(2, one.Key);

    private Statement BindGrants(WorkspaceRecord workspace, long customerKey, long[] keys) => BindKeys(keys.Length > Few ? _liveGrantsOf : _fewGrantsOf, keys, workspace.Key, customerKey);

    private Statement BindHolds(WorkspaceRecord workspace, long[] keys) => BindKeys(keys.Length > Few ? _holds : _fewHolds, keys, workspace.Key);

    private Statement BindRating(long workspaceKey, long customerKey, RatingKey key) =>
        _rating.Bind(1, workspaceKey).Bind(2, customerKey).Bind(3, key.VersionKey).Bind(4, key.PeriodStart.Microseconds);

    private CustomerRecord? Customer(WorkspaceRecord workspace, WantedCustomer wanted) => Customers(workspace, [wanted]) is [var found] ? found : null;

    private static OwnRow? Row(Statement row)
    {
        if (!row.Next())
        {
            return null;
        }
        var found = new OwnRow(
            new Customer(row.Long(0), row.Text(1), row.TextOrNull(2), row.TextOrNull(3), row.TextOrNull(4), row.Long(5) != 0, new Instant(row.Long(6))),
            row.LongOrNull(7) is { } next ? new Instant(next) : Instant.Never, row.Long(8), row.Long(9));
        row.Reset();
        return found;
    }

    private CustomerRecord Whole(WorkspaceRecord workspace, OwnRow own, KnownCustomer? known)
    {
        var customer = own.Customer with { Limits = LimitsOf(workspace, own.Customer.Key) };

        var grants = new Dictionary<string, ImmutableArray<Grant>.Builder>(StringComparer.Ordinal);
        if (known is null)
        {
            AddGrants(grants, workspace, _liveGrants.Bind(1, workspace.Key).Bind(2, customer.Key));
        }
        else
        {
            foreach (var account in known.Before.Wallet.Accounts.Values)
            {
                GrantsOf(grants, account.Asset).AddRange(account.Grants.Where(g => !known.Changed.Grants.Contains(g.Key)));
            }
            foreach (long[] keys in known.Changed.Grants.Chunk(AtOnce))
            {
                AddGrants(grants, workspace, BindGrants(workspace, customer.Key, keys));
            }
        }
        var accounts = new List<Account>();
        var chains = ImmutableDictionary.CreateBuilder<string, AccountChain>(StringComparer.Ordinal);
        _accounts.Bind(1, workspace.Key).Bind(2, customer.Key);
        while (_accounts.Next())
        {
            var asset = Asset(workspace, _accounts.Long(0));
            accounts.Add(new Account(
                asset, grants.TryGetValue(asset.Id, out var held) ? held.ToImmutable() : [], _accounts.Long(1), _accounts.Long(2), _accounts.Long(3),
                UseTrail.Read(_accounts.Text(4))));
            chains[asset.Id] = new AccountChain(_accounts.Long(0), _accounts.Long(5), _accounts.Long(6)) { ChainedAfter = _accounts.Long(7), Head = ChainHash.Read(_accounts, 8) };
        }
        return new CustomerRecord(
            customer, WalletOf(workspace, customer.Key, accounts, known), chains.ToImmutable(), ImmutableDictionary<RatingKey, RatingRow?>.Empty, own.LastEvent, own.EventCount, own.Due)
        {
            AutoRecharges = AutoRecharges(workspace, customer.Key),
        };
    }

    private WalletState WalletOf(WorkspaceRecord workspace, long customerKey, List<Account> accounts, KnownCustomer? known)
    {
        var holds = new List<Hold>();
        if (known is null)
        {
            AddHolds(holds, workspace, _openHolds.Bind(1, workspace.Key).Bind(2, customerKey));
            return WalletState.Restore(accounts, holds);
        }
        foreach (long[] keys in known.Changed.Holds.Keys.Chunk(AtOnce))
        {
            AddHolds(holds, workspace, BindHolds(workspace, keys));
        }
        return known.Before.Wallet.RestoreLater(accounts, holds);
    }

    private void AddGrants(Dictionary<string, ImmutableArray<Grant>.Builder> grants, WorkspaceRecord workspace, Statement row)
    {
        while (row.Next())
        {
            GrantsOf(grants, Asset(workspace, row.Long(13))).Add(ReadGrant(row));
        }
    }

    private static ImmutableArray<Grant>.Builder GrantsOf(Dictionary<string, ImmutableArray<Grant>.Builder> grants, Asset asset) =>
        grants.TryGetValue(asset.Id, out var list) ? list : grants[asset.Id] = ImmutableArray.CreateBuilder<Grant>();

    private static void AddHolds(List<Hold> holds, WorkspaceRecord workspace, Statement row)
    {
        while (row.Next())
        {
            holds.Add(ReadHold(row, workspace));
        }
    }

    // Not by IN: PostgreSQL, which takes a table without statistics for small, then reads every row of the workspace.
    private static string EachOf(string sql, int times) => string.Join(" UNION ALL ", Enumerable.Repeat(sql, times));

    private static Statement BindKeys(Statement statement, long[] keys, params ReadOnlySpan<long> before)
    {
        int index = 0;
        foreach (long value in before)
        {
            statement.Bind(++index, value);
        }
        int count = keys.Length > Few ? AtOnce : Few;
        for (int i = 0; i < count; i++)
        {
            statement.Bind(++index, i < keys.Length ? keys[i] : 0L);
        }
        return statement;
    }

    private ImmutableArray<AutoRecharge> AutoRecharges(WorkspaceRecord workspace, long customerKey)
    {
        var found = ImmutableArray.CreateBuilder<AutoRecharge>();
        _autoRecharges.Bind(1, workspace.Key).Bind(2, customerKey);
        while (_autoRecharges.Next())
        {
            found.Add(AutoRechargeTable.Read(_autoRecharges, workspace.Catalog));
        }
        return found.DrainToImmutable();
    }

    private CustomerLimits LimitsOf(WorkspaceRecord workspace, long customerKey)
    {
        var limits = CustomerLimits.None;
        _limits.Bind(1, workspace.Key).Bind(2, customerKey);
        while (_limits.Next())
        {
            limits = limits.With(new AssetLimits(
                _limits.Text(0), _limits.LongOrNull(1), (CapPeriod)_limits.Int(2), new Instant(_limits.Long(3)), _limits.Long(4), _limits.LongOrNull(5)));
        }
        return limits;
    }

    private static void AddCaptures(
        List<(long Position, long HoldKey, long Amount)> captures, long position, long hold, string charges, WorkspaceRecord workspace, string priceId, Asset asset)
    {
        foreach (var charge in EventChargeText.Read(charges))
        {
            var version = workspace.Catalog.Versions[charge.VersionKey];
            if (version.PriceId == priceId && version.Asset.Id == asset.Id)
            {
                captures.Add((position, hold, charge.Amount));
            }
        }
    }

    private static CaptureWindow Window(List<(long Position, long HoldKey, long Amount)> newestFirst, long horizon)
    {
        var window = new CaptureWindow(horizon);
        for (int i = newestFirst.Count - 1; i >= 0; i--)
        {
            window.Add(newestFirst[i].Position, newestFirst[i].HoldKey, newestFirst[i].Amount);
        }
        return window;
    }

    internal static Grant ReadGrant(Statement s) => new(
        s.Long(0), (GrantSource)s.Int(1), (GrantStatus)s.Int(2), s.Long(3), s.Long(4), s.Long(5), s.Int(6), RowText.Products(s.Text(7)),
        new Instant(s.Long(8)), new Instant(s.Long(9)), s.LongOrNull(10) is { } expires ? new Instant(expires) : Instant.Never,
        s.TextOrNull(11) is { } currency ? new CostBasis(Currencies.All[currency], s.Long(12)) : null);

    internal static Hold ReadHold(Statement s, WorkspaceRecord workspace) => new(
        s.Long(0), (HoldStatus)s.Int(1), new Instant(s.Long(2)), new Instant(s.Long(3)),
        RowText.Lines(s.Text(4), id => workspace.Catalog.FindAsset(id) ?? throw new InvalidDataException($"asset {id} is not in the catalog")));

    private static MeterItem ReadItem(Statement s) =>
        new(s.Text(0), s.Long(1), new Instant(s.Long(2)), decimal.Parse(s.Text(3), System.Globalization.CultureInfo.InvariantCulture));

    // What a customer's own row says.
    private sealed record OwnRow(Customer Customer, Instant Due, long LastEvent, long EventCount);
}

/// <summary>A customer as it was read before, and what has changed since.</summary>
internal sealed record KnownCustomer(CustomerRecord Before, CustomerRows Changed);

/// <summary>A customer to be read.</summary>
/// <param name="Id">By which it is found; null: by its key.</param>
/// <param name="Known">What need not be read again; null: all is read.</param>
internal readonly record struct WantedCustomer(string? Id, long Key, KnownCustomer? Known);
