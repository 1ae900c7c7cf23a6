using System.Data.Common;
using System.Text.RegularExpressions;
using System.Web;
using Dapper;
using McpBilling.Storage.Writing;
using Npgsql;

namespace McpBilling.Storage.Postgres;

/// <summary>
/// A database on a PostgreSQL server (14 or later, encoding UTF8), or on several of which one is the primary. Any number of programs may be on it at once.
/// </summary>
public sealed partial class PostgresDatabase : Database, IDisposable
{
    private readonly NpgsqlDataSource _writers, _readers;

    private PostgresDatabase(string name, NpgsqlConnectionStringBuilder settings, bool pooled)
    {
        (Name, IsPooled) = (name, pooled);
        // Statements stay prepared where the connection is one's own. Readers are more, and each keeps fewer.
        _writers = Source(Prepared(300, 2));
        _readers = Source(Prepared(100, 5));

        NpgsqlConnectionStringBuilder Prepared(int most, int from)
        {
            var own = new NpgsqlConnectionStringBuilder(settings.ConnectionString);
            if (!pooled)
            {
                (own.MaxAutoPrepare, own.AutoPrepareMinUsages) = (most, from);
            }
            return own;
        }
    }

    public override string Name { get; }

    /// <summary>A pooler is in between that gives each transaction any connection (PgBouncer in transaction mode): nothing may stay on a connection.</summary>
    internal bool IsPooled { get; }

    /// <summary>By which plans grow old.</summary>
    internal TimeProvider Time { get; set; } = TimeProvider.System;

    internal override bool Exists => true;

    internal override Engine Engine => Engine.Postgres;

