using System.Collections.Frozen;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Storage;

/// <summary>Callers for jobs that act for a whole workspace, with no right but that.</summary>
public sealed class WorkspaceCallers(Database database)
{
    /// <summary>The workspaces in which something has fallen due; looks without the writer.</summary>
    public IReadOnlyList<Caller> Due(TimeProvider time) => Callers(
        """
        SELECT w.workspace_id, w.mode FROM workspace w WHERE EXISTS
            (SELECT 1 FROM customer c WHERE c.workspace_id = w.workspace_id AND c.next_due_at <= COALESCE(w.test_clock, @now))
        """,
        ("@now", Instant.From(time.GetUtcNow()).Microseconds));

    /// <summary>The workspaces in which a delivery is due to an endpoint that nobody delivers to; looks without the writer.</summary>
    /// <param name="now">The machine's time.</param>
    /// <param name="claim">How long a claim lasts.</param>
    public IReadOnlyList<Caller> WithDueDeliveries(Instant now, TimeSpan claim) => Callers(
        """
        SELECT w.workspace_id, w.mode FROM workspace w WHERE EXISTS
            (SELECT 1 FROM webhook_endpoint e JOIN webhook_delivery d ON d.workspace_id = e.workspace_id AND d.endpoint_seq = e.endpoint_seq
             WHERE e.workspace_id = w.workspace_id AND e.enabled = 1 AND e.deleted_at IS NULL AND (e.busy_until <= @now OR e.busy_until > @beyond) AND d.due_at IS NOT NULL AND (d.due_at <= @now OR d.tries = 0))
        """,
        ("@now", now.Microseconds), ("@beyond", ClaimDeliveries.VoidAfter(now, claim).Microseconds));

    /// <summary>Every workspace.</summary>
    public IReadOnlyList<Caller> All() => Callers("SELECT workspace_id, mode FROM workspace ORDER BY workspace_id");

    private List<Caller> Callers(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var connection = database.OpenReader();
        using var command = connection.Prepare(sql, parameters);
        using var row = command.ExecuteReader();
        var callers = new List<Caller>();
        while (row.Read())
        {
            callers.Add(new Caller(row.GetInt64(0), Workspaces.ModeOf(row.GetString(1)), FrozenSet<string>.Empty));
        }
        return callers;
    }
}
