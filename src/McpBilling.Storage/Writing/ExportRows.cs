using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Payments.Exporting;
using McpBilling.Storage.Reading;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>The rows of an export, and the part of the ledger that it goes over. To be called inside a write transaction.</summary>
internal static class ExportRows
{
    private const string Select =
        """
        SELECT i.event_seq, i.event_id, c.id, i.event_name, i.at, i.due, i.sent, i.taken_at, i.messages, i.begun_number, i.begun_value, i.begun_at, i.tries, i.next_at, i.open, i.reason, i.customer_id
        FROM usage_export_item i JOIN customer c ON c.workspace_id = i.workspace_id AND c.customer_id = i.customer_id WHERE i.workspace_id = ? AND i.name = ?
        """;

    // In one command: the rest goes with the next ones.
    private const int MostRemoved = 500;

    public static long? Watermark(DbConnection connection, long workspaceKey, string name) =>
        connection.Scalar<long?>("SELECT watermark FROM usage_export WHERE workspace_id = @ws AND name = @name", ("@ws", workspaceKey), ("@name", name));

    public static void SetWatermark(DbConnection connection, long workspaceKey, string name, long watermark, Instant now) =>
        connection.Write(
            """
            INSERT INTO usage_export (workspace_id, name, watermark, begun_at) VALUES (@ws, @name, @watermark, @now)
            ON CONFLICT (workspace_id, name) DO UPDATE SET watermark = excluded.watermark
            """,
            ("@ws", workspaceKey), ("@name", name), ("@watermark", watermark), ("@now", now.Microseconds));

    /// <summary>What the biller knows customers by as a payment processor; only of those who were ever asked for a payment.</summary>
    public static IReadOnlyDictionary<long, string> Accounts(DbConnection connection, long workspaceKey, string name, IEnumerable<long> customers)
    {
        using var account = connection.Statement("SELECT reference FROM processor_account WHERE workspace_id = ? AND customer_id = ? AND processor = ?");
        return new ExpectedRows<string>(customers, key => account.Bind(1, workspaceKey).Bind(2, key).Bind(3, name), (_, row) => row.Text(0)).Found;
    }

    /// <summary>Events in their order.</summary>
    public static List<EventRow> Events(DbConnection connection, long workspaceKey, long after, long upTo)
    {
        using var rows = connection.Statement($"SELECT {EventRow.Columns}, seq FROM usage_event WHERE workspace_id = ? AND seq > ? AND seq <= ? ORDER BY seq");
        return rows.Bind(1, workspaceKey).Bind(2, after).Bind(3, upTo).All(row => EventRow.Read(row.Long(14), row));
    }

    public static List<(long CustomerKey, ReverseUsageOutput Answer)> Reversals(DbConnection connection, long workspaceKey, long after, long upTo)
    {
        using var command = connection.Prepare(
            "SELECT customer_id, outcome FROM operation WHERE workspace_id = @ws AND seq > @after AND seq <= @up AND kind = @kind ORDER BY seq",
            ("@ws", workspaceKey), ("@after", after), ("@up", upTo), ("@kind", (long)CommandKind.Reverse));
        using var row = command.ExecuteReader();
        var found = new List<(long, ReverseUsageOutput)>();
        while (row.Read())
        {
            found.Add((row.GetInt64(0), JsonSerializer.Deserialize(row.GetString(1), BillingJson.TypeInfo<ReverseUsageOutput>())!));
        }
        return found;
    }

    public static ExportItem? Find(DbConnection connection, long workspaceKey, string name, long eventKey, string eventName) => Find(connection, workspaceKey, name, [(eventKey, eventName)])[0];

    /// <summary>Each of some, or null where there is none.</summary>
    public static List<ExportItem?> Find(DbConnection connection, long workspaceKey, string name, IReadOnlyList<(long EventKey, string EventName)> items)
    {
        using var row = connection.Statement($"{Select} AND i.event_seq = ? AND i.event_name = ?");
        Statement Of((long EventKey, string EventName) item) => row.Bind(1, workspaceKey).Bind(2, name).Bind(3, item.EventKey).Bind(4, item.EventName);
        return Statement.ForEach(items, Of, rows => rows.All(Item).FirstOrDefault());
    }

