using System.CommandLine;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Mcp;
using McpBilling.Server.Telemetry;
using McpBilling.Storage;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary><c>stdio</c>: MCP for the program that started this one, until it closes the pipe; and the runtime API beside it for the app under construction.</summary>
internal static class StdioCommand
{
    public const string Name = "stdio";

    private const string KeyVariable = "MCP_BILLING_KEY";

    public static Command Make(Composition parts, Terminal terminal)
    {
        var (urls, data, level) = (SharedOptions.Urls(), SharedOptions.Data(), SharedOptions.Logging());
        var format = SharedOptions.LogFormat();
        var noHttp = new Option<bool>("--no-http") { Description = "Do not listen for the runtime API." };
        var (readOnly, toolSets) = (ToolOptions.ReadOnly(), ToolOptions.ToolSets());
        var command = new Command(Name, "Serve MCP over standard input and output (the default when started with a pipe).") { data, noHttp, readOnly, toolSets, urls, level, format };
        command.SetAction((line, _) => Run(
            new StdioSettings
            {
                Urls = line.GetValue(urls),
                Data = line.GetValue(data),
                Level = line.GetValue(level),
                Format = line.GetValue(format),
                NoHttp = line.GetValue(noHttp),
                ReadOnly = line.GetValue(readOnly),
                ToolSets = line.GetValue(toolSets),
            },
            parts, terminal));
        return command;
    }

    /// <summary>The session, until the client or a signal ends it.</summary>
    public static async Task<int> Run(StdioSettings settings, Composition parts, Terminal terminal)
    {
        var listen = ListenUrls.Parse(settings.Urls, terminal.Environment);
        var sets = ToolOptions.Parse(settings.ToolSets);
        using var signals = new StopSignals();
        using var logs = StandardErrorLogs.Create(settings.Level, settings.Format);
        using var export = OtlpExport.Start(terminal.Environment);
        var file = parts.Prepare(settings.Data, terminal);
        using var keys = new ApiKeys(file, parts.Time);
        var caller = CallerOf(keys, parts.Time, terminal);
        await using var engine = parts.OpenEngine(file, parts.Time, logs);
        // Without a key only where the local user could act without one too: this machine, test data.
        var options = new HttpDoorOptions(listen, [], AllowAnonymous: listen.IsLoopbackOnly && caller.Mode == Mode.Test) { ToolSets = sets, ReadOnly = settings.ReadOnly };
        await using var beside = new DoorBeside(
            () => HttpDoor.Open(options, parts, keys, engine, logs, signals.Token), () => RunningBeside.Find(listen, engine.Health.Data, signals.Token), terminal.Error);
        var surface = parts.Surface(engine with { Billing = new AddressedBilling(engine.Billing, () => settings.NoHttp ? null : beside.Url) }, logs) with
        {
            LocalCaller = caller,
            ApiKeys = keys,
            LocalFolder = Environment.CurrentDirectory,
            ReadOnly = settings.ReadOnly,
            ToolSets = sets,
            IsWatched = export is not null || settings.Level <= LogLevel.Information,
            Beside = settings.NoHttp ? null : beside,
        };
        try
        {
            await BillingMcp.RunStdio(surface, signals.Token);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
        }
        return ExitCodes.Done;
    }

    private static Caller CallerOf(ApiKeys keys, TimeProvider time, Terminal terminal)
    {
        if (terminal.Environment(KeyVariable) is not { Length: > 0 } text)
        {
            return keys.LocalCaller();
        }
        var key = keys.Find(text);
        return key is null ? throw new CommandException($"The key in {KeyVariable} is not known in this data file.")
            : key.RevokedAt is not null ? throw new CommandException($"The key in {KeyVariable} was revoked.")
            : key.ExpiresAt is { } expires && Money.Instant.From(time.GetUtcNow()) >= expires ? throw new CommandException($"The key in {KeyVariable} has expired.")
            : key.ToCaller();
    }
}
