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
    private readonly Statement _grant, _hold, _operation, _event, _rating, _item, _items, _asset, _ownCaptures, _captures;

    public LedgerReader(DbConnection db)
    {
        Costs = new CostReader(db);
        Customers = new CustomerReader(db, Asset);
        _statements = new Statements(db);
        _grant = _statements.Prepare($"SELECT {GrantColumns} FROM credit_grant WHERE workspace_id = ? AND grant_seq = ?");
        _hold = _statements.Prepare($"SELECT {HoldColumns} FROM hold WHERE workspace_id = ? AND seq = ?");
        _operation = _statements.Prepare("SELECT customer_id, kind, idempotency_key, input_hash, outcome FROM operation WHERE workspace_id = ? AND seq = ?");
        _event = _statements.Prepare(
            "SELECT customer_id, id, input_hash, event_type, at, timestamp, quantity, properties, subject, feature, hold_seq, charges, outcome, reversed, previous, cost FROM usage_event WHERE workspace_id = ? AND seq = ?");
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
        Customers.Dispose();
        _statements.Dispose();
    }

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
