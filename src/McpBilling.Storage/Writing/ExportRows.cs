using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Payments.Exporting;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>The rows of an export, and the part of the ledger that it goes over. To be called inside a write transaction.</summary>
internal static class ExportRows
{
    public const string Columns =
        "i.event_seq, i.event_id, c.id, i.event_name, i.at, i.due, i.sent, i.taken_at, i.messages, i.begun_number, i.begun_value, i.begun_at, i.tries, i.next_at, i.open, i.reason, i.customer_id";

    public const string From = "FROM usage_export_item i JOIN customer c ON c.workspace_id = i.workspace_id AND c.customer_id = i.customer_id";

    // In one command: the rest goes with the next ones.
    private const int MostRemoved = 500;

    public static long? Watermark(DbConnection connection, long workspaceKey, string name) =>
        connection.Scalar<long?>("SELECT watermark FROM usage_export WHERE workspace_id = @ws AND name = @name", ("@ws", workspaceKey), ("@name", name));

    public static void SetWatermark(DbConnection connection, long workspaceKey, string name, long watermark, Instant now) =>
        connection.Execute(
            """
            INSERT INTO usage_export (workspace_id, name, watermark, begun_at) VALUES (@ws, @name, @watermark, @now)
            ON CONFLICT (workspace_id, name) DO UPDATE SET watermark = excluded.watermark
            """,
            ("@ws", workspaceKey), ("@name", name), ("@watermark", watermark), ("@now", now.Microseconds));

    /// <summary>What the biller knows a customer by as a payment processor; null: it was never asked for a payment.</summary>
    public static string? Account(DbConnection connection, long workspaceKey, string name, long customerKey) =>
        connection.Scalar<string>(
            "SELECT reference FROM processor_account WHERE workspace_id = @ws AND customer_id = @customer AND processor = @name", ("@ws", workspaceKey), ("@customer", customerKey), ("@name", name));

    public static List<long> Events(DbConnection connection, long workspaceKey, long after, long upTo)
    {
        using var command = connection.Prepare(
            "SELECT seq FROM usage_event WHERE workspace_id = @ws AND seq > @after AND seq <= @up ORDER BY seq", ("@ws", workspaceKey), ("@after", after), ("@up", upTo));
        using var row = command.ExecuteReader();
        var found = new List<long>();
        while (row.Read())
        {
            found.Add(row.GetInt64(0));
        }
        return found;
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

    public static ExportItem? Find(DbConnection connection, long workspaceKey, string name, long eventKey, string eventName) =>
        Read(connection, "i.event_seq = @seq AND i.event_name = @event", workspaceKey, name, ("@seq", eventKey), ("@event", eventName)).Select(r => r.Item).FirstOrDefault();

    /// <summary>What is open and may be done now, longest waiting first, with the customer's key.</summary>
    public static List<(ExportItem Item, long CustomerKey)> Open(DbConnection connection, long workspaceKey, string name, Instant now, int limit) =>
        Read(connection, "i.open = 1 AND i.next_at <= @now ORDER BY i.next_at, i.event_seq LIMIT @limit", workspaceKey, name, ("@now", now.Microseconds), ("@limit", limit));

    public static void Put(DbConnection connection, long workspaceKey, string name, long customerKey, ExportItem item) =>
        connection.Execute(
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
        connection.Execute(
            """
            DELETE FROM usage_export_item WHERE workspace_id = @ws AND name = @name AND open = 0 AND reason IS NULL AND at < (
                SELECT MAX(at) + 1 FROM (SELECT at FROM usage_export_item WHERE workspace_id = @ws AND name = @name AND open = 0 AND reason IS NULL AND at < @before ORDER BY at LIMIT @limit) AS oldest)
            """,
            ("@ws", workspaceKey), ("@name", name), ("@before", before.Microseconds), ("@limit", MostRemoved));

    private static List<(ExportItem Item, long CustomerKey)> Read(DbConnection connection, string where, long workspaceKey, string name, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Prepare($"SELECT {Columns} {From} WHERE i.workspace_id = @ws AND i.name = @name AND {where}", [("@ws", workspaceKey), ("@name", name), .. parameters]);
        using var row = command.ExecuteReader();
        var found = new List<(ExportItem, long)>();
        while (row.Read())
        {
            found.Add((Item(row), row.GetInt64(16)));
        }
        return found;
    }

    public static ExportItem Item(DbDataReader row) => new(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), new Instant(row.GetInt64(4)), Number(row.GetString(5)))
    {
        Sent = Number(row.GetString(6)),
        TakenAt = row.IsDBNull(7) ? null : new Instant(row.GetInt64(7)),
        Messages = row.GetInt32(8),
        Begun = row.IsDBNull(9) ? null : new ExportStep(row.IsDBNull(10) ? null : Number(row.GetString(10)), row.GetInt32(9)),
        BegunAt = row.IsDBNull(11) ? null : new Instant(row.GetInt64(11)),
        Tries = row.GetInt32(12),
        NextAt = new Instant(row.GetInt64(13)),
        IsOpen = row.GetInt64(14) != 0,
        Reason = row.IsDBNull(15) ? null : row.GetString(15),
    };

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}