    /// <summary>What is open and may be done now, longest waiting first, with the customer's key.</summary>
    public static List<(ExportItem Item, long CustomerKey)> Open(DbConnection connection, long workspaceKey, string name, Instant now, int limit)
    {
        using var rows = connection.Statement($"{Select} AND i.open = 1 AND i.next_at <= ? ORDER BY i.next_at, i.event_seq LIMIT ?");
        return rows.Bind(1, workspaceKey).Bind(2, name).Bind(3, now.Microseconds).Bind(4, (long)limit).All(row => (Item(row), row.Long(16)));
    }

    public static void Put(DbConnection connection, long workspaceKey, string name, long customerKey, ExportItem item) =>
        connection.Write(
            """
            INSERT INTO usage_export_item (workspace_id, name, event_seq, event_name, customer_id, event_id, at, due, sent, taken_at, messages, begun_number, begun_value, begun_at, tries, next_at, open, reason)
            VALUES (@ws, @name, @seq, @event, @customer, @id, @at, @due, @sent, @taken, @messages, @number, @value, @begun, @tries, @next, @open, @reason)
            ON CONFLICT (workspace_id, name, event_seq, event_name) DO UPDATE SET due = excluded.due, sent = excluded.sent, taken_at = excluded.taken_at, messages = excluded.messages,
                begun_number = excluded.begun_number, begun_value = excluded.begun_value, begun_at = excluded.begun_at, tries = excluded.tries, next_at = excluded.next_at,
                open = excluded.open, reason = excluded.reason
            """,
            ("@ws", workspaceKey), ("@name", name), ("@seq", item.EventKey), ("@event", item.EventName), ("@customer", customerKey), ("@id", item.EventId), ("@at", item.At.Microseconds),
            ("@due", Quantity.Format(item.Due)), ("@sent", Quantity.Format(item.Sent)), ("@taken", item.TakenAt?.Microseconds), ("@messages", (long)item.Messages),
            ("@number", item.Begun is { } step ? (long)step.Number : null), ("@value", item.Begun?.Value is { } value ? Quantity.Format(value) : null), ("@begun", item.BegunAt?.Microseconds),
            ("@tries", (long)item.Tries), ("@next", item.NextAt.Microseconds), ("@open", item.IsOpen ? 1L : 0L), ("@reason", item.Reason));

    /// <summary>Forgets what needs nothing more and is too old to be corrected.</summary>
    public static void RemoveDone(DbConnection connection, long workspaceKey, string name, Instant before) =>
        connection.Write(
            """
            DELETE FROM usage_export_item WHERE workspace_id = @ws AND name = @name AND open = 0 AND reason IS NULL AND at < (
                SELECT MAX(at) + 1 FROM (SELECT at FROM usage_export_item WHERE workspace_id = @ws AND name = @name AND open = 0 AND reason IS NULL AND at < @before ORDER BY at LIMIT @limit) AS oldest)
            """,
            ("@ws", workspaceKey), ("@name", name), ("@before", before.Microseconds), ("@limit", MostRemoved));

    private static ExportItem Item(Statement s) => new(s.Long(0), s.Text(1), s.Text(2), s.Text(3), new Instant(s.Long(4)), Number(s.Text(5)))
    {
        Sent = Number(s.Text(6)),
        TakenAt = s.LongOrNull(7) is { } taken ? new Instant(taken) : null,
        Messages = s.Int(8),
        Begun = s.LongOrNull(9) is { } number ? new ExportStep(s.TextOrNull(10) is { } value ? Number(value) : null, (int)number) : null,
        BegunAt = s.LongOrNull(11) is { } begun ? new Instant(begun) : null,
        Tries = s.Int(12),
        NextAt = new Instant(s.Long(13)),
        IsOpen = s.Long(14) != 0,
        Reason = s.TextOrNull(15),
    };

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}
