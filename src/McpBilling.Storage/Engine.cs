using System.Data.Common;
using McpBilling.Storage.Postgres;
using McpBilling.Storage.Sqlite;

namespace McpBilling.Storage;

/// <summary>What must differ between the databases that the same SQL runs on. Found by the kind of a connection, or of a database.</summary>
internal abstract class Engine
{
    public static readonly Engine Sqlite = new SqliteEngine(), Postgres = new PostgresEngine();

    /// <summary>Whether each question is a way over the network, so that several are better asked at once (<see cref="McpBilling.Storage.Statement.Expect"/>).</summary>
    public abstract bool IsFar { get; }

    public static Engine Of(DbConnection connection) => connection is PostgresConnection ? Postgres : Sqlite;

    /// <summary>A statement with <c>?</c> where values go.</summary>
    public abstract Statement Statement(DbConnection connection, string sql);

    /// <inheritdoc cref="Commands.Write"/>
    public abstract void Write(DbCommand command);

    /// <summary>Begins a transaction whose reads all see one snapshot.</summary>
    public abstract void BeginRead(DbConnection connection);

    /// <summary>Ends a transaction that only read.</summary>
    public abstract void EndRead(DbConnection connection);

    /// <summary>Runs work in one write transaction, off the hot path.</summary>
    /// <param name="changed">What it changes of that which writers keep in memory; null: they are to take anything for changed.</param>
    public abstract T InWriteTransaction<T>(DbConnection connection, Func<T> work, ChangedRows? changed = null);

    /// <summary>Transactions that write, on this connection.</summary>
    public abstract WriteTransactions Transactions(DbConnection connection);

    /// <summary>Changes with every commit of another connection; in a transaction it is that of the snapshot, which is taken now if none was. Null: the engine does not tell.</summary>
    public abstract long? Version(DbConnection connection);

    /// <summary>What the database itself finds damaged.</summary>
    public abstract IEnumerable<string> Damages(DbConnection connection);
}

/// <summary>Transactions of one connection, of which one at a time on the whole database can write: whoever has begun sees everything that was committed before.</summary>
internal abstract class WriteTransactions : IDisposable
{
    /// <summary>Takes the write lock.</summary>
    /// <returns>What somebody else may have changed since the last transaction of these: it is stale in memory.</returns>
    /// <exception cref="StorageException">Another one wrote for longer than can be waited.</exception>
    public abstract ChangedRows Begin();

    /// <param name="changed">What this one changed, for the others; null: they are to take anything for changed.</param>
    /// <exception cref="StorageException">Refused; nothing was written.</exception>
    /// <exception cref="UntoldException">It is not known whether it was written.</exception>
    public abstract void Commit(Func<ChangedRows>? changed = null);

    /// <summary>Gives up what was begun, if anything is.</summary>
    public abstract void Rollback();

    /// <summary>What memory holds may not be what the database holds: the next <see cref="Begin"/> says that anything may have changed.</summary>
    public abstract void Distrust();

    public abstract void Dispose();
}

/// <summary>The batch is durable, or may be, and then something broke before anybody was told.</summary>
internal sealed class UntoldException(Exception cause) : Exception("broken at or after the commit: " + cause.Message, cause);
