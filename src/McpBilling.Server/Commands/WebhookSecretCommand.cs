using System.CommandLine;
using McpBilling.Server.Hosting;
using McpBilling.Server.Payments;
using McpBilling.Storage;

namespace McpBilling.Server.Commands;

/// <summary>
/// <c>webhook-secret</c>: what a builder's own processor signs its reports of payments with, and where it sends them. The secret is derived from the data file's own
/// and stored nowhere; it goes to standard output and no further.
/// </summary>
internal static class WebhookSecretCommand
{
    public static Command Make(Composition parts, Terminal terminal)
    {
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace());
        var command = new Command("webhook-secret", "Print the secret that signs payment reports to POST /webhooks/manual/{workspace} (Standard Webhooks).") { mode, data };
        command.SetAction(line =>
        {
            var file = parts.Prepare(line.GetValue(data), terminal);
            using var keys = new ApiKeys(file, parts.Time);
            long workspace = keys.OwnerCaller(line.GetValue(mode)).WorkspaceKey;
            using var connection = file.OpenReader();
            terminal.Out.WriteLine("whsec_" + Convert.ToBase64String(DatabaseSecrets.Read(connection).For(ManualSource.Purpose(workspace))));
            terminal.Error.WriteLine($"Send signed reports to /webhooks/manual/{workspace}. Keep the secret where keys are kept.");
            return ExitCodes.Done;
        });
        return command;
    }
}
