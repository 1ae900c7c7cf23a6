using System.Data.Common;
using System.Globalization;
using System.Reflection;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage;

/// <summary>
/// Brings a data file to the schema of this program: numbered steps, forward only, under the write lock, so that processes that start at the same
/// moment on a fresh file agree. Refuses files that are not ours and files that a newer program wrote, before it changes a byte of them.
/// </summary>
public static class Migrator
{
    private static readonly IReadOnlyList<(int Version, string Name, string Resource)> Steps = FindSteps();

    /// <summary>The schema that this program writes.</summary>
    public static int CurrentVersion => Steps[^1].Version;

    /// <summary>Creates the file where needed, migrates it, and makes sure of its secrets and its test workspace. Costs two reads when there is nothing to do.</summary>
    /// <exception cref="DataFileException">Not ours, too new, locked, damaged, or not writable.</exception>
    public static void Prepare(Database database, TimeProvider time)
    {
        database.Create();
        using var connection = database.OpenUntouched();
        try
        {
            int version = VersionOf(connection, database);
            if (version > 1 && Move.Destination(connection) is { } gone)
            {
                throw new DataFileException($"The data of {database.Name} was moved to {gone}; name that with --data. (To go on with what is here instead, delete the row moved_to of the table meta.)");
            }
            if (version == CurrentVersion)
            {
                return;
            }
            database.PrepareMigration(connection);
            connection.InWriteTransaction(() => Migrate(connection, database, Instant.From(time.GetUtcNow())));
        }
        catch (DbException e)
        {
            throw database.Explain(e);
        }
    }

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

    private static bool Migrate(DbConnection connection, Database database, Instant now)
    {
        // Again under the lock: another process may have been first.
        int version = VersionOf(connection, database);
        foreach (var (number, name, resource) in Steps.Where(s => s.Version > version))
        {
            connection.Execute(database.Schema(Read(resource)));
            connection.Execute(database.Schema("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT"));
            connection.Execute("INSERT INTO schema_version (version, name, applied_at) VALUES (@version, @name, @now)", ("@version", number), ("@name", name), ("@now", now.Microseconds));
        }
        database.Sign(connection);
        DatabaseSecrets.Ensure(connection);
        Workspaces.Ensure(connection, Mode.Test, now);
        return true;
    }

    /// <summary>0 for an empty database.</summary>
    private static int VersionOf(DbConnection connection, Database database)
    {
        switch (database.IsOurs(connection))
        {
            case null:
                return 0;
            case false:
                throw new DataFileException($"{database.Name} is a database of another program; name another with --data.");
            default:
                long version = connection.Scalar<long>("SELECT MAX(version) FROM schema_version");
                return version > CurrentVersion
                    ? throw new DataFileException($"{database.Name} was written by a newer mcp-billing (schema {version}, this one knows {CurrentVersion}); install the newer version.")
                    : (int)version;
        }
    }

    private static List<(int, string, string)> FindSteps()
    {
        const string folder = "McpBilling.Storage.Migrations.";
        return [.. typeof(Migrator).Assembly.GetManifestResourceNames()
            .Where(r => r.StartsWith(folder, StringComparison.Ordinal) && r.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(r => (int.Parse(r.AsSpan(folder.Length, 4), CultureInfo.InvariantCulture), r[(folder.Length + 5)..^4], r))];
    }

    private static string Read(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