    /// <summary>Whether <c>--data</c> names a server.</summary>
    public static bool IsAddress(string? named) =>
        named is not null && (named.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || named.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase));

    /// <param name="address">
    /// <c>postgres://user:password@host:5432/database</c>, with several hosts as <c>host1:5432,host2:5432</c>, and after a <c>?</c> <c>sslmode</c>,
    /// <c>sslrootcert</c>, <c>application_name</c>, <c>pgbouncer=true</c>; <c>host=/folder</c> for a Unix socket.
    /// </param>
    /// <exception cref="DataFileException">Not an address, or with a setting that is not known.</exception>
    public static PostgresDatabase At(string address)
    {
        var match = Address().Match(address);
        if (!match.Success)
        {
            throw new DataFileException("The address of a PostgreSQL server is postgres://user:password@host:5432/database.");
        }
        string Part(string name) => Uri.UnescapeDataString(match.Groups[name].Value);
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = Part("hosts") is { Length: > 0 } hosts ? hosts : "localhost",
            Username = Part("user") is { Length: > 0 } user ? user : null,
            Password = Part("password") is { Length: > 0 } password ? password : null,
            Database = Part("database") is { Length: > 0 } database ? database : null,
            ApplicationName = "mcp-billing",
            Timeout = 10,
            CommandTimeout = 60,
            KeepAlive = 10,
            // Of several servers: a standby that has just become the primary is not taken for a standby for longer.
            HostRecheckSeconds = 1,
            IncludeErrorDetail = false,
        };
        bool pooled = false;
        var more = HttpUtility.ParseQueryString(match.Groups["settings"].Value);
        foreach (string name in more.AllKeys.Select(k => k ?? ""))
        {
            string value = more[name] ?? "";
            switch (name.ToUpperInvariant())
            {
                case "SSLMODE":
                    settings.SslMode = Enum.TryParse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode)
                        ? mode
                        : throw new DataFileException("sslmode is disable, allow, prefer, require, verify-ca or verify-full.");
                    break;
                case "SSLROOTCERT":
                    settings.RootCertificate = value;
                    break;
                case "APPLICATION_NAME":
                    settings.ApplicationName = value;
                    break;
                case "HOST":
                    settings.Host = value;
                    break;
                case "CONNECT_TIMEOUT":
                    settings.Timeout = int.TryParse(value, out int seconds) && seconds is > 0 and <= 1024 ? seconds : throw new DataFileException("connect_timeout is a number of seconds.");
                    break;
                // Always the primary: whoever has answered must find its own writes.
                case "TARGET_SESSION_ATTRS":
                    break;
                case "PGBOUNCER":
                    pooled = value.Equals("true", StringComparison.OrdinalIgnoreCase) || value == "1";
                    break;
                default:
                    throw new DataFileException($"A PostgreSQL address has no setting {name} here; there are sslmode, sslrootcert, application_name, host, connect_timeout, target_session_attrs and pgbouncer.");
            }
        }
        if (pooled)
        {
            settings.NoResetOnClose = true;
        }
        return new($"postgres://{settings.Host}/{settings.Database}", settings, pooled);
    }

    /// <summary>Closes the connections that wait to be used again.</summary>
    public void Dispose()
    {
        _writers.Dispose();
        _readers.Dispose();
    }

    public override DbConnection OpenWriter() => Open(_writers);

    public override DbConnection OpenReader() => Open(_readers);

    internal override DbConnection OpenUntouched() => Open(_readers);

    internal override void Create()
    {
    }

    internal override bool? IsOurs(DbConnection connection)
    {
        using var command = connection.Prepare(
            """
            SELECT CAST((SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema()) AS BIGINT),
                CAST((SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename IN ('schema_version', 'meta', 'workspace', 'entry')) AS BIGINT),
                current_setting('server_encoding'), CAST(current_setting('server_version_num') AS BIGINT)
            """);
        using var row = command.ExecuteReader();
        row.Read();
        if (row.GetString(2) != "UTF8" || row.GetInt64(3) < 140_000)
        {
            throw new DataFileException($"{Name} must be of PostgreSQL 14 or later with the encoding UTF8; it is of {row.GetInt64(3) / 10_000} with {row.GetString(2)}.");
        }
        return row.GetInt64(0) == 0 ? null : row.GetInt64(1) == 4;
    }

    internal override void PrepareMigration(DbConnection connection)
    {
    }

    // Text is compared byte by byte, as SQLite does. What only a server has is a comment for others.
    internal override string Schema(string sql) =>
        TextType().Replace(
            sql.Replace("-- on a server: ", "", StringComparison.Ordinal).Replace(" INTEGER", " BIGINT", StringComparison.Ordinal)
                .Replace(") STRICT, WITHOUT ROWID", ")", StringComparison.Ordinal).Replace(") STRICT", ")", StringComparison.Ordinal),
            " TEXT COLLATE \"C\"");

    internal override void Sign(DbConnection connection)
    {
    }

    internal override void HoldLong(DbConnection connection) => connection.Scalar<string>("SELECT set_config('idle_in_transaction_session_timeout', '0', true)");

    internal override IReadOnlyList<string> Tables(DbConnection connection) => connection.Query<string>("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").AsList();

    internal override IReadOnlyList<TableColumn> Columns(DbConnection connection, string table) =>
    [
        .. connection.Query<(string Name, string Type)>(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = @table ORDER BY column_name COLLATE \"C\"", new { table })
            .Select(c => new TableColumn(c.Name, c.Type == "text")),
    ];

    internal override IUpkeep? Upkeep(Action<string> log) => null;

    internal override DataFileException Explain(DbException e) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } => new($"{Name} refuses the user or the password.", e),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => new($"{Name}: the server has no such database; create it with CREATE DATABASE.", e),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } p => new($"{Name}: the user may not do what is needed: {p.MessageText}.", e),
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => new($"{Name} is a standby; name all hosts, separated by commas, so that the primary is found.", e),
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } => new($"{Name} is held by another program, which writes or reads in it for long; try again.", e),
        PostgresException p => new($"{Name} cannot be used: {p.MessageText}", e),
        StorageException { InnerException: DbException cause } => Explain(cause),
        _ => new($"{Name} cannot be reached: {e.Message}", e),
    };

    private PostgresConnection Open(NpgsqlDataSource source)
    {
        var connection = new PostgresConnection(this, source);
        try
        {
            connection.Open();
            return connection;
        }
        catch (DbException e)
        {
            connection.Dispose();
            throw Explain(e);
        }
    }

    private static NpgsqlDataSource Source(NpgsqlConnectionStringBuilder settings)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        return settings.Host!.Contains(',', StringComparison.Ordinal) ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary) : builder.Build();
    }

    [GeneratedRegex(@"^postgres(ql)?://(?:(?<user>[^:@/]*)(?::(?<password>[^@]*))?@)?(?<hosts>[^/?@]*)(?:/(?<database>[^?]*))?(?:\?(?<settings>.*))?$", RegexOptions.IgnoreCase)]
    private static partial Regex Address();

    [GeneratedRegex(@" TEXT\b")]
    private static partial Regex TextType();
}
