using System.CommandLine;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Storage;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary><c>verify</c>: every balance rebuilt from the ledger and compared, and the ledger held against digests. Ends with 1 when anything differs.</summary>
internal static class VerifyCommand
{
    private const long MostBytes = 64_000;

    public static Command Make(Composition parts, Terminal terminal)
    {
        var data = SharedOptions.Data();
        var digests = new Option<string[]>("--digest")
        {
            Description = "Digests that were exported earlier (mcp-billing digest): the ledger must be what they say that it was.",
            HelpName = "FILES",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var key = new Option<string?>("--digest-key") { Description = "The public key (PEM) that must have signed them. Default: the data file's own.", HelpName = "FILE" };
        var command = new Command("verify", "Rebuild every balance from the ledger and compare.") { digests, key, data };
        command.SetAction(async (line, cancellation) =>
        {
            var exported = new ExportedDigests(
                [.. line.GetValue(digests)!.Select(path => (Path.GetFileName(path), Read(path)))], line.GetValue(key) is { } keyFile ? Read(keyFile) : null);
            var file = Database.Locate(line.GetValue(data), terminal.Environment);
            Migrator.RequireExisting(file, parts.Time);
            return Tell(await parts.OpenVerifier(file).Verify(exported, cancellation), terminal);
        });
        return command;
    }

    /// <summary>Says what was found; the exit code.</summary>
    public static int Tell(Verification found, Terminal terminal)
    {
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
    }

    private static string Read(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > MostBytes }
                ? throw new CommandException($"{path} is longer than any digest or key.")
                : File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}");
        }
    }
}
