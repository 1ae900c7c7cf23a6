using System.Collections.Immutable;
using System.Data.Common;
using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>Reads the ledger's rows into the core's records, with statements prepared once. Each belongs to one connection and one thread at a time.</summary>
internal sealed class LedgerReader : IDisposable
{
    internal const string GrantColumns =
        "grant_seq, source, status, granted, remaining, held, priority, products, created_at, effective_at, expires_at, cost_currency, cost_amount, asset_id, customer_id";
    internal const string HoldColumns = "seq, status, created_at, expires_at, lines, customer_id";

    private readonly Statements _statements;
    private readonly Statement _grant, _hold, _operation, _event, _rating, _item, _items, _asset, _overGrants, _ownCaptures, _captures;

    public LedgerReader(DbConnection db)
    {
        Costs = new CostReader(db);
        Customers = new CustomerReader(db, Asset);
        _statements = new Statements(db);
        _grant = _statements.Prepare($"SELECT {GrantColumns} FROM credit_grant WHERE workspace_id = ? AND grant_seq = ?");
        _overGrants = _statements.Prepare(
            $"""
            SELECT {GrantColumns} FROM credit_grant WHERE workspace_id = ?1 AND customer_id = (SELECT customer_id FROM customer WHERE workspace_id = ?1 AND id = ?2)
                AND status <> 0 AND remaining = 0 ORDER BY grant_seq DESC LIMIT ?3
            """);
        _hold = _statements.Prepare($"SELECT {HoldColumns} FROM hold WHERE workspace_id = ? AND seq = ?");
        _operation = _statements.Prepare($"SELECT {OperationRow.Columns} FROM operation WHERE workspace_id = ? AND seq = ?");
        _event = _statements.Prepare($"SELECT {EventRow.Columns} FROM usage_event WHERE workspace_id = ? AND seq = ?");
        _rating = _statements.Prepare("SELECT state, charged FROM rating WHERE workspace_id = ? AND customer_id = ? AND price_version_id = ? AND period_start = ?");
        _item = _statements.Prepare("SELECT item, count, at, value FROM meter_item WHERE workspace_id = ? AND customer_id = ? AND price_version_id = ? AND period_start = ? AND item = ?");
        _items = _statements.Prepare("SELECT item, count, at, value FROM meter_item WHERE workspace_id = ? AND customer_id = ? AND price_version_id = ? AND period_start = ? AND count > 0");
        // One question, as each is a round trip on a server. The rows come in the order of the chain; a file makes no more of them than are read.
        _ownCaptures = _statements.Prepare(
            """
            WITH RECURSIVE chain (number, hold_seq, charges, previous) AS (
                SELECT CAST(? AS BIGINT), hold_seq, charges, previous FROM usage_event WHERE workspace_id = ? AND seq = ?
                UNION ALL
                SELECT c.number - 1, e.hold_seq, e.charges, e.previous FROM chain c JOIN usage_event e ON e.workspace_id = ? AND e.seq = c.previous WHERE c.number > ?)
            SELECT number, hold_seq, charges FROM chain
            """);
        _captures = _statements.Prepare("SELECT seq, hold_seq, charges FROM usage_event WHERE workspace_id = ? AND seq > ? AND hold_seq IS NOT NULL ORDER BY seq DESC");
        _asset = _statements.Prepare("SELECT id, scale FROM asset WHERE workspace_id = ? AND asset_id = ?");
    }

    /// <summary>Customers with their wallets.</summary>
    public CustomerReader Customers { get; }

    /// <summary>The rows of costs.</summary>
    public CostReader Costs { get; }

    public CustomerRecord? Customer(WorkspaceRecord workspace, string id) => Customers.Read(workspace, new WantedCustomer(id, 0, null));

    public CustomerRecord? Customer(WorkspaceRecord workspace, long key) => Customers.Read(workspace, new WantedCustomer(null, key, null));

    /// <summary>A grant, also when it is over, with its asset and its customer.</summary>
    public (Grant Grant, Asset Asset, long CustomerKey)? Grant(WorkspaceRecord workspace, long grantKey) => One(BindGrant(workspace, grantKey), row => OwnedGrant(workspace, row));

    /// <summary>The same of many.</summary>
    public ExpectedRows<(Grant Grant, Asset Asset, long CustomerKey)> Grants(WorkspaceRecord workspace, IEnumerable<long> grants) =>
        new(grants, key => BindGrant(workspace, key), (_, row) => OwnedGrant(workspace, row));

    /// <summary>Says that these grants will be read next (<see cref="OverGrants"/>).</summary>
    public void ExpectOverGrants(long workspaceKey, string customerId, int limit) => BindOverGrants(workspaceKey, customerId, limit).Expect();

