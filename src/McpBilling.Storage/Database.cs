using System.Data.Common;
using McpBilling.Storage.Postgres;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage;

/// <summary>Where everything is kept: a file (<see cref="DataFile"/>), or a database on a server (<see cref="PostgresDatabase"/>).</summary>
public abstract class Database
{
    /// <summary>How messages call it, without anything secret.</summary>
    public abstract string Name { get; }

    /// <summary>The database that <c>--data</c> names, else <c>MCP_BILLING_DATA</c>, else the user's own file. Touches nothing.</summary>
    /// <param name="option">The value of <c>--data</c>, or null: a path, or <c>postgres://user:password@host/database</c>.</param>
    /// <param name="environment">Reads an environment variable; null or empty when it is not set.</param>
    /// <exception cref="DataFileException">It names nothing that can be used.</exception>
    public static Database Locate(string? option, Func<string, string?> environment)
    {
        string? named = Named(option, environment);
        return PostgresDatabase.IsAddress(named) ? PostgresDatabase.At(named!) : DataFile.Locate(option, environment);
    }

    /// <summary>What <c>--data</c> names, else <c>MCP_BILLING_DATA</c>; null or blank: neither.</summary>
    /// <param name="option">The value of <c>--data</c>, or null.</param>
    /// <param name="environment">Reads an environment variable; null or empty when it is not set.</param>
    public static string? Named(string? option, Func<string, string?> environment) => string.IsNullOrWhiteSpace(option) ? environment("MCP_BILLING_DATA") : option;

    /// <summary>A connection for the one writer of a process. The database must have been prepared by <see cref="Migrator.Prepare"/>.</summary>
    public abstract DbConnection OpenWriter();

    /// <summary>A connection for reads, or for small writes off the hot path.</summary>
    public abstract DbConnection OpenReader();

    /// <summary>What its connections are spoken to with.</summary>
    internal abstract Engine Engine { get; }

    /// <summary>Whether there is a database to look into, ours or not.</summary>
    internal abstract bool Exists { get; }

    /// <summary>Makes what must be there before a connection can be.</summary>
    internal abstract void Create();

    /// <summary>A connection before it is known whether this is ours: nothing has been changed in it.</summary>
    internal abstract DbConnection OpenUntouched();

    /// <summary>Null: nothing is in it. False: it is another program's.</summary>
    internal abstract bool? IsOurs(DbConnection connection);

    /// <summary>What cannot be done inside the transaction of a migration.</summary>
    internal abstract void PrepareMigration(DbConnection connection);

    /// <summary>A step of the schema, written for SQLite, in this engine's words.</summary>
    internal abstract string Schema(string sql);

    /// <summary>Signs an empty database as ours.</summary>
    internal abstract void Sign(DbConnection connection);

    /// <summary>The transaction in hand may last, also while nothing is asked of it.</summary>
    internal virtual void HoldLong(DbConnection connection)
    {
    }

    /// <summary>The names of all tables.</summary>
    internal abstract IReadOnlyList<string> Tables(DbConnection connection);

    /// <summary>A table's columns.</summary>
    internal abstract IReadOnlyList<TableColumn> Columns(DbConnection connection, string table);

    internal abstract DataFileException Explain(DbException e);

    /// <summary>What the engine wants done between two transactions of the writer; null: nothing.</summary>
    internal abstract IUpkeep? Upkeep(Action<string> log);
}
