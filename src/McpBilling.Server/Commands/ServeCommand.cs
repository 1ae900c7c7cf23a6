using System.CommandLine;
using McpBilling.Server.Hosting;
using McpBilling.Server.Jobs;
using McpBilling.Server.Webhooks;
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
        var reports = new Option<string?>("--reconcile-folder") { Description = "Hold the recorded costs against the providers' reports in this folder, every night.", HelpName = "FOLDER" };
        var whose = SharedOptions.Workspace("--reconcile-mode", "Whose costs those reports are about: test or live.");
        command.Options.Add(reports);
        command.Options.Add(whose);
        var toLoopback = new Option<bool>("--webhooks-to-loopback") { Description = "Webhooks of the test workspace may go to this machine and over plain http, to try an app with." };
        command.Options.Add(toLoopback);
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
            string? folder = line.GetValue(reports) is { } named ? Path.GetFullPath(named) : null;
            if (folder is not null && !Directory.Exists(folder))
            {
                throw new CommandException($"--reconcile-folder: there is no folder {folder}.", ExitCodes.Usage);
            }
            var plans = parts.Exports(terminal.Environment, parts.Time);
            using var signals = new StopSignals();
            using var logs = StandardErrorLogs.Create(line.GetValue(level));
            var file = parts.Prepare(line.GetValue(data), terminal);
            using var keys = new ApiKeys(file, parts.Time);
            await using var engine = parts.OpenEngine(file, parts.Time, logs);
            await using var door = await HttpDoor.Open(options, parts, keys, engine, logs, signals.Token);
            var rounds = engine.Rounds ?? throw new InvalidOperationException("an engine without rounds cannot be served: nothing would be delivered");
            await using var exports = UsageExports.Start(rounds, plans, engine.Billing, file, parts.Time, logs.CreateLogger("McpBilling.Export"));
            await using var nightly = folder is null ? null
                : rounds.Start(ReconcileFolder.Round(folder, engine.Billing, keys.OwnerCaller(line.GetValue(whose)), parts.Time, logs.CreateLogger("McpBilling.Reconcile")));
            await using var webhooks = new WebhookDispatcher(engine.Billing, file, new WebhookSender(line.GetValue(toLoopback), parts.Time), parts.Time, logs.CreateLogger("McpBilling.Webhooks"));
            await using var delivering = rounds.Start(webhooks.Round);
            terminal.Error.WriteLine($"mcp-billing listens on {string.Join(", ", door.Urls)}, data in {file.Name}");
            await signals.Requested;
            return ExitCodes.Done;
        });
        return command;
    }
}
