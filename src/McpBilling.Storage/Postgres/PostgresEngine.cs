using System.Data.Common;

namespace McpBilling.Storage.Postgres;

/// <summary>
/// PostgreSQL: one writer at a time on the whole database, whichever program it is in, by an advisory lock that ends with the transaction
/// (docs/decisions/0019). So what holds for processes on one file holds for replicas too.
/// </summary>
internal sealed class PostgresEngine : Engine
{
    public override bool IsFar => true;

    public override Statement Statement(DbConnection connection, string sql) => new PostgresStatement((PostgresConnection)connection, sql);

    public override void Write(DbCommand command) => ((PostgresCommand)command).Wait();

    public override void BeginRead(DbConnection connection) => ((PostgresConnection)connection).BeginRead("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");

    public override void EndRead(DbConnection connection) => ((PostgresConnection)connection).EndRead();

    public override T InWriteTransaction<T>(DbConnection connection, Func<T> work, ChangedRows? changed = null)
    {
        using var transactions = Transactions(connection);
        transactions.Begin();
        try
        {
            T result = work();
            transactions.Commit(changed is null ? null : () => changed);
            return result;
        }
        catch
        {
            transactions.Rollback();
            throw;
        }
    }

    public override WriteTransactions Transactions(DbConnection connection) => new PostgresTransactions((PostgresConnection)connection);

    public override long? Version(DbConnection connection) => null;

    // Data checksums and amcheck are the server's.
    public override IEnumerable<string> Damages(DbConnection connection) => [];
}
