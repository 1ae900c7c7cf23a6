using System.Data.Common;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage;

/// <summary>
/// Brings a data file to the schema of this program: numbered steps, forward only, under the write lock, so that processes that start at the same
/// moment on a fresh file agree. Refuses files that are not ours and files that a newer program wrote, before it changes a byte of them. Programs that run
/// on the file already go on meanwhile, and after it as far as the steps allow (<see cref="WriteAdmission"/>).
/// </summary>
public static class Migrator
{
    // Each waits for as long as a connection has patience: about a minute in all, in which others read and write in between.
    private const int MostTries = 12;

    /// <summary>The schema that this program writes.</summary>
    public static int CurrentVersion => Migration.All[^1].Number;

    /// <summary>Creates the file where needed, migrates it, and makes sure of its secrets and its test workspace. Costs two reads when there is nothing to do.</summary>
    /// <exception cref="DataFileException">Not ours, too new, locked, damaged, or not writable.</exception>
    public static void Prepare(Database database, TimeProvider time) => Prepare(database, time, Migration.All);

    /// <summary>The database must exist and be ours at exactly this program's schema: for commands that only look.</summary>
    /// <exception cref="DataFileException">It does not.</exception>
    public static void RequireExisting(Database database, TimeProvider time)
    {
        if (!database.Exists)
        {
            throw new DataFileException($"There is no data file at {database.Name}; name it with --data PATH.");
        }
        Prepare(database, time);
    }

    /// <param name="known">The steps that the program knows; a test has more of them, as a later program will.</param>
    internal static void Prepare(Database database, TimeProvider time, IReadOnlyList<Migration> known)
    {
        database.Create();
        using var connection = database.OpenUntouched();
        try
        {
            int version = VersionOf(connection, database, known);
            if (version > 1 && WriteAdmission.Destination(connection) is { } gone)
            {
                throw new DataFileException($"The data of {database.Name} was moved to {gone}; name that with --data. (To go on with what is here instead, delete the row moved_to of the table meta.)");
            }
            if (version == known[^1].Number)
            {
                return;
            }
            database.PrepareMigration(connection);
            Migrate(connection, database, known, Instant.From(time.GetUtcNow()));
        }
        catch (DbException e)
        {
            throw database.Explain(e);
        }
    }

    // Whoever reads a table holds up what changes it on PostgreSQL, and is held up by what waits to: so it gives way after a few seconds, and tries again.
    private static void Migrate(DbConnection connection, Database database, IReadOnlyList<Migration> known, Instant now)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                connection.InWriteTransaction(() => TakeSteps(connection, database, known, now));
                return;
            }
            catch (DbException e) when (tries < MostTries && new StorageException(e).Trouble == StorageTrouble.Busy)
            {
            }
        }
    }

    private static bool TakeSteps(DbConnection connection, Database database, IReadOnlyList<Migration> known, Instant now)
    {
        // Again under the lock: another process may have been first.
        int version = VersionOf(connection, database, known);
        if (version == known[^1].Number)
        {
            return false;
        }
        foreach (var step in known.Where(s => s.Number > version))
        {
            Run(connection, database.Schema(step.Sql));
            connection.Execute(database.Schema("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT"));
            connection.Execute("INSERT INTO schema_version (version, name, applied_at) VALUES (@version, @name, @now)", ("@version", step.Number), ("@name", step.Name), ("@now", now.Microseconds));
        }
        WriteAdmission.Demand(connection, known);
        database.Sign(connection);
        DatabaseSecrets.Ensure(connection);
        Workspaces.Ensure(connection, Mode.Test, now);
        return true;
    }

    // On large tables a step takes as long as it takes.
    private static void Run(DbConnection connection, string sql)
    {
        using var command = connection.Prepare(sql);
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }

    /// <summary>0 for an empty database.</summary>
    private static int VersionOf(DbConnection connection, Database database, IReadOnlyList<Migration> known)
    {
        switch (database.IsOurs(connection))
        {
            case null:
                return 0;
            case false:
                throw new DataFileException($"{database.Name} is a database of another program; name another with --data.");
            default:
                long version = connection.Scalar<long>("SELECT MAX(version) FROM schema_version");
                return version > known[^1].Number
                    ? throw new DataFileException($"{database.Name} was written by a newer mcp-billing (schema {version}, this one knows {known[^1].Number}); install the newer version.")
                    : (int)version;
        }
    }
}
