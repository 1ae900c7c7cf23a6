using System.CommandLine;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Mcp;
using McpBilling.Storage;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary><c>stdio</c>: MCP for the program that started this one, until it closes the pipe; and the runtime API beside it for the app under construction.</summary>
internal static class StdioCommand
{
    private const string KeyVariable = "MCP_BILLING_KEY";

    public static Command Make(Composition parts, Terminal terminal)
    {
        var (urls, data, level) = (SharedOptions.Urls(), SharedOptions.Data(), SharedOptions.Logging());
        var noHttp = new Option<bool>("--no-http") { Description = "Do not listen for the runtime API." };
        var (readOnly, toolSets) = (ToolOptions.ReadOnly(), ToolOptions.ToolSets());
        var command = new Command("stdio", "Serve MCP over standard input and output (the default when started with a pipe).") { data, noHttp, readOnly, toolSets, urls, level };
        command.SetAction(async (line, _) =>
        {
            var listen = ListenUrls.Parse(line.GetValue(urls), terminal.Environment);
            var sets = ToolOptions.Parse(line.GetValue(toolSets));
            using var signals = new StopSignals();
            using var logs = StandardErrorLogs.Create(line.GetValue(level));
            var file = parts.Prepare(line.GetValue(data), terminal);
            using var keys = new ApiKeys(file, parts.Time);
            var caller = CallerOf(keys, parts.Time, terminal);
            await using var engine = parts.OpenEngine(file, parts.Time, logs);
            // Without a key only where the local user could act without one too: this machine, test data.
            var options = new HttpDoorOptions(listen, [], AllowAnonymous: listen.IsLoopbackOnly && caller.Mode == Mode.Test) { ToolSets = sets, ReadOnly = line.GetValue(readOnly) };
            await using var door = line.GetValue(noHttp) ? null : await OpenIfFree(options, parts, keys, engine, logs, terminal, signals.Token);
            var surface = parts.Surface(engine, logs) with
            {
                LocalCaller = caller,
                ApiKeys = keys,
                LocalFolder = Environment.CurrentDirectory,
                ReadOnly = line.GetValue(readOnly),
                ToolSets = sets,
                RuntimeUrl = door?.Urls[0] ?? (line.GetValue(noHttp) ? null : await RunningBeside.Find(listen, engine.Health.Data, signals.Token)),
            };
            try
            {
                await BillingMcp.RunStdio(surface, signals.Token);
            }
            catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
            {
            }
            return ExitCodes.Done;
        });
        return command;
    }

    // Two coding tools open at once are usual: the first gets the port, and its API serves the same data.
    private static async Task<HttpDoor?> OpenIfFree(HttpDoorOptions options, Composition parts, IApiKeys keys, Engine engine, ILoggerFactory logs, Terminal terminal, CancellationToken cancellation)
    {
        try
        {
            return await HttpDoor.Open(options, parts, keys, engine, logs, cancellation);
        }
        catch (AddressTakenException)
        {
            terminal.Error.WriteLine($"mcp-billing: {string.Join(", ", options.Urls.Urls)} is taken, so this process has no runtime API of its own.");
            return null;
        }
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
