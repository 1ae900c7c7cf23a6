using System.Data.Common;
using System.Globalization;
using McpBilling.Operations;

namespace McpBilling.Storage;

/// <summary>
/// Whom a database lets write. A program that runs while a newer one migrates its database may go on where the migration only adds; else it must stop, or what it
/// writes would lack what the newer one relies on. The database itself says which (docs/decisions/0021): every transaction that finds that somebody else has
/// written asks, and a migration is somebody else.
/// </summary>
internal static class WriteAdmission
{
    private const string MovedTo = "moved_to", WritersFrom = "writers_from";

    /// <summary>Says where the data of a database has gone.</summary>
    public static void SetDestination(DbConnection connection, string name) => Set(connection, MovedTo, name);

    /// <summary>Where the data of a database has gone; null: it is here.</summary>
    public static string? Destination(DbConnection connection) => connection.Scalar<string>("SELECT value FROM meta WHERE name = @name", ("@name", MovedTo));

    /// <summary>What a database says here is about itself and goes nowhere with its data.</summary>
    public static bool IsOwn(string name) => name is MovedTo or WritersFrom;

    /// <summary>Says which step of the schema writers must know from now on: the last one that ends older writers. In the transaction of the steps themselves.</summary>
    public static void Demand(DbConnection connection, IReadOnlyList<Migration> taken) =>
        Set(connection, WritersFrom, taken.Where(m => m.EndsOlderWriters).Max(m => m.Number).ToString(CultureInfo.InvariantCulture));

    /// <summary>Asks whether this program may write. In a write transaction the answer stays true until its end.</summary>
    /// <exception cref="WritesRefusedException">It may not.</exception>
    public static void Require(DbConnection connection)
    {
        string? gone = null;
        int from = 0;
        using (var command = connection.Prepare("SELECT name, value FROM meta WHERE name IN (@moved, @from)", ("@moved", MovedTo), ("@from", WritersFrom)))
        using (var row = command.ExecuteReader())
        {
            while (row.Read())
            {
                (gone, from) = row.GetString(0) == MovedTo ? (row.GetString(1), from) : (gone, int.Parse(row.GetString(1), CultureInfo.InvariantCulture));
            }
        }
        if (gone is not null)
        {
            throw new WritesRefusedException(new BillingException(ErrorCode.TryAgain, $"The data was moved to {gone}; start mcp-billing with --data for it."));
        }
        if (from > Migrator.CurrentVersion)
        {
            throw new WritesRefusedException(Outdated($"A newer mcp-billing has changed the database: who writes must know its schema {from}, and this one knows {Migrator.CurrentVersion}."));
        }
    }

    /// <summary>One write transaction off the hot path, if this program may write.</summary>
    /// <param name="changed">What it changes of that which writers keep in memory; null: anything.</param>
    /// <exception cref="BillingException">It may not.</exception>
    public static T Write<T>(DbConnection connection, Func<T> work, ChangedRows? changed = null)
    {
        try
        {
            return connection.InWriteTransaction(() =>
            {
                Require(connection);
                return work();
            }, changed);
        }
        catch (WritesRefusedException e)
        {
            throw e.Answer;
        }
    }

    /// <summary>Why a statement that reads may have been refused: the database has steps of the schema that this program does not know. Null: that is not it.</summary>
    public static BillingException? Newer(DbConnection connection)
    {
        long version = connection.Scalar<long>("SELECT MAX(version) FROM schema_version");
        return version > Migrator.CurrentVersion ? Outdated($"A newer mcp-billing has changed the database: this is kept otherwise in its schema {version}, and this one knows {Migrator.CurrentVersion}.") : null;
    }

    private static BillingException Outdated(string detail) => new(ErrorCode.ProgramOutdated, detail);

    private static void Set(DbConnection connection, string name, string value) =>
        connection.Execute("INSERT INTO meta (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", ("@name", name), ("@value", value));
}

/// <summary>This program may not write to this database, for as long as it runs unless the database is put back.</summary>
internal sealed class WritesRefusedException(BillingException answer) : Exception(answer.Detail)
{
    /// <summary>What whoever wants to write is told.</summary>
    public BillingException Answer { get; } = answer;
}
