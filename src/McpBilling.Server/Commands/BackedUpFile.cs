using McpBilling.Storage;
using McpBilling.Storage.Postgres;

namespace McpBilling.Server.Commands;

/// <summary>The data file that <c>backup</c> and <c>restore</c> work on. A server has tools of its own for both, which know its log and its standbys.</summary>
internal static class BackedUpFile
{
    private const string Page = "https://github.com/mcp-billing/mcp-billing/blob/main/docs/operations/backups.md#postgresql";

    /// <param name="option">The value of <c>--data</c>, or null.</param>
    /// <param name="command">What was asked for, as it is typed.</param>
    /// <exception cref="CommandException">The data is on a server.</exception>
    /// <exception cref="DataFileException">It names no file.</exception>
    public static DataFile Locate(string? option, string command, Terminal terminal)
    {
        return PostgresDatabase.IsAddress(Database.Named(option, terminal.Environment))
            ? throw new CommandException(
                $"{command} is for a data file, and --data (or MCP_BILLING_DATA) names a PostgreSQL server. Its own tools do it while replicas write: pg_dump and pg_restore for a copy, a base backup with its log for any moment. "
                + $"Each command, and mcp-billing verify at the end: {Page}")
            : DataFile.Locate(option, terminal.Environment);
    }
}
