using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Mcp;
using McpBilling.Storage;

namespace McpBilling.Server.Commands;

/// <summary>
/// The data behind a stdio session. It is opened on another core while the session begins: both take about the same time, and a coding tool waits for both.
/// </summary>
internal sealed class SessionData : IAsyncDisposable
{
    private const string KeyVariable = "MCP_BILLING_KEY";

    private readonly StdioSettings settings;
    private readonly IReadOnlySet<ToolSet> toolSets;
    private readonly Composition parts;
    private readonly Terminal terminal;
    private readonly ILoggerFactory logs;
    private readonly CancellationToken stop;
    private readonly Task opening;
    private ApiKeys? keys;
    private Caller? caller;
    private Engine? engine;
    private DoorBeside? beside;

    public SessionData(StdioSettings settings, IReadOnlySet<ToolSet> toolSets, Composition parts, Terminal terminal, ILoggerFactory logs, CancellationToken stop)
    {
        (this.settings, this.toolSets, this.parts, this.terminal, this.logs, this.stop) = (settings, toolSets, parts, terminal, logs, stop);
        opening = Task.Run(Open, stop);
    }

    /// <summary>What is listed, with the data behind it, once that is open.</summary>
    /// <exception cref="CommandException">An address to listen on is none, or the key of the environment is none of this data's.</exception>
    /// <exception cref="DataFileException">The data cannot be opened.</exception>
    public async Task<McpSurface> Behind(McpSurface listing)
    {
        await opening;
        return listing.With(engine! with { Billing = new AddressedBilling(engine.Billing, () => beside?.Url) }) with
        {
            LocalCaller = caller,
            ApiKeys = keys,
            Beside = beside,
        };
    }

    /// <summary>Closes what was opened.</summary>
    public async ValueTask DisposeAsync()
    {
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (beside is not null)
        {
            await beside.DisposeAsync();
        }
        if (engine is not null)
        {
            await engine.DisposeAsync();
        }
        keys?.Dispose();
    }

    private void Open()
    {
        // Before anything is touched: it may be wrong.
        var listen = ListenUrls.Parse(settings.Urls, terminal.Environment);
        var file = parts.Prepare(settings.Data, terminal);
        keys = new ApiKeys(file, parts.Time);
        caller = CallerOf(keys);
        engine = parts.OpenEngine(file, parts.Time, logs);
        if (settings.NoHttp)
        {
            return;
        }
        // Without a key only where the local user could act without one too: this machine, test data.
        var options = new HttpDoorOptions(listen, [], AllowAnonymous: listen.IsLoopbackOnly && caller.Mode == Mode.Test) { ToolSets = toolSets, ReadOnly = settings.ReadOnly };
        beside = new DoorBeside(() => HttpDoor.Open(options, parts, keys, engine, logs, stop), () => RunningBeside.Find(listen, engine.Health.Data, stop), terminal.Error);
    }

    private Caller CallerOf(ApiKeys known)
    {
        if (terminal.Environment(KeyVariable) is not { Length: > 0 } text)
        {
            return known.LocalCaller();
        }
        var key = known.Find(text);
        return key is null ? throw new CommandException($"The key in {KeyVariable} is not known in this data file.")
            : key.RevokedAt is not null ? throw new CommandException($"The key in {KeyVariable} was revoked.")
            : key.ExpiresAt is { } expires && Money.Instant.From(parts.Time.GetUtcNow()) >= expires ? throw new CommandException($"The key in {KeyVariable} has expired.")
            : key.ToCaller();
    }
}
