using System.Data.Common;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>Brings the index of idempotency keys up to the file: at the start all of them, later those that another process has added.</summary>
internal static class KeyLoader
{
    /// <summary>To be called inside the write transaction, so that nothing is added meanwhile.</summary>
    public static void CatchUp(DbConnection connection, WriterMemory memory)
    {
        using var workspaces = connection.Prepare("SELECT workspace_id FROM workspace");
        var keys = new List<long>();
        using (var row = workspaces.ExecuteReader())
        {
            while (row.Read())
            {
                keys.Add(row.GetInt64(0));
            }
        }
        foreach (long workspace in keys)
        {
            long after = memory.Indexed.GetValueOrDefault(workspace);
            long last = new[]
            {
                LoadOperations(connection, memory.Keys, workspace, after),
                LoadIds(connection, memory.Keys, "usage_event", CommandKind.RecordUsage, workspace, after),
                LoadIds(connection, memory.Keys, "cost_event", CommandKind.RecordCost, workspace, after),
            }.Max();
            memory.Indexed[workspace] = Math.Max(after, last);
        }
    }

    private static long LoadOperations(DbConnection connection, IdempotencyIndex index, long workspace, long after)
    {
        using var statement = connection.Statement("SELECT seq, customer_id, kind, idempotency_key FROM operation WHERE workspace_id = ? AND seq > ? ORDER BY seq");
        statement.Bind(1, workspace).Bind(2, after);
        while (statement.Next())
        {
            after = statement.Long(0);
            var key = statement.Utf8(3);
            if (!key.IsEmpty)
            {
                index.Add(index.HashUtf8(workspace, statement.Long(1), statement.Int(2), key), after);
            }
        }
        return after;
    }

    // Rows whose id is their key.
    private static long LoadIds(DbConnection connection, IdempotencyIndex index, string table, CommandKind kind, long workspace, long after)
    {
        using var statement = connection.Statement($"SELECT seq, customer_id, id FROM {table} WHERE workspace_id = ? AND seq > ? ORDER BY seq");
        statement.Bind(1, workspace).Bind(2, after);
        while (statement.Next())
        {
            after = statement.Long(0);
            index.Add(index.HashUtf8(workspace, statement.Long(1), (int)kind, statement.Utf8(2)), after);
        }
        return after;
    }
}
