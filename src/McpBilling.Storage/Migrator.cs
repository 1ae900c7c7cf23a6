using System.Globalization;
using System.Reflection;
using McpBilling.Money;
using McpBilling.Operations;
using Microsoft.Data.Sqlite;

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
    public static void Prepare(DataFile file, TimeProvider time)
    {
        file.Create();
        using var connection = file.OpenUntouched();
        try
        {
            if (VersionOf(connection, file) == CurrentVersion)
            {
                return;
            }
            // Not possible inside a transaction. It is kept in the file, so a crash after it leaves an empty file in WAL mode, which is fresh still.
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
            connection.InWriteTransaction(() => Migrate(connection, file, Instant.From(time.GetUtcNow())));
        }
        catch (SqliteException e)
        {
            throw file.Explain(e);
        }
    }

    /// <summary>The file must exist and be ours at exactly this program's schema: for commands that only look.</summary>
    /// <exception cref="DataFileException">It does not.</exception>
    public static void RequireExisting(DataFile file, TimeProvider time)
    {
        if (!File.Exists(file.Path))
        {
            throw new DataFileException($"There is no data file at {file.Path}; name it with --data PATH.");
        }
        Prepare(file, time);
    }

    private static bool Migrate(SqliteConnection connection, DataFile file, Instant now)
    {
        // Again under the lock: another process may have been first.
        int version = VersionOf(connection, file);
        foreach (var (number, name, resource) in Steps.Where(s => s.Version > version))
        {
            connection.Execute(Read(resource));
            connection.Execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT");
            connection.Execute("INSERT INTO schema_version (version, name, applied_at) VALUES ($version, $name, $now)", ("$version", number), ("$name", name), ("$now", now.Microseconds));
        }
        connection.Execute($"PRAGMA application_id = {DataFile.ApplicationId.ToString(CultureInfo.InvariantCulture)}");
        DatabaseSecrets.Ensure(connection);
        Workspaces.Ensure(connection, Mode.Test, now);
        return true;
    }

    /// <summary>0 for an empty file.</summary>
    private static int VersionOf(SqliteConnection connection, DataFile file)
    {
        // One statement, one snapshot: read in turn, a migration that commits in between would make a fresh file look foreign.
        using var command = connection.Prepare("SELECT (SELECT application_id FROM pragma_application_id), (SELECT COUNT(*) FROM sqlite_schema), (SELECT COUNT(*) FROM sqlite_schema WHERE name = 'schema_version')");
        using var reader = command.ExecuteReader();
        reader.Read();
        (long application, long objects, long versioned) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
        reader.Close();
        if (application == 0 && objects == 0)
        {
            return 0;
        }
        if (application != DataFile.ApplicationId || versioned == 0)
        {
            throw new DataFileException($"{file.Path} is a database of another program; name another file with --data.");
        }
        long version = connection.Scalar<long>("SELECT MAX(version) FROM schema_version");
        return version > CurrentVersion
            ? throw new DataFileException($"{file.Path} was written by a newer mcp-billing (schema {version}, this one knows {CurrentVersion}); install the newer version.")
            : (int)version;
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
