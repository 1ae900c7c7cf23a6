using System.Data.Common;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>Brings the index of idempotency keys up to the file: at the start all of them, later those that another process has added.</summary>
internal static class KeyLoader
{
    // So few are left to the transaction.
    private const int FewKeys = 5_000;

    /// <summary>Reads all but the last few without the lock, so that whoever starts on a large ledger keeps nobody from writing. Not to be called inside a transaction.</summary>
    public static void ReadAhead(DbConnection connection, WriterMemory memory)
    {
        long before;
        do
        {
            before = memory.Keys.Count;
            // One snapshot: of tables that were read one after the other, the last would hide what came to the first.
            Engine.Of(connection).BeginRead(connection);
            CatchUp(connection, memory);
            Engine.Of(connection).EndRead(connection);
        }
        while (memory.Keys.Count - before > FewKeys);
    }

    /// <summary>To be called inside a transaction that sees one state of the database: the write transaction, so that nothing is added after it.</summary>
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
            CatchUp(connection, memory, workspace);
        }
    }

    /// <summary>The same for one workspace.</summary>
    public static void CatchUp(DbConnection connection, WriterMemory memory, long workspace)
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
