using System.Data.Common;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>Brings the index of idempotency keys up to the file: at the start all of them, later those that another process has added.</summary>
internal static class KeyLoader
{
    /// <summary>
    /// Reads the keys that there are, in one snapshot and without the write lock: a second for each million, for which other processes shall not have to wait. What
    /// they add meanwhile is little, and <see cref="CatchUp"/> reads it.
    /// </summary>
    public static void Begin(DbConnection connection, WriterMemory memory)
    {
        var engine = Engine.Of(connection);
        engine.BeginRead(connection);
        CatchUp(connection, memory);
        engine.EndRead(connection);
    }

    /// <summary>To be called inside a transaction that sees one snapshot or keeps others from writing: the three tables count in one sequence.</summary>
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
        using var statement = connection.Statement("SELECT seq, customer_id, kind, idempotency_key FROM operation WHERE workspace_id = ? AND seq > ?");
        statement.Bind(1, workspace).Bind(2, after);
        while (statement.Next())
        {
            after = Math.Max(after, statement.Long(0));
            var key = statement.Utf8(3);
            if (!key.IsEmpty)
            {
                index.Add(index.HashUtf8(workspace, statement.Long(1), statement.Int(2), key), statement.Long(0));
            }
        }
        return after;
    }

    // Rows whose id is their key.
    private static long LoadIds(DbConnection connection, IdempotencyIndex index, string table, CommandKind kind, long workspace, long after)
    {
        using var statement = connection.Statement($"SELECT seq, customer_id, id FROM {table} WHERE workspace_id = ? AND seq > ?");
        statement.Bind(1, workspace).Bind(2, after);
        while (statement.Next())
        {
            after = Math.Max(after, statement.Long(0));
            index.Add(index.HashUtf8(workspace, statement.Long(1), (int)kind, statement.Utf8(2)), statement.Long(0));
        }
        return after;
    }
}
