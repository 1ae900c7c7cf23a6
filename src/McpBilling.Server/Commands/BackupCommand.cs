using System.CommandLine;
using McpBilling.Server.Hosting;
using McpBilling.Storage;

namespace McpBilling.Server.Commands;

/// <summary><c>backup FILE</c>: a whole copy as of one commit, also while servers run.</summary>
internal static class BackupCommand
{
    public static Command Make(Composition parts, Terminal terminal)
    {
        var data = SharedOptions.Data();
        var target = new Argument<string>("file") { Description = "Where the copy shall be." };
        var force = new Option<bool>("--force") { Description = "Replace the file when it exists." };
        var command = new Command("backup", "Copy the data file, also while servers run. mcp-billing restore FILE makes it the data file.") { target, force, data };
        command.SetAction(line =>
        {
            var file = BackedUpFile.Locate(line.GetValue(data), "backup", terminal);
            Migrator.RequireExisting(file, parts.Time);
            string path = Path.GetFullPath(line.GetValue(target)!);
            long bytes = Backup.Write(file, path, line.GetValue(force));
            terminal.Error.WriteLine($"{path}: {bytes} bytes, checked.");
            return ExitCodes.Done;
        });
        return command;
    }
}
