using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;
using McpBilling.Storage;

namespace McpBilling.Server.Demo;

/// <summary>The real server on a data file that nobody needs afterwards, on a port that was free.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private readonly Composition parts;
    private readonly string folder;
    private readonly DataFile file;
    private readonly ApiKeys keys;
    private readonly Engine engine;
    private readonly ILoggerFactory logs;
    private HttpDoor? door;

    private DemoServer(Composition parts)
    {
        this.parts = parts;
        folder = Directory.CreateTempSubdirectory("mcp-billing-demo-").FullName;
        file = DataFile.Locate(Path.Combine(folder, "billing.db"), static _ => null);
        Migrator.Prepare(file, parts.Time);
        logs = StandardErrorLogs.Create(LogLevel.Warning);
        keys = new ApiKeys(file, parts.Time);
        engine = parts.OpenEngine(file, parts.Time, logs);
        Key = keys.Create("demo", Mode.Test, Scopes.All, expiresAt: null).Key;
    }

    public string Key { get; }

    public Uri Address => new(door!.Urls[0]);

    public static async Task<DemoServer> Start(Composition parts, CancellationToken cancellation)
    {
        var server = new DemoServer(parts);
        try
        {
            var options = new HttpDoorOptions(ListenUrls.Parse("http://127.0.0.1:0", static _ => null), [], AllowAnonymous: false);
            server.door = await HttpDoor.Open(options, parts, server.keys, server.engine, server.logs, cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public Task<Verification> Verify(CancellationToken cancellation) => parts.OpenVerifier(file).Verify(cancellation);

    /// <summary>Bytes of the data file and its log.</summary>
    public long BytesOnDisk => new DirectoryInfo(folder).EnumerateFiles().Sum(f => f.Length);

    /// <summary>Stops serving and deletes the data, whatever happened before.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (door is not null)
            {
                await door.DisposeAsync();
            }
            await engine.DisposeAsync();
            keys.Dispose();
            logs.Dispose();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
