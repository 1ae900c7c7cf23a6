using System.Data.Common;
using System.Globalization;
using McpBilling.Costs;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Reading;

namespace McpBilling.Storage.Detail;

/// <summary>One workspace's detail, all of it in one snapshot, row after row without the writer. Belongs to one thread at a time.</summary>
public sealed class DetailReader : IDisposable
{
    private const DetailType Text = DetailType.Text, Number = DetailType.Number, Exact = DetailType.Exact, Dollars = DetailType.Dollars, Time = DetailType.Time;

    private static readonly DetailColumn[] UsageColumns = Of(
        ("seq", Number), ("recorded_at", Time), ("customer_id", Text), ("event_id", Text), ("event_type", Text), ("happened_at", Time), ("quantity", Exact), ("properties", Text),
        ("subject", Text), ("feature", Text), ("cost_usd", Dollars));

    private static readonly DetailColumn[] CostColumns = Of(
        ("seq", Number), ("recorded_at", Time), ("customer_id", Text), ("cost_id", Text), ("is_adjustment", Number), ("requested_at", Time), ("provider", Text), ("api", Text), ("model", Text),
        ("end_user", Text), ("session", Text), ("task", Text), ("feature", Text), ("product", Text), ("status", Text), ("cost_usd", Dollars), ("lines", Text), ("event_seq", Number));

    private static readonly DetailColumn[] EntryColumns = Of(
        ("seq", Number), ("due_at", Time), ("customer_id", Text), ("asset", Text), ("kind", Text), ("counter_account", Text), ("amount", Exact), ("held", Exact), ("balance_after", Exact),
        ("cause_seq", Number));

    private readonly DbConnection _connection;
    private readonly Caller _caller;

    /// <param name="caller">Whose workspace.</param>
    public DetailReader(Database database, Caller caller, TimeProvider time)
    {
        (_caller, _connection) = (caller, database.OpenReader());
        Engine.Of(_connection).BeginRead(_connection);
        database.HoldLong(_connection);
        using var workspaces = new WorkspaceLoader(_connection, withKeys: false);
        Now = workspaces.Load(caller.WorkspaceKey).Now(time);
        Fingerprint = DatabaseSecrets.Read(_connection).Fingerprint;
    }

    public Mode Mode => _caller.Mode;

    /// <summary>Rows of a page.</summary>
    internal int RowsAtOnce { get; init; } = 5_000;

    /// <summary>The workspace's own time.</summary>
    public Instant Now { get; }

    /// <summary>Which database this is (<see cref="DatabaseSecrets.Fingerprint"/>).</summary>
    public string Fingerprint { get; }

    public static IReadOnlyList<DetailColumn> Columns(DetailKind kind) => kind switch
    {
        DetailKind.Usage => UsageColumns,
        DetailKind.Costs => CostColumns,
        _ => EntryColumns,
    };

    /// <summary>The greatest key of a kind; 0 when there is no row.</summary>
    public long Last(DetailKind kind) => kind switch
    {
        DetailKind.Usage => Number1("SELECT COALESCE(MAX(seq), 0) FROM usage_event WHERE workspace_id = @ws"),
        DetailKind.Costs => Math.Max(
            Number1("SELECT COALESCE(MAX(seq), 0) FROM cost_event WHERE workspace_id = @ws"), Number1("SELECT COALESCE(MAX(seq), 0) FROM cost_adjustment WHERE workspace_id = @ws")),
        _ => Number1("SELECT COALESCE(MAX(seq), 0) FROM entry WHERE workspace_id = @ws"),
    };

