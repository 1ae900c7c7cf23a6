using System.Data.Common;
using System.Globalization;
using Dapper;
using McpBilling.Storage.Writing;
using Microsoft.Data.Sqlite;

namespace McpBilling.Storage;

/// <summary>The one SQLite file that holds everything: where it lies, who may read it, and how connections to it are set up.</summary>
public sealed class DataFile : Database
{
    /// <summary>"MBIL" in the file's header: how a billing database is told from any other SQLite file.</summary>
    public const int ApplicationId = 0x4D42494C;

    /// <summary>How long a connection waits for another process's write before the caller is told to try again.</summary>
    public static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    // With a larger one, SQLite searches all of it at each commit in which an index grew (pages are then renamed by way of page 262,145, and the cache believes it).
    private const int WriterCacheKibibytes = 16_384;
    private const int ReaderCacheKibibytes = 8_192;
    private const int PagesBetweenCheckpoints = 4_000;

    // Each connection is used by one thread at a time, so that SQLite need not lock it at every call. Refused (and of no harm) where something began SQLite before us.
    static DataFile()
    {
        SQLitePCL.Batteries_V2.Init();
        _ = SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MULTITHREAD);
    }

    private DataFile(string path) => Path = path;

    public string Path { get; }

    public override string Name => Path;

    internal override Engine Engine => Engine.Sqlite;

    /// <summary>How long this file's connections wait for another process's write: <see cref="BusyTimeout"/>, unless told otherwise.</summary>
    public TimeSpan Patience { get; private init; } = BusyTimeout;

    /// <summary>The same file with another patience.</summary>
    public DataFile WithPatience(TimeSpan patience) => new(Path) { Patience = patience };

    /// <summary>
    /// The file that <c>--data</c> names, else <c>MCP_BILLING_DATA</c>, else <c>mcp-billing/billing.db</c> in the user's data folder.
    /// Touches nothing on disk.
    /// </summary>
    /// <param name="option">The value of <c>--data</c>, or null.</param>
    /// <param name="environment">Reads an environment variable; null or empty when it is not set.</param>
    /// <exception cref="DataFileException">It names another kind of database, or a folder.</exception>
    public static new DataFile Locate(string? option, Func<string, string?> environment)
    {
        string? named = Named(option, environment);
        if (string.IsNullOrWhiteSpace(named))
        {
            return new(System.IO.Path.Combine(DataFolder(environment), "mcp-billing", "billing.db"));
        }
        if (Postgres.PostgresDatabase.IsAddress(named))
        {
            throw new DataFileException("This works on a data file, not on a server; name a file with --data PATH.");
        }
        if (named.Contains("://", StringComparison.Ordinal) || named.StartsWith(':') || named.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || named.Contains('\0', StringComparison.Ordinal))
        {
            throw new DataFileException("The data must be a file's path, such as --data ./billing.db.");
        }
        string path = System.IO.Path.GetFullPath(named);
        return Directory.Exists(path) ? throw new DataFileException($"{path} is a folder; name a file in it, such as {System.IO.Path.Combine(path, "billing.db")}.") : new(path);
    }

    /// <summary>
    /// A connection for the one writer, which does not empty the log by itself (<see cref="Writing.Checkpointer"/>). The file must have been prepared by
    /// <see cref="Migrator.Prepare"/>. A restored backup comes without a log, so that it is one plain file, and gets it here.
    /// </summary>
    public override SqliteConnection OpenWriter() => Open(WriterCacheKibibytes, 0, "PRAGMA journal_mode = WAL; ");

    /// <summary>A connection for reads, or for small writes off the hot path.</summary>
    public override SqliteConnection OpenReader() => Open(ReaderCacheKibibytes, PagesBetweenCheckpoints);

    /// <summary>A connection before it is known whether this is our file: nothing has been changed in it.</summary>
    internal override SqliteConnection OpenUntouched()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            // Beyond SQLite's own wait, for the moments where it answers busy at once (the switch to WAL).
            DefaultTimeout = (int)Math.Ceiling(Patience.TotalSeconds),
        }.ToString());
        try
        {
            connection.Open();
            connection.Execute($"PRAGMA busy_timeout = {Patience.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}");
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Explain(e);
        }
    }

    /// <summary>Makes the folder (0700) and the empty file (0600) when they are not there; SQLite's side files take the file's mode.</summary>
    internal override void Create()
    {
        try
        {
            string folder = System.IO.Path.GetDirectoryName(Path)!;
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                if (!Directory.Exists(folder))
                {
                    Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                }
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }
            new FileStream(Path, options).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException($"The data file {Path} cannot be opened: {e.Message}", e);
        }
    }

    internal override bool Exists => File.Exists(Path);

    // One statement, one snapshot: read in turn, a migration that commits in between would make a fresh file look foreign.
    internal override bool? IsOurs(DbConnection connection)
    {
        using var command = connection.Prepare("SELECT (SELECT application_id FROM pragma_application_id), (SELECT COUNT(*) FROM sqlite_schema), (SELECT COUNT(*) FROM sqlite_schema WHERE name = 'schema_version')");
        using var reader = command.ExecuteReader();
        reader.Read();
        (long application, long objects, long versioned) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
        return application == 0 && objects == 0 ? null : application == ApplicationId && versioned > 0;
    }

    // It is kept in the file, so a crash after it leaves an empty file in WAL mode, which is fresh still.
    internal override void PrepareMigration(DbConnection connection) => connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");

    internal override string Schema(string sql) => sql;

    internal override void Sign(DbConnection connection) => connection.Execute($"PRAGMA application_id = {ApplicationId.ToString(CultureInfo.InvariantCulture)}");

    internal override IReadOnlyList<string> Tables(DbConnection connection) =>
        connection.Query<string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").AsList();

    internal override IReadOnlyList<TableColumn> Columns(DbConnection connection, string table) =>
        [.. connection.Query<(string Name, string Type)>("SELECT name, type FROM pragma_table_info(@table) ORDER BY name", new { table }).Select(c => new TableColumn(c.Name, c.Type == "TEXT"))];

    internal override IUpkeep Upkeep(Action<string> log) => new Checkpointer(this, log);

    internal override DataFileException Explain(DbException e) => (e as SqliteException)?.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_NOTADB => new($"{Path} is not a database of mcp-billing; name another file with --data.", e),
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => new($"{Path} is locked by another program; try again.", e),
        SQLitePCL.raw.SQLITE_FULL => new($"The disk of {Path} is full.", e),
        SQLitePCL.raw.SQLITE_READONLY => new($"{Path} cannot be written to.", e),
        SQLitePCL.raw.SQLITE_CANTOPEN => new($"{Path} cannot be opened.", e),
        SQLitePCL.raw.SQLITE_CORRUPT => new($"{Path} is damaged; restore a backup.", e),
        _ => new($"{Path} cannot be used: {e.Message}", e),
    };

    private SqliteConnection Open(int cacheKibibytes, int pagesBetweenCheckpoints, string first = "")
    {
        var connection = OpenUntouched();
        try
        {
            // WAL is kept in the file (Migrator, OpenWriter); the rest belongs to the connection. FULL: a commit that was acknowledged survives a power cut.
            connection.Execute(string.Create(CultureInfo.InvariantCulture, $"{first}PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = {pagesBetweenCheckpoints}; PRAGMA cache_size = -{cacheKibibytes}; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF"));
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Explain(e);
        }
    }

    // XDG Base Directory Specification: relative values are to be ignored.
    private static string DataFolder(Func<string, string?> environment)
    {
        if (environment("XDG_DATA_HOME") is { Length: > 0 } xdg && System.IO.Path.IsPathRooted(xdg))
        {
            return xdg;
        }
        if (OperatingSystem.IsWindows())
        {
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        }
        return environment("HOME") is { Length: > 0 } home
            ? System.IO.Path.Combine(home, ".local", "share")
            : throw new DataFileException("There is no HOME to keep the data in; name a file with --data PATH.");
    }
}
