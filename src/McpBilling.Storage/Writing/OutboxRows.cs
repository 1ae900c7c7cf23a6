using System.Data.Common;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Storage.Writing;

/// <summary>The statements that write messages and their deliveries. All of it runs on the writer's thread.</summary>
internal sealed class OutboxRows(DbConnection db) : IDisposable
{
    private readonly Statement _insertMessage = db.Statement("INSERT INTO outbox (workspace_id, seq, at, written_at, type, customer, data) VALUES (?, ?, ?, ?, ?, ?, ?)");

    private readonly Statement _insertDelivery = db.Statement("INSERT INTO webhook_delivery (workspace_id, seq, endpoint_seq, message_seq, status, created_at, due_at, attempts, tries) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)");

    /// <summary>Writes a message with a delivery for each of these endpoints.</summary>
    /// <param name="now">The machine's time.</param>
    /// <returns>The key of the last delivery.</returns>
    public long Add(WorkspaceRecord workspace, OutboxMessage message, IEnumerable<long> endpoints, Instant now)
    {
        long seq = ++workspace.LastMessage;
        _insertMessage.Bind(1, workspace.Key).Bind(2, seq).Bind(3, message.At.Microseconds).Bind(4, now.Microseconds).Bind(5, message.Type).Bind(6, message.CustomerId).Bind(7, message.Data).Run();
        var begun = DeliveryState.Begun(now);
        foreach (long endpoint in endpoints)
        {
            _insertDelivery.Bind(1, workspace.Key).Bind(2, ++workspace.LastDelivery).Bind(3, endpoint).Bind(4, seq).Bind(5, (long)begun.Status)
                .Bind(6, now.Microseconds).Bind(7, begun.DueAt?.Microseconds).Run();
        }
        return workspace.LastDelivery;
    }

    public void Dispose()
    {
        _insertMessage.Dispose();
        _insertDelivery.Dispose();
    }
}
