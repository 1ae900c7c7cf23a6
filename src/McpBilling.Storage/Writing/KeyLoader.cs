using System.Data.Common;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>
/// Brings the index of idempotency keys up to the file, a workspace at a time: at the start all of them, later those that another process has added. To be read inside a
/// transaction that sees one state of the database: the write transaction, so that nothing is added after it.
/// </summary>
internal sealed class KeyLoader : IDisposable
{
    // So few are left to the transaction.
    private const int FewKeys = 5_000;

    private readonly WriterMemory _memory;
    private readonly long _workspace;
    private readonly Statement _operations, _usage, _costs;

    public KeyLoader(DbConnection connection, WriterMemory memory, long workspace)
    {
        (_memory, _workspace) = (memory, workspace);
        _operations = After("SELECT seq, customer_id, kind, idempotency_key FROM operation WHERE workspace_id = ? AND seq > ? ORDER BY seq");
        // Rows whose id is their key.
        _usage = After("SELECT seq, customer_id, id FROM usage_event WHERE workspace_id = ? AND seq > ? ORDER BY seq");
        _costs = After("SELECT seq, customer_id, id FROM cost_event WHERE workspace_id = ? AND seq > ? ORDER BY seq");

        Statement After(string sql) => connection.Statement(sql).Bind(1, workspace).Bind(2, memory.Indexed.GetValueOrDefault(workspace));
    }

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

    /// <summary>Reads those of all workspaces.</summary>
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
            using var loader = new KeyLoader(connection, memory, workspace);
            loader.Read();
        }
    }

    /// <summary>Where few are to be expected, they come with what else is expected before they are read; else row after row, as there may be millions.</summary>
    public void Expect()
    {
        _operations.Expect();
        _usage.Expect();
        _costs.Expect();
    }

    public void Read()
    {
        long after = _memory.Indexed.GetValueOrDefault(_workspace);
        _memory.Indexed[_workspace] = Math.Max(after, new[] { ReadOperations(), ReadIds(_usage, CommandKind.RecordUsage), ReadIds(_costs, CommandKind.RecordCost) }.Max());
    }

    public void Dispose()
    {
        _operations.Dispose();
        _usage.Dispose();
        _costs.Dispose();
    }

    private long ReadOperations()
    {
        long last = 0;
        while (_operations.Next())
        {
            last = _operations.Long(0);
            var key = _operations.Utf8(3);
            if (!key.IsEmpty)
            {
                _memory.Keys.Add(_memory.Keys.HashUtf8(_workspace, _operations.Long(1), _operations.Int(2), key), last);
            }
        }
        return last;
    }

    private long ReadIds(Statement rows, CommandKind kind)
    {
        long last = 0;
        while (rows.Next())
        {
            last = rows.Long(0);
            _memory.Keys.Add(_memory.Keys.HashUtf8(_workspace, rows.Long(1), (int)kind, rows.Utf8(2)), last);
        }
        return last;
    }
}
