using System.Data.Common;
using McpBilling.Operations;

namespace McpBilling.Storage.Writing;

/// <summary>The rows of leases, written off the hot path.</summary>
internal static class LeaseRows
{
    // Work that is done for all workspaces.
    private const long AllWorkspaces = 0;

    public static StoredLease Find(DbConnection connection, string name)
    {
        using var command = connection.Prepare("SELECT owner, version FROM lease WHERE workspace_id = @ws AND name = @name", ("@ws", AllWorkspaces), ("@name", name));
        using var row = command.ExecuteReader();
        return row.Read() ? new StoredLease(name, row.IsDBNull(0) ? null : row.GetString(0), row.GetInt64(1)) : new StoredLease(name, null, 0);
    }

    /// <summary>Changes what is still as it was when it was judged. To be called inside a write transaction.</summary>
    public static IReadOnlyList<StoredLease> Set(DbConnection connection, SetLeases command)
    {
        var leases = new List<StoredLease>(command.Changes.Count);
        foreach (var change in command.Changes)
        {
            // Between the reading and the writing another process may have been first where the engine lets two write at once: only one finds the version.
            var before = Find(connection, change.Name);
            var after = before.After(change);
            leases.Add(after == before || Write(connection, change, after) == 1 ? after : Find(connection, change.Name));
        }
        return leases;
    }

    private static int Write(DbConnection connection, LeaseChange change, StoredLease after) => change.Version == 0
        ? connection.Execute(
            "INSERT INTO lease (workspace_id, name, owner, version) VALUES (@ws, @name, @owner, @after) ON CONFLICT (workspace_id, name) DO NOTHING",
            ("@ws", AllWorkspaces), ("@name", change.Name), ("@owner", after.Owner), ("@after", after.Version))
        : connection.Execute(
            "UPDATE lease SET owner = @owner, version = @after WHERE workspace_id = @ws AND name = @name AND version = @before",
            ("@ws", AllWorkspaces), ("@name", change.Name), ("@owner", after.Owner), ("@after", after.Version), ("@before", change.Version));
}
