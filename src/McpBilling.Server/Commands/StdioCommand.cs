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
        var sets = ToolOptions.Parse(settings.ToolSets);
        using var signals = new StopSignals();
        using var logs = StandardErrorLogs.Create(settings.Level, settings.Format);
        using var export = OtlpExport.Start(terminal.Environment);
        await using var data = new SessionData(settings, sets, parts, terminal, logs, signals.Token);
        var listing = parts.Listing(logs) with
        {
            KeepsKeys = true,
            LocalFolder = Environment.CurrentDirectory,
            ReadOnly = settings.ReadOnly,
            ToolSets = sets,
            IsWatched = export is not null || settings.Level <= LogLevel.Information,
        };
        try
        {
            await BillingMcp.RunStdio(listing, data.Behind(listing), signals.Token);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
        }
        return ExitCodes.Done;
    }
}
