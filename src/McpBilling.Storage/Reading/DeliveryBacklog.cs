using System.Data.Common;
using McpBilling.Money;

namespace McpBilling.Storage.Reading;

/// <summary>What is to be told by webhooks and is not told yet, over all workspaces: for whoever runs the program.</summary>
/// <param name="Waiting">Deliveries to endpoints that are turned on, tried before or not.</param>
/// <param name="OldestDue">When the oldest of them is to be tried; null where none waits. Long past: nobody delivers.</param>
public sealed record DeliveryBacklog(long Waiting, Instant? OldestDue)
{
    internal static DeliveryBacklog Read(DbConnection connection)
    {
        using var command = connection.Prepare(
            """
            SELECT COUNT(*), MIN(d.due_at) FROM webhook_delivery d
            JOIN webhook_endpoint e ON e.workspace_id = d.workspace_id AND e.endpoint_seq = d.endpoint_seq
            WHERE d.due_at IS NOT NULL AND e.enabled = 1 AND e.deleted_at IS NULL
            """);
        using var row = command.ExecuteReader();
        row.Read();
        return new DeliveryBacklog(row.GetInt64(0), row.IsDBNull(1) ? null : new Instant(row.GetInt64(1)));
    }
}
