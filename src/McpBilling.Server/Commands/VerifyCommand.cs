using System.CommandLine;
using McpBilling.Server.Hosting;
using McpBilling.Storage;

namespace McpBilling.Server.Commands;

/// <summary><c>verify</c>: every balance rebuilt from the ledger and compared. Ends with 1 when anything differs.</summary>
internal static class VerifyCommand
{
    public static Command Make(Composition parts, Terminal terminal)
    {
        var data = SharedOptions.Data();
        var command = new Command("verify", "Rebuild every balance from the ledger and compare.") { data };
        command.SetAction(async (line, cancellation) =>
        {
            var file = Database.Locate(line.GetValue(data), terminal.Environment);
            Migrator.RequireExisting(file, parts.Time);
            var found = await parts.OpenVerifier(file).Verify(cancellation);
            foreach (string summary in found.Summary)
            {
                terminal.Out.WriteLine(summary);
            }
            foreach (string difference in found.Differences)
            {
                terminal.Error.WriteLine(difference);
            }
            terminal.Out.WriteLine(found.Differences.Count == 0 ? "verified: everything adds up" : $"not right: {found.Differences.Count} differences");
            return found.Differences.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
