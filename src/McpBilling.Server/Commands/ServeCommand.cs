using System.CommandLine;
using McpBilling.Server.Hosting;
using McpBilling.Storage;

namespace McpBilling.Server.Commands;

/// <summary><c>serve</c>: the HTTP side until a signal says stop.</summary>
internal static class ServeCommand
{
    public static Command Make(Composition parts, Terminal terminal)
    {
        var (urls, data, level, hosts) = (SharedOptions.Urls(), SharedOptions.Data(), SharedOptions.Logging(), SharedOptions.AllowedHosts());
        var (readOnly, toolSets) = (ToolOptions.ReadOnly(), ToolOptions.ToolSets());
        var anonymous = new Option<bool>("--allow-anonymous") { Description = "Requests without a key act in the default test workspace. Loopback addresses only." };
        var command = new Command("serve", "Serve the runtime API (/v1) and MCP (/mcp) over HTTP.") { urls, data, level, anonymous, hosts, readOnly, toolSets };
        var hosting = new HostingOptions();
        foreach (var option in hosting.All)
        {
            command.Options.Add(option);
        }
        command.SetAction(async (line, _) =>
        {
            var listen = ListenUrls.Parse(line.GetValue(urls), terminal.Environment);
            var options = new HttpDoorOptions(listen, SharedOptions.List(line.GetValue(hosts)), line.GetValue(anonymous))
            {
                ToolSets = ToolOptions.Parse(line.GetValue(toolSets)),
                ReadOnly = line.GetValue(readOnly),
            };
            options = hosting.Apply(options, line, terminal);
            options.RequireSafe();
            using var signals = new StopSignals();
            using var logs = StandardErrorLogs.Create(line.GetValue(level));
            var file = parts.Prepare(line.GetValue(data), terminal);
            using var keys = new ApiKeys(file, parts.Time);
            await using var engine = parts.OpenEngine(file, parts.Time, logs);
            await using var door = await HttpDoor.Open(options, parts, keys, engine, logs, signals.Token);
            terminal.Error.WriteLine($"mcp-billing listens on {string.Join(", ", door.Urls)}, data in {file.Path}");
            await signals.Requested;
            return ExitCodes.Done;
        });
        return command;
    }
}
