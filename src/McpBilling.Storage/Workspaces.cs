using System.Data.Common;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage;

/// <summary>The workspaces <c>default</c>, one per mode: test from the first run on, live from its first key on.</summary>
internal static class Workspaces
{
    public const string DefaultName = "default";

    public static string NameOf(Mode mode) => mode == Mode.Live ? "live" : "test";

    public static Mode ModeOf(string name) => name == "live" ? Mode.Live : Mode.Test;

    /// <summary>The default workspace's key, or null when there is none in this mode.</summary>
    public static long? Find(DbConnection connection, Mode mode) =>
        connection.Scalar<long?>("SELECT workspace_id FROM workspace WHERE name = @name AND mode = @mode", ("@name", DefaultName), ("@mode", NameOf(mode)));

    /// <summary>Makes the workspace when it is missing. To be called inside a write transaction.</summary>
    public static long Ensure(DbConnection connection, Mode mode, Instant now)
    {
        if (Find(connection, mode) is { } existing)
        {
            return existing;
        }
        long key = connection.Scalar<long>("SELECT COALESCE(MAX(workspace_id), 0) + 1 FROM workspace");
        connection.Execute(
            """
            INSERT INTO workspace (workspace_id, name, mode, created_at, test_clock, latest_at, catalog_version, catalog_document, catalog_archive)
            VALUES (@key, @name, @mode, @now, NULL, 0, 0, '{}', '{}')
            """,
            ("@key", key), ("@name", DefaultName), ("@mode", NameOf(mode)), ("@now", now.Microseconds));
        return key;
    }
}
