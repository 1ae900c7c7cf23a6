using McpBilling.Catalog;
using McpBilling.Insights;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>
/// Which rows of the ledger belong to whom, found by one pass over the keys of events and operations. The rows themselves are read customer by customer
/// (<see cref="HistoryReader"/>), without a snapshot: what only grows does not change, and what has been added since is not in the index.
/// </summary>
internal sealed class RecordedUsage : IRecordedUsage
{
    /// <summary>With a bound on the facts, how many rows are looked at for each of them: older ones stay unread, and whose they are is left out.</summary>
    private const int RowsPerFact = 20;

    private const int RevenueCounter = (int)Ledger.CounterAccount.Revenue;

    private readonly ReaderPool _pool;
    private readonly List<Lane> _lanes = [];
    private readonly Dictionary<(int, string), long> _charged = [];

    private RecordedUsage(ReaderPool pool, WorkspaceRecord workspace, PublicIds ids, Instant now, UsagePeriod period)
    {
        _pool = pool;
        (Workspace, Ids, Now) = (workspace, ids, now);
        Period = (period.From ?? now - TimeSpan.FromDays(30), period.To ?? Instant.Never);
    }

    /// <summary>A customer's rows, ascending: the sequence times two, plus one for an event.</summary>
    internal sealed class Lane(long customerKey)
    {
        public long CustomerKey { get; } = customerKey;
        public List<long> Rows { get; } = [];
        public bool IsActive { get; set; }
    }

    public WorkspaceRecord Workspace { get; }
    public long WorkspaceKey => Workspace.Key;
    public CatalogSnapshot Catalog => Workspace.Catalog;
    public PublicIds Ids { get; }
    public Instant Now { get; }
    public (Instant From, Instant To) Period { get; }
    public int Customers => _lanes.Count;
    public int LeftOut { get; private set; }
    public long Facts { get; private set; }
    public long Events { get; private set; }
    public IReadOnlyDictionary<(int Customer, string Asset), long> Charged => _charged;

    /// <summary>Grants with greater keys came later.</summary>
    public long LastGrant { get; private set; }

