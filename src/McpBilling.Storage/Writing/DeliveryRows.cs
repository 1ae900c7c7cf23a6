using System.Data.Common;
using Dapper;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Storage.Writing;

/// <summary>The rows of deliveries and attempts, written off the hot path. To be called inside a write transaction.</summary>
internal static class DeliveryRows
{
    /// <summary>What is due for an endpoint: the oldest message first. What was never tried is due, also where the clock of whoever wrote it was ahead.</summary>
    public static (long Key, long MessageKey, OutboxMessage Message)? Due(DbConnection connection, long workspaceKey, long endpointKey, Instant now)
    {
        using var command = connection.Prepare(
            """
            SELECT d.seq, m.seq, m.type, m.at, m.customer, m.data FROM webhook_delivery d JOIN outbox m ON m.workspace_id = d.workspace_id AND m.seq = d.message_seq
            WHERE d.workspace_id = @ws AND d.endpoint_seq = @endpoint AND d.due_at IS NOT NULL AND (d.due_at <= @now OR d.tries = 0)
            ORDER BY d.message_seq, d.seq LIMIT 1
            """,
            ("@ws", workspaceKey), ("@endpoint", endpointKey), ("@now", now.Microseconds));
        using var row = command.ExecuteReader();
        return row.Read()
            ? (row.GetInt64(0), row.GetInt64(1), new OutboxMessage(row.GetString(2), new Instant(row.GetInt64(3)), row.IsDBNull(4) ? null : row.GetString(4), row.GetString(5)))
            : null;
    }

    public static (long EndpointKey, DeliveryState State)? Find(DbConnection connection, long workspaceKey, long key)
    {
        using var command = connection.Prepare(
            "SELECT endpoint_seq, status, tries, due_at FROM webhook_delivery WHERE workspace_id = @ws AND seq = @key", ("@ws", workspaceKey), ("@key", key));
        using var row = command.ExecuteReader();
        return row.Read() ? (row.GetInt64(0), new DeliveryState((DeliveryStatus)row.GetInt64(1), row.GetInt32(2), row.IsDBNull(3) ? null : new Instant(row.GetInt64(3)))) : null;
    }

    public static void Put(DbConnection connection, long workspaceKey, long key, DeliveryState state) => connection.Write(
        "UPDATE webhook_delivery SET status = @status, tries = @tries, due_at = @due WHERE workspace_id = @ws AND seq = @key",
        ("@ws", workspaceKey), ("@key", key), ("@status", (long)state.Status), ("@tries", (long)state.Tries), ("@due", state.DueAt?.Microseconds));

    public static void AddAttempt(DbConnection connection, long workspaceKey, long key, AttemptResult attempt, Instant now)
    {
        connection.Write("UPDATE webhook_delivery SET attempts = attempts + 1 WHERE workspace_id = @ws AND seq = @key", ("@ws", workspaceKey), ("@key", key));
        connection.Write(
            """
            INSERT INTO webhook_attempt (workspace_id, delivery_seq, number, at, outcome, http_status, milliseconds)
            SELECT workspace_id, seq, attempts, @at, @outcome, @status, @took FROM webhook_delivery WHERE workspace_id = @ws AND seq = @key
            """,
            ("@ws", workspaceKey), ("@key", key), ("@at", (now - attempt.Took).Microseconds), ("@outcome", (long)attempt.Outcome), ("@status", (long?)attempt.HttpStatus),
            ("@took", (long)attempt.Took.TotalMilliseconds));
    }

    /// <summary>Ends what waits for an endpoint.</summary>
    /// <param name="olderThan">Only deliveries that began before.</param>
    public static int Skip(DbConnection connection, long workspaceKey, long endpointKey, Instant olderThan) => connection.Execute(
        "UPDATE webhook_delivery SET status = @skipped, due_at = NULL WHERE workspace_id = @ws AND endpoint_seq = @endpoint AND due_at IS NOT NULL AND created_at < @before",
        ("@ws", workspaceKey), ("@endpoint", endpointKey), ("@skipped", (long)DeliveryStatus.Skipped), ("@before", olderThan.Microseconds));

    /// <summary>Forgets deliveries that are over and began before a time, and messages that have none any more; never the last of each, whose keys must not come again.</summary>
    /// <param name="most">Rows at most.</param>
    public static int Forget(DbConnection connection, long workspaceKey, Instant before, int most)
    {
        // Deliveries begin in the order of their keys and of their messages: the first says whether there is anything to forget.
        if (connection.Scalar<long?>("SELECT created_at FROM webhook_delivery WHERE workspace_id = @ws ORDER BY seq LIMIT 1", ("@ws", workspaceKey)) is not { } first || first >= before.Microseconds)
        {
            return 0;
        }
        var over = connection.Query<long>(
            """
            SELECT seq FROM webhook_delivery WHERE workspace_id = @ws AND created_at < @before AND due_at IS NULL
                AND seq < (SELECT MAX(seq) FROM webhook_delivery WHERE workspace_id = @ws) ORDER BY seq LIMIT @most
            """,
            new { ws = workspaceKey, before = before.Microseconds, most }).AsList();
        foreach (long key in over)
        {
            connection.Write("DELETE FROM webhook_attempt WHERE workspace_id = @ws AND delivery_seq = @key", ("@ws", workspaceKey), ("@key", key));
            connection.Write("DELETE FROM webhook_delivery WHERE workspace_id = @ws AND seq = @key", ("@ws", workspaceKey), ("@key", key));
        }
        connection.Write(
            "DELETE FROM outbox WHERE workspace_id = @ws AND seq < (SELECT message_seq FROM webhook_delivery WHERE workspace_id = @ws ORDER BY seq LIMIT 1)", ("@ws", workspaceKey));
        return over.Count;
    }

    /// <summary>Keeps an endpoint for a taker, or lets it go (<see cref="Instant"/> of zero).</summary>
    public static void Lease(DbConnection connection, long workspaceKey, long endpointKey, Instant until) => connection.Write(
        "UPDATE webhook_endpoint SET busy_until = @until WHERE workspace_id = @ws AND endpoint_seq = @endpoint", ("@ws", workspaceKey), ("@endpoint", endpointKey), ("@until", until.Microseconds));

    /// <summary>Until when an endpoint is kept for whoever took it; now and before: for nobody.</summary>
    public static Instant LeasedUntil(DbConnection connection, long workspaceKey, long endpointKey) =>
        new(connection.Scalar<long>("SELECT busy_until FROM webhook_endpoint WHERE workspace_id = @ws AND endpoint_seq = @endpoint", ("@ws", workspaceKey), ("@endpoint", endpointKey)));
}
