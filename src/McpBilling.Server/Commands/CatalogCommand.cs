using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using McpBilling.Server.Hosting;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary><c>catalog</c>: prints the catalog as the billing.json that makes it; nothing is locked in.</summary>
internal static class CatalogCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = Rest.QueryJson.Default };

    public static Command Make(Composition parts, Terminal terminal)
    {
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace());
        var command = new Command("catalog", "Print the catalog as billing.json.") { mode, data };
        command.SetAction(async (line, cancellation) =>
        {
            await using var session = OwnerSession.OnExisting(parts, line.GetValue(data), line.GetValue(mode), terminal);
            var answer = await session.Run("get_catalog", [], cancellation);
            terminal.Out.WriteLine(JsonSerializer.Serialize(answer.GetProperty("document"), Indented.GetTypeInfo(typeof(JsonElement))));
            terminal.Error.WriteLine($"version {answer.GetProperty("version")}");
            return ExitCodes.Done;
        });
        return command;
    }
}