    /// <summary>A customer's grants that are over, the newest first.</summary>
    public List<(Asset Asset, Grant Grant)> OverGrants(WorkspaceRecord workspace, string customerId, int limit) =>
        BindOverGrants(workspace.Key, customerId, limit).All(row => (Asset(workspace, row.Long(13)), ReadGrant(row)));

    public (Hold Hold, long CustomerKey)? Hold(WorkspaceRecord workspace, long holdKey) => One(BindHold(workspace.Key, holdKey), row => (ReadHold(row, workspace), row.Long(5)));

    /// <summary>Many holds.</summary>
    public ExpectedRows<(Hold Hold, long CustomerKey)> Holds(WorkspaceRecord workspace, IEnumerable<long> holds) =>
        new(holds, key => BindHold(workspace.Key, key), (_, row) => (ReadHold(row, workspace), row.Long(5)));

    public OperationRow? Operation(long workspaceKey, long seq) => One(BindOperation(workspaceKey, seq), OperationRow.Read);

    /// <summary>Many operations.</summary>
    public ExpectedRows<OperationRow> Operations(long workspaceKey, IEnumerable<long> seqs) => new(seqs, seq => BindOperation(workspaceKey, seq), (_, row) => OperationRow.Read(row));

    public EventRow? Event(long workspaceKey, long seq) => One(BindEvent(workspaceKey, seq), row => EventRow.Read(seq, row));

    /// <summary>Many events.</summary>
    public ExpectedRows<EventRow> Events(long workspaceKey, IEnumerable<long> seqs) => new(seqs, seq => BindEvent(workspaceKey, seq), (seq, row) => EventRow.Read(seq, row));

    /// <summary>Whose the holds are, in one question; only of those that there are.</summary>
    public IReadOnlyDictionary<long, long> OwnersOf(long workspaceKey, IEnumerable<long> holds) =>
        new ExpectedRows<long>(holds, key => BindHold(workspaceKey, key), (_, row) => row.Long(5)).Found;

    /// <summary>Says which rating rows will be read next, in that order.</summary>
    public void ExpectRatings(long workspaceKey, IEnumerable<(long Customer, RatingKey Key)> keys)
    {
        foreach (var (customer, key) in keys)
        {
            BindRating(workspaceKey, customer, key).Expect();
        }
    }

    public RatingRow? Rating(long workspaceKey, long customerKey, RatingKey key)
    {
        if (!BindRating(workspaceKey, customerKey, key).Next())
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
        Customers.Dispose();
        _statements.Dispose();
    }

    private static T? One<T>(Statement row, Func<Statement, T> read)
        where T : struct
    {
        if (!row.Next())
        {
            return null;
        }
        var found = read(row);
        row.Reset();
        return found;
    }

    private Statement BindGrant(WorkspaceRecord workspace, long key) => _grant.Bind(1, workspace.Key).Bind(2, key);

    private Statement BindOverGrants(long workspaceKey, string customerId, int limit) => _overGrants.Bind(1, workspaceKey).Bind(2, customerId).Bind(3, (long)limit);

    private Statement BindHold(long workspaceKey, long key) => _hold.Bind(1, workspaceKey).Bind(2, key);

    private Statement BindOperation(long workspaceKey, long seq) => _operation.Bind(1, workspaceKey).Bind(2, seq);

    private Statement BindEvent(long workspaceKey, long seq) => _event.Bind(1, workspaceKey).Bind(2, seq);

    private Statement BindRating(long workspaceKey, long customerKey, RatingKey key) =>
        _rating.Bind(1, workspaceKey).Bind(2, customerKey).Bind(3, key.VersionKey).Bind(4, key.PeriodStart.Microseconds);

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

    private (Grant Grant, Asset Asset, long CustomerKey) OwnedGrant(WorkspaceRecord workspace, Statement s) => (ReadGrant(s), Asset(workspace, s.Long(13)), s.Long(14));

    internal static Grant ReadGrant(Statement s) => new(
        s.Long(0), (GrantSource)s.Int(1), (GrantStatus)s.Int(2), s.Long(3), s.Long(4), s.Long(5), s.Int(6), RowText.Products(s.Text(7)),
        new Instant(s.Long(8)), new Instant(s.Long(9)), s.LongOrNull(10) is { } expires ? new Instant(expires) : Instant.Never,
        s.TextOrNull(11) is { } currency ? new CostBasis(Currencies.All[currency], s.Long(12)) : null);

    internal static Hold ReadHold(Statement s, WorkspaceRecord workspace) => new(
        s.Long(0), (HoldStatus)s.Int(1), new Instant(s.Long(2)), new Instant(s.Long(3)),
        RowText.Lines(s.Text(4), workspace.Catalog));

    private static MeterItem ReadItem(Statement s) =>
        new(s.Text(0), s.Long(1), new Instant(s.Long(2)), decimal.Parse(s.Text(3), System.Globalization.CultureInfo.InvariantCulture));
}
