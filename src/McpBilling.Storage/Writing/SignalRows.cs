using System.Data.Common;
using McpBilling.Integration;
using McpBilling.Money;

namespace McpBilling.Storage.Writing;

/// <summary>The rows of <c>integration_signal</c>: a count per hour and kind, at most so many, none older than a month and a bit.</summary>
internal static class SignalRows
{
    public const long MicrosecondsAnHour = 3_600_000_000;
    private const int KeptDays = 35;

    /// <summary>Rows of a workspace; beyond it the oldest hours go.</summary>
    public const long MaxRows = 20_000;

    /// <summary>To be called inside a write transaction.</summary>
    /// <param name="now">The workspace's time: on a test clock signals lie where its events lie.</param>
    public static void Add(DbConnection connection, WorkspaceRecord workspace, IReadOnlyList<CountedSignal> signals, Instant now)
    {
        foreach (var s in signals)
        {
            var (first, last) = workspace.TestClock is { } clock ? (clock, clock) : (s.FirstAt, s.LastAt);
            connection.Write(
                """
                INSERT INTO integration_signal
                    (workspace_id, hour, operation, code, field, absent, customer_id, event_type, item, key_id, environment, count, first_at, last_at, detail)
                VALUES (@ws, @hour, @operation, @code, @field, @absent, @customer, @type, @item, @key, @environment, @count, @first, @last, @detail)
                ON CONFLICT (workspace_id, hour, operation, code, field, absent, customer_id, event_type, item, key_id, environment)
                DO UPDATE SET count = integration_signal.count + excluded.count, last_at = excluded.last_at, detail = excluded.detail
                """,
                ("@ws", workspace.Key), ("@hour", first.Microseconds / MicrosecondsAnHour), ("@operation", s.Signal.Operation), ("@code", s.Signal.Code),
                ("@field", s.Signal.Field), ("@absent", s.Signal.Absent ? 1L : 0L), ("@customer", s.Signal.CustomerId), ("@type", s.Signal.EventType),
                ("@item", s.Signal.Item), ("@key", s.Signal.KeyId), ("@environment", s.Signal.Environment), ("@count", s.Count),
                ("@first", first.Microseconds), ("@last", last.Microseconds), ("@detail", s.Signal.Detail));
        }
        Prune(connection, workspace.Key, now);
    }

    private static void Prune(DbConnection connection, long workspaceKey, Instant now)
    {
        connection.Write(
            "DELETE FROM integration_signal WHERE workspace_id = @ws AND hour < @oldest",
            ("@ws", workspaceKey), ("@oldest", (now - TimeSpan.FromDays(KeptDays)).Microseconds / MicrosecondsAnHour));
        if (connection.Scalar<long>("SELECT COUNT(*) FROM integration_signal WHERE workspace_id = @ws", ("@ws", workspaceKey)) <= MaxRows)
        {
            return;
        }
        // Whole hours go, the oldest first; an hour that alone is too much loses what was counted once.
        connection.Write(
            """
            DELETE FROM integration_signal WHERE workspace_id = @ws AND hour <=
                (SELECT hour FROM integration_signal WHERE workspace_id = @ws ORDER BY hour DESC LIMIT 1 OFFSET @max) AND
                (count = 1 OR hour < (SELECT MAX(hour) FROM integration_signal WHERE workspace_id = @ws))
            """,
            ("@ws", workspaceKey), ("@max", MaxRows));
    }
}