    /// <summary>Every row of a kind, in the order of <see cref="DetailRow.Seq"/>; of costs, first the events and then the adjustments.</summary>
    public IEnumerable<DetailRow> Rows(DetailKind kind) => kind switch
    {
        DetailKind.Usage => Read(
            """
            SELECT e.seq, e.at, c.id, e.id, e.event_type, e.timestamp, e.quantity, e.properties, e.subject, e.feature, e.cost
            FROM usage_event e JOIN customer c ON c.workspace_id = e.workspace_id AND c.customer_id = e.customer_id WHERE e.workspace_id = @ws AND e.seq > @after ORDER BY e.seq LIMIT @most
            """,
            static row => [.. Texts(row, 0, 11)]),
        DetailKind.Costs => Read(
            """
            SELECT e.seq, e.at, c.id, e.id, 0, e.requested_at, e.provider, e.api, e.model, e.end_user, e.session, e.task, e.feature, e.product, e.status, e.lines, e.cost_whole, e.cost_part, e.event_seq
            FROM cost_event e JOIN customer c ON c.workspace_id = e.workspace_id AND c.customer_id = e.customer_id WHERE e.workspace_id = @ws AND e.seq > @after ORDER BY e.seq LIMIT @most
            """,
            Cost).Concat(Read(
            """
            SELECT a.seq, a.at, c.id, e.id, 1, e.requested_at, e.provider, e.api, e.model, e.end_user, e.session, e.task, e.feature, e.product, a.status, a.lines, a.cost_whole, a.cost_part, e.event_seq
            FROM cost_adjustment a JOIN cost_event e ON e.workspace_id = a.workspace_id AND e.seq = a.cost_seq
                JOIN customer c ON c.workspace_id = e.workspace_id AND c.customer_id = e.customer_id WHERE a.workspace_id = @ws AND a.seq > @after ORDER BY a.seq LIMIT @most
            """,
            Cost)),
        _ => Read(
            """
            SELECT e.seq, e.at, c.id, s.id, s.scale, e.kind, e.counter, e.amount, e.held, e.balance_after, e.cause_seq
            FROM entry e JOIN customer c ON c.workspace_id = e.workspace_id AND c.customer_id = e.customer_id JOIN asset s ON s.workspace_id = e.workspace_id AND s.asset_id = e.asset_id
            WHERE e.workspace_id = @ws AND e.seq > @after ORDER BY e.seq LIMIT @most
            """,
            Entry),
    };

    public void Dispose() => _connection.Dispose();

    private static DetailColumn[] Of(params ReadOnlySpan<(string Name, DetailType Type)> columns)
    {
        var all = new DetailColumn[columns.Length];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = new DetailColumn(columns[i].Name, columns[i].Type);
        }
        return all;
    }

    // Page after page: one of the engines brings the whole answer of a statement into memory.
    private IEnumerable<DetailRow> Read(string sql, Func<DbDataReader, string?[]> values)
    {
        for (long after = 0; ;)
        {
            var page = new List<DetailRow>(RowsAtOnce);
            using (var command = _connection.Prepare(sql, ("@ws", _caller.WorkspaceKey), ("@after", after), ("@most", (long)RowsAtOnce)))
            {
                using var row = command.ExecuteReader();
                while (row.Read())
                {
                    page.Add(new DetailRow(row.GetInt64(0), new Instant(row.GetInt64(1)), values(row)));
                }
            }
            foreach (var row in page)
            {
                yield return row;
            }
            if (page.Count < RowsAtOnce)
            {
                yield break;
            }
            after = page[^1].Seq;
        }
    }

    private static string?[] Cost(DbDataReader row)
    {
        string? dollars = row.IsDBNull(16) ? null : CostMoney.Format(CostMoney.Join(row.GetInt64(16), row.GetInt64(17)));
        return [.. Texts(row, 0, 14), Word(((CostStatus)row.GetInt64(14)).ToString()), dollars, At(row, 15), At(row, 18)];
    }

    private static string?[] Entry(DbDataReader row)
    {
        int scale = row.GetInt32(4);
        return
        [
            .. Texts(row, 0, 4), Word(((EntryKind)row.GetInt64(5)).ToString()), Word(((CounterAccount)row.GetInt64(6)).ToString()), Units(row.GetInt64(7), scale), Units(row.GetInt64(8), scale),
            Units(row.GetInt64(9), scale), At(row, 10),
        ];
    }

    private static IEnumerable<string?> Texts(DbDataReader row, int from, int count) => Enumerable.Range(from, count).Select(i => At(row, i));

    private static string? At(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetValue(column) is long number ? number.ToString(CultureInfo.InvariantCulture) : row.GetString(column);

    // 64 bits of units and at most 12 places: exact.
    private static string Units(long units, int scale)
    {
        ulong size = units < 0 ? (ulong)-(units + 1) + 1 : (ulong)units;
        return new decimal((int)(uint)size, (int)(uint)(size >> 32), 0, units < 0, (byte)scale).ToString(CultureInfo.InvariantCulture);
    }

    // As on the wire: DebtSettled is debt_settled.
    private static string Word(string name) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private long Number1(string sql) => _connection.Scalar<long>(sql, ("@ws", _caller.WorkspaceKey));
}
