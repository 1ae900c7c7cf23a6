using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace McpBilling.Storage.Sqlite;

/// <summary>The embedded engine: one file, one writer at a time by SQLite's own lock.</summary>
internal sealed class SqliteEngine : Engine
{
    public override bool IsFar => false;

    public override Statement Statement(DbConnection connection, string sql) => new SqliteStatement(((SqliteConnection)connection).Handle!, sql);

    // Its snapshot is of the first read in it.
    public override void Write(DbCommand command) => command.ExecuteNonQuery();

    public override void BeginRead(DbConnection connection) => connection.Execute("BEGIN");

    public override void EndRead(DbConnection connection) => connection.Execute("COMMIT");

    // By ADO.NET, which goes on trying where SQLite answers busy at once (the switch to WAL). Files tell nobody what was changed.
    public override T InWriteTransaction<T>(DbConnection connection, Func<T> work, ChangedRows? changed = null)
    {
        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            T result = work();
            connection.Execute("COMMIT");
            return result;
        }
        catch
        {
            // A failed COMMIT may have rolled back by itself (disk full).
            if (raw.sqlite3_get_autocommit(((SqliteConnection)connection).Handle) == 0)
            {
                connection.Execute("ROLLBACK");
            }
            throw;
        }
    }

    public override WriteTransactions Transactions(DbConnection connection) => new SqliteTransactions((SqliteConnection)connection);

    public override long? Version(DbConnection connection) => connection.Scalar<long>("PRAGMA data_version");

    public override IEnumerable<string> Damages(DbConnection connection) => connection.Query<string>("PRAGMA quick_check").Where(line => line != "ok");
}
