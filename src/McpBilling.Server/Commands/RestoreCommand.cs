using System.CommandLine;
using McpBilling.Server.Hosting;
using McpBilling.Storage;

namespace McpBilling.Server.Commands;

/// <summary><c>restore FILE</c>: a backup becomes the data file, where there is none yet, and is verified.</summary>
internal static class RestoreCommand
{
    public static Command Make(Composition parts, Terminal terminal)
    {
        var data = SharedOptions.Data();
        var source = new Argument<string>("file") { Description = "The backup." };
        var command = new Command("restore", "Make a backup the data file. There must be none yet; the backup stays as it is.") { source, data };
        command.SetAction(async (line, cancellation) =>
        {
            var file = BackedUpFile.Locate(line.GetValue(data), "restore", terminal);
            long bytes = Backup.Restore(line.GetValue(source)!, file, parts.Time);
            terminal.Error.WriteLine($"{file.Path}: {bytes} bytes.");
            var found = await parts.OpenVerifier(file).Verify(cancellation);
            return VerifyCommand.Tell(found, terminal);
        });
        return command;
    }
}
