using System.Globalization;
using System.Text.Json;
using McpBilling.Integration;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>Events with what belongs to them: whose they are, the hold they captured, what the ledger posted for them, and their reversals.</summary>
internal sealed class EventRows(PooledReader reader, WorkspaceRecord workspace, PublicIds ids)
{
    private const string Columns = "customer_id, id, event_type, at, timestamp, quantity, properties, subject, feature, hold_seq, charges, cost";

    private static readonly Dictionary<string, long> NothingPosted = [];

    // The halves of a search, each from the one before.
    private const string CauseOfMiddle = "(SELECT cause_seq FROM entry WHERE workspace_id = ?1 AND seq >= low + (high - low) / 2 AND cause_seq <> 0 ORDER BY seq LIMIT 1)";

    private const string FirstEntry =
        $"""
        WITH RECURSIVE search (low, high) AS (
            SELECT CAST(1 AS BIGINT), 1 + COALESCE(MAX(seq), 0) FROM entry WHERE workspace_id = ?1
            UNION ALL
            SELECT CASE WHEN {CauseOfMiddle} < ?2 THEN low + (high - low) / 2 + 1 ELSE low END, CASE WHEN {CauseOfMiddle} < ?2 THEN high ELSE low + (high - low) / 2 END
            FROM search WHERE low < high)
        SELECT low FROM search WHERE low >= high
        """;

    private static readonly string ReversalsAfter =
        $"SELECT seq, at, outcome FROM operation INDEXED BY operation_reversal WHERE workspace_id = ? AND customer_id = ? AND kind = {(int)CommandKind.Reverse} AND seq > ? ORDER BY seq";

    public CustomerIds Customers { get; } = new(reader, workspace);

    /// <summary>Those that arrived since a time, the newest first, and no more than so many.</summary>
    public List<ArrivedEvent> Newest(Instant since, int limit)
    {
        using var rows = reader.Connection.Statement($"SELECT {Columns}, seq FROM usage_event WHERE workspace_id = ? ORDER BY seq DESC LIMIT ?");
        rows.Bind(1, workspace.Key).Bind(2, limit);
        var found = new List<Row>();
        while (rows.Next() && RowOf(rows.Long(12), rows, 0) is var row && row.Event.At >= since)
        {
            found.Add(row);
        }
        rows.Reset();
        return Whole(found);
    }

    /// <summary>Some customers' that arrived since a time of each, in the ledger's order; null for one who has too many, and for those who come after too many of others.</summary>
    /// <param name="customers">Their last events, and since when.</param>
    /// <param name="most">Of one customer.</param>
    /// <param name="together">When so many have been read, no further customer's are.</param>
    public List<List<ArrivedEvent>?> Since(IReadOnlyList<(long Last, Instant From)> customers, int most, int together)
    {
        using var chain = new ChainRows(reader.Connection, "usage_event", Columns);
        chain.Expect(workspace.Key, customers.Take(together > 0 ? customers.Count : 0).Select(c => c.Last));
        var found = new List<List<Row>?>(customers.Count);
        foreach (var (last, from) in customers)
        {
            var rows = together > 0 ? Since(chain, last, from, most) : null;
            found.Add(rows);
            together -= rows?.Count ?? 0;
        }
        var whole = new Queue<ArrivedEvent>(Whole([.. found.SelectMany(rows => rows ?? [])]));
        return found.ConvertAll(rows => rows?.ConvertAll(_ => whole.Dequeue()));
    }

    private List<Row>? Since(ChainRows chain, long last, Instant from, int most)
    {
        var found = new List<Row>();
        foreach (var statement in chain.From(workspace.Key, last))
        {
            var row = RowOf(statement.Long(0), statement, ChainRows.Columns);
            if (row.Event.At < from)
            {
                break;
            }
            if (found.Count == most)
            {
                return null;
            }
            found.Add(row);
        }
        found.Reverse();
        return found;
    }

    /// <summary>An event that is there.</summary>
    public ArrivedEvent Read(long seq)
    {
        using var statement = reader.Connection.Statement($"SELECT {Columns} FROM usage_event WHERE workspace_id = ? AND seq = ?");
        statement.Bind(1, workspace.Key).Bind(2, seq);
        var row = statement.Next() ? RowOf(seq, statement, 0) : throw new InvalidDataException($"event {seq} of workspace {workspace.Key} is missing");
        statement.Reset();
        return Whole([row])[0];
    }