    public static RecordedUsage Open(ReaderPool pool, PooledReader reader, WorkspaceRecord workspace, PublicIds ids, Instant now, UsagePeriod period, CancellationToken cancellation)
    {
        var usage = new RecordedUsage(pool, workspace, ids, now, period)
        {
            LastGrant = reader.Connection.Scalar<long>("SELECT COALESCE(MAX(grant_seq), 0) FROM credit_grant WHERE workspace_id = @ws", ("@ws", workspace.Key)),
        };
        long? only = null;
        if (period.CustomerId is { } id)
        {
            only = reader.Connection.Scalar<long?>("SELECT customer_id FROM customer WHERE workspace_id = @ws AND id = @id", ("@ws", workspace.Key), ("@id", id))
                ?? throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(id)}.", "usage.recorded.customer_id");
        }
        usage.Index(reader, only, period.MaxFacts, cancellation);
        if (period.MaxFacts is null)
        {
            usage.SumCharges(reader, cancellation);
        }
        return usage;
    }

    public Range Portion(int first)
    {
        int end = first + 1;
        for (int rows = _lanes[first].Rows.Count; end < _lanes.Count && (rows += _lanes[end].Rows.Count) <= HistoryReader.AtOnce; end++)
        {
        }
        return first..end;
    }

    public IHistoryReader OpenReader() => new HistoryReader(_pool.Open(), this);

    internal Lane LaneOf(int customer) => _lanes[customer];

    private void Index(PooledReader reader, long? only, long? maxFacts, CancellationToken cancellation)
    {
        long first = maxFacts is { } bound ? Math.Max(0, LastRow(reader) - bound * RowsPerFact) : 0;
        // One statement, whose rows come as they are read: of two that are read in turns, a server's would have to wait in memory.
        using var rows = reader.Connection.Statement("""
            SELECT seq, customer_id, at, NULL AS kind FROM usage_event WHERE workspace_id = ?1 AND seq >= ?2
            UNION ALL SELECT seq, customer_id, at, kind FROM operation WHERE workspace_id = ?1 AND seq >= ?2 ORDER BY seq
            """);
        rows.Bind(1, WorkspaceKey).Bind(2, first);
        var lanes = new Dictionary<long, Lane>();
        Instant? firstAt = null;
        for (long row = 1; rows.Next(); row++)
        {
            if (row % 8192 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
            bool isEvent = rows.IsNull(3);
            var at = new Instant(rows.Long(2));
            firstAt ??= at;
            if (at >= Period.To)
            {
                break;
            }
            long customer = rows.Long(1);
            if (only is null || only == customer)
            {
                if (!lanes.TryGetValue(customer, out var lane))
                {
                    lanes[customer] = lane = new Lane(customer);
                }
                lane.Rows.Add(rows.Long(0) * 2 + (isEvent ? 1 : 0));
                if (at >= Period.From)
                {
                    Events += isEvent ? 1 : 0;
                    lane.IsActive |= isEvent || (CommandKind)rows.Int(3) is CommandKind.Capture or CommandKind.Reverse;
                }
            }
        }
        rows.Reset();
        Choose(reader, [.. lanes.Values.Where(l => l.IsActive)], maxFacts, first > 0 ? firstAt : null);
    }

    // The longest first, so that no worker is left with a long one at the end. With a bound, those that fit into it, in the order in which they joined.
    private void Choose(PooledReader reader, IReadOnlyCollection<Lane> active, long? maxFacts, Instant? wholeSince)
    {
        using var customer = reader.Connection.Statement("SELECT created_at FROM customer WHERE workspace_id = ? AND customer_id = ?");
        var joined = new ExpectedRows<Instant>(
            wholeSince is null ? [] : active.Select(l => l.CustomerKey), key => customer.Bind(1, WorkspaceKey).Bind(2, key), (_, row) => new Instant(row.Long(0))).Found;
        foreach (var lane in maxFacts is null ? active.OrderByDescending(l => l.Rows.Count).ThenBy(l => l.CustomerKey) : active.OrderBy(l => l.CustomerKey))
        {
            bool isWhole = wholeSince is not { } since || joined[lane.CustomerKey] > since;
            if (!isWhole || Facts + lane.Rows.Count > maxFacts)
            {
                LeftOut++;
                continue;
            }
            _lanes.Add(lane);
            Facts += lane.Rows.Count;
        }
    }

    private void SumCharges(PooledReader reader, CancellationToken cancellation)
    {
        var places = _lanes.Index().ToDictionary(l => l.Item.CustomerKey, l => l.Index);
        using var entries = reader.Connection.Statement("SELECT customer_id, asset_id, amount FROM entry WHERE workspace_id = ? AND counter = ? AND at >= ? AND at < ?");
        entries.Bind(1, WorkspaceKey).Bind(2, RevenueCounter).Bind(3, Period.From.Microseconds).Bind(4, Period.To.Microseconds);
        for (long row = 1; entries.Next(); row++)
        {
            if (row % 8192 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
            if (places.TryGetValue(entries.Long(0), out int customer))
            {
                var key = (customer, Workspace.Assets[entries.Long(1)].Id);
                _charged[key] = checked(_charged.GetValueOrDefault(key) - entries.Long(2));
            }
        }
    }

    private long LastRow(PooledReader reader) => Math.Max(
        reader.Connection.Scalar<long>("SELECT COALESCE(MAX(seq), 0) FROM usage_event WHERE workspace_id = @ws", ("@ws", WorkspaceKey)),
        reader.Connection.Scalar<long>("SELECT COALESCE(MAX(seq), 0) FROM operation WHERE workspace_id = @ws", ("@ws", WorkspaceKey)));
}
