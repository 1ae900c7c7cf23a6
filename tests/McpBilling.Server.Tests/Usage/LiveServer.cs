using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Tests.Rest;
using McpBilling.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace McpBilling.Server.Tests.Usage;

/// <summary>The program as <c>serve</c> puts it together, on real Kestrel and a data file of its own.</summary>
public sealed class LiveServer : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-live-");
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
    private ApiKeys keys = null!;
    private HttpDoor door = null!;
    private Engine engine = null!;
    private DataFile file = null!;

    /// <summary>What the program is made of.</summary>
    internal Composition Program { get; init; } = Parts.OfProgram();

    /// <summary>Where it logs; null: to <see cref="Logs"/>.</summary>
    internal ILoggerFactory? Loggers { get; init; }

    public Uri Url { get; private set; } = null!;

    /// <summary>Under which it is to be known.</summary>
    internal string? PublicUrl { get; init; }

    /// <summary>Full rights on the test workspace.</summary>
    public string Key { get; private set; } = "";

    internal CapturedLogs Logs { get; } = new();

    internal HttpClient Http => http;

    internal Engine Engine => engine;

    internal DataFile File => file;

    internal BillingClient Client { get; private set; } = null!;

    internal static async Task<LiveServer> Start()
    {
        var server = new LiveServer();
        await server.InitializeAsync();
        return server;
    }

    public async ValueTask InitializeAsync()
    {
        file = DataFile.Locate(Path.Combine(folder.FullName, "billing.db"), _ => null);
        Migrator.Prepare(file, TimeProvider.System);
        keys = new ApiKeys(file, TimeProvider.System);
        Key = NewKey();
        var (parts, logs) = (Program, Loggers ?? Logs);
        engine = parts.OpenEngine(file, TimeProvider.System, logs);
        var options = new HttpDoorOptions(ListenUrls.Parse("http://127.0.0.1:0", _ => null), [], AllowAnonymous: false)
        {
            ToolSets = Enum.GetValues<ToolSet>().ToFrozenSet(),
            PublicUrl = PublicUrl,
        };
        door = await HttpDoor.Open(options, parts, keys, engine, logs, CancellationToken.None);
        Url = new Uri(door.Urls[0]);
        Client = With(Key);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await door.DisposeAsync();
        await engine.DisposeAsync();
        keys.Dispose();
        folder.Delete(recursive: true);
    }

    internal BillingClient With(string? key) => new(http, Url, key);

    internal string NewKey(Mode mode = Mode.Test, FrozenSet<string>? scopes = null, Instant? expiresAt = null) =>
        keys.Create("test", mode, scopes ?? Scopes.All, expiresAt).Key;

    internal string RevokedKey()
    {
        var (key, kept) = keys.Create("lost", Mode.Test, Scopes.All, null);
        keys.Revoke(kept.Id);
        return key;
    }

    /// <summary>The database with its log.</summary>
    internal string[] DatabaseFiles() => Directory.GetFiles(folder.FullName);

    /// <summary>The first column of a query, as text.</summary>
    internal List<string> Strings(string sql)
    {
        using var connection = file.OpenReader();
        return Texts(connection, sql);
    }

    /// <summary>Changes rows behind the program's back, as time or an attacker would.</summary>
    internal void Change(string sql)
    {
        using var connection = file.OpenReader();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>What the verifier finds wrong.</summary>
    internal Task<Verification> Verify() => Parts.OfProgram().OpenVerifier(file).Verify(CancellationToken.None);

    /// <summary>
    /// A hash over every row of every table but the keys' (whose time of last use moves) and the signals' (a refusal is noted there: an observation, not
    /// money): the same as long as nothing was changed.
    /// </summary>
    /// <param name="mode">Only the rows of this mode's workspace.</param>
    internal string Fingerprint(Mode? mode = null)
    {
        // Not what the program does by itself meanwhile: leases of its rounds, digests of a day.
        using var connection = file.OpenReader();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string table in Texts(connection, $"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('api_key', 'integration_signal', 'lease', 'ledger_digest', 'sqlite_sequence'{(mode is null ? "" : ", 'meta', 'schema_version', 'change_log'")}) ORDER BY name"))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(table));
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT * FROM \"{table}\"" + (mode is null ? "" : " WHERE workspace_id = (SELECT workspace_id FROM workspace WHERE mode = $mode)");
            command.Parameters.AddWithValue("$mode", mode == Mode.Live ? "live" : "test");
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                for (int i = 0; i < rows.FieldCount; i++)
                {
                    hash.AppendData(Encoding.UTF8.GetBytes((rows.GetValue(i) is byte[] blob ? Convert.ToHexString(blob) : rows.GetValue(i).ToString()) + "\u0001"));
                }
            }
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Whether any file of the server holds a text, the write-ahead log included.</summary>
    internal bool Stores(string text) => folder.EnumerateFiles().Any(f =>
    {
        using var stream = f.Open(FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.GetBuffer().AsSpan(0, (int)bytes.Length).IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
    });

    private static List<string> Texts(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var rows = command.ExecuteReader();
        var texts = new List<string>();
        while (rows.Read())
        {
            texts.Add(rows.GetString(0));
        }
        return texts;
    }
}
