using System.CommandLine;
using System.Text.Json.Nodes;
using McpBilling.Ledger;
using McpBilling.Server.Hosting;
using McpBilling.Storage;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary><c>digest</c>: the signed digest of a day, to be kept where whoever changes the database cannot reach it; with <c>--public-key</c> the key to check it by.</summary>
internal static class DigestCommand
{
    public static Command Make(Composition parts, Terminal terminal)
    {
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace());
        var day = new Option<string?>("--day") { Description = "A UTC day that is over. Default: the last one.", HelpName = "YYYY-MM-DD" };
        day.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && LedgerDigest.ReadDay(text) is null)
            {
                result.AddError($"--day is {text}; a UTC day is written like 2026-11-25.");
            }
        });
        var target = new Option<string?>("--out") { Description = "The file to write; a file that is there with other content is left as it is. Default: standard output.", HelpName = "FILE" };
        var key = new Option<bool>("--public-key") { Description = "Write the public key (PEM) instead, by which digests are checked." };
        var command = new Command("digest", "Take and export the signed digest of the ledger at the end of a day.") { day, target, key, mode, data };
        command.SetAction(async (line, cancellation) =>
        {
            string text = line.GetValue(key) ? PublicKey(parts, line.GetValue(data), terminal) : await Digest();
            if (line.GetValue(target) is { } path)
            {
                Write(Path.GetFullPath(path), text);
                terminal.Error.WriteLine($"{Path.GetFullPath(path)}: written. Keep it where nobody who may write to the data file can change it.");
            }
            else
            {
                terminal.Out.Write(text);
            }
            return ExitCodes.Done;

            async Task<string> Digest()
            {
                await using var session = OwnerSession.OnExisting(parts, line.GetValue(data), line.GetValue(mode), terminal);
                var input = new JsonObject();
                if (line.GetValue(day) is { } named)
                {
                    input["day"] = named;
                }
                return (await session.Run("take_ledger_digest", input, cancellation)).GetRawText() + "\n";
            }
        });
        return command;
    }

    private static string PublicKey(Composition parts, string? data, Terminal terminal)
    {
        var file = Database.Locate(data, terminal.Environment);
        Migrator.RequireExisting(file, parts.Time);
        using var connection = file.OpenReader();
        return DatabaseSecrets.Read(connection).DigestPublicKey();
    }

    // A digest that was exported is evidence: never written over.
    private static void Write(string path, string text)
    {
        try
        {
            if (File.Exists(path))
            {
                if (File.ReadAllText(path) != text)
                {
                    throw new CommandException($"{path} is there and says something else; it was left as it is.");
                }
                return;
            }
            File.WriteAllText(path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be written: {e.Message}");
        }
    }
}