    /// <summary>The events with the revenue that the ledger posted for each.</summary>
    /// <param name="events">In the ledger's order.</param>
    public List<ArrivedEvent> WithPosted(IReadOnlyList<ArrivedEvent> events)
    {
        if (events.Count == 0)
        {
            return [];
        }
        var posted = events.ToDictionary(e => e.Key, _ => new Dictionary<string, long>());
        using var rows = reader.Connection.Statement("SELECT cause_seq, asset_id, amount FROM entry WHERE workspace_id = ? AND seq >= ? AND seq < ? AND cause_seq <> 0 AND counter = ? ORDER BY seq");
        rows.Bind(1, workspace.Key).Bind(2, FirstEntryOf(events[0].Key)).Bind(3, FirstEntryOf(events[^1].Key + 1)).Bind(4, (long)CounterAccount.Revenue);
        while (rows.Next())
        {
            if (posted.TryGetValue(rows.Long(0), out var sums))
            {
                string asset = reader.Ledger.Asset(workspace, rows.Long(1)).Id;
                sums[asset] = sums.GetValueOrDefault(asset) - rows.Long(2);
            }
        }
        return [.. events.Select(e => e with { Posted = posted[e.Key] })];
    }

    /// <summary>
    /// The first entry that an operation or a later one caused: entries are written in the order of what causes them, so a search by halves finds it without
    /// an index. (Entries that time alone caused, 0, are passed over.) One past the last entry when there is none.
    /// </summary>
    public long FirstEntryOf(long cause)
    {
        using var search = reader.Connection.Statement(FirstEntry);
        return search.Bind(1, workspace.Key).Bind(2, cause).Next() ? search.Long(0) : throw new InvalidDataException($"the entries of workspace {workspace.Key} cannot be searched");
    }

    /// <summary>Reversals of some customers' events, in the ledger's order.</summary>
    /// <param name="customers">Each with events in the ledger's order.</param>
    public List<List<ArrivedReversal>> ReversalsOf(IReadOnlyList<(long CustomerKey, List<ArrivedEvent> Events)> customers)
    {
        using var rows = reader.Connection.Statement(ReversalsAfter);
        foreach (var (customer, events) in customers.Where(c => c.Events.Count > 0))
        {
            BindReversals(rows, customer, events[0].Key).Expect();
        }
        return [.. customers.Select(c => ReversalsOf(rows, c.CustomerKey, c.Events))];
    }

    /// <summary>What reversals of a customer's events answered, those after a row of the ledger, in its order.</summary>
    public List<(long Seq, Instant At, ReverseUsageOutput Answer)> Reversals(long customerKey, long after)
    {
        using var rows = reader.Connection.Statement(ReversalsAfter);
        return Reversals(BindReversals(rows, customerKey, after));
    }

    private static List<(long Seq, Instant At, ReverseUsageOutput Answer)> Reversals(Statement rows) =>
        rows.All(row => (row.Long(0), new Instant(row.Long(1)), JsonSerializer.Deserialize(row.Text(2), BillingJson.TypeInfo<ReverseUsageOutput>())!));

    private Statement BindReversals(Statement rows, long customerKey, long after) => rows.Bind(1, workspace.Key).Bind(2, customerKey).Bind(3, after);

    private List<ArrivedReversal> ReversalsOf(Statement rows, long customerKey, List<ArrivedEvent> events)
    {
        if (events.Count == 0)
        {
            return [];
        }
        var byId = events.ToDictionary(e => e.Event.Id, StringComparer.Ordinal);
        var reversals = new List<ArrivedReversal>();
        foreach (var (seq, _, answer) in Reversals(BindReversals(rows, customerKey, events[0].Key)))
        {
            if (byId.TryGetValue(answer.EventId, out var e))
            {
                reversals.Add(new ArrivedReversal(seq, e, Decimal(answer.QuantityLeft), answer.Charges.ToDictionary(c => c.Price!, c => Decimal(c.Amount))));
            }
        }
        return reversals;
    }

    private static decimal Decimal(string text) => decimal.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    private static Row RowOf(long seq, Statement s, int first)
    {
        var usage = new UsageEvent(
            s.Text(first + 1), s.Text(first + 2), new Instant(s.Long(first + 4)), decimal.Parse(s.Text(first + 5), CultureInfo.InvariantCulture),
            EventProperties.Parse(s.TextOrNull(first + 6)), RowText.Subject(s.TextOrNull(first + 7)), s.TextOrNull(first + 8))
        {
            Cost = s.TextOrNull(first + 11) is { } cost ? decimal.Parse(cost, CultureInfo.InvariantCulture) : null,
        };
        return new Row(new ArrivedEvent(seq, "", new Instant(s.Long(first + 3)), usage, null, EventChargeText.Read(s.Text(first + 10)), NothingPosted), s.Long(first), s.LongOrNull(first + 9));
    }

    // With what the rows only have the keys of, read for all of them together.
    private List<ArrivedEvent> Whole(List<Row> rows)
    {
        var holds = reader.Ledger.Holds(workspace, rows.Select(r => r.Hold).OfType<long>());
        var customers = Customers.Of(rows.Select(r => r.CustomerKey));
        var held = holds.Found;
        return
        [
            .. rows.Select(row => row.Event with
            {
                CustomerId = customers[row.CustomerKey],
                HoldId = row.Hold is { } key && held.TryGetValue(key, out var found) ? ids.Format(IdKind.Hold, workspace.Key, key, found.Hold.CreatedAt) : null,
            }),
        ];
    }

    private sealed record Row(ArrivedEvent Event, long CustomerKey, long? Hold);
}
