using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Storage;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary><c>catalog</c>: prints the catalog as the billing.json that makes it; nothing is locked in.</summary>
internal static class CatalogCommand
{
    private const string OperationName = "get_catalog";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = Rest.QueryJson.Default };

    public static Command Make(Composition parts, Terminal terminal)
    {
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace());
        var command = new Command("catalog", "Print the catalog as billing.json.") { mode, data };
        command.SetAction(async (line, cancellation) =>
        {
            var file = DataFile.Locate(line.GetValue(data), terminal.Environment);
            Migrator.RequireExisting(file, parts.Time);
            var operation = parts.Operations.FirstOrDefault(o => o.Name == OperationName) ?? throw new CommandException("This program was built without a catalog.");
            using var logs = StandardErrorLogs.Create(LogLevel.Warning);
            using var keys = new ApiKeys(file, parts.Time);
            await using var engine = parts.OpenEngine(file, parts.Time, logs);
            object input = JsonSerializer.Deserialize("{}", parts.Json.GetTypeInfo(operation.InputType))!;
            object output = await operation.Run(input, keys.OwnerCaller(line.GetValue(mode)), engine.Billing, cancellation);
            var answer = JsonSerializer.SerializeToElement(output, parts.Json.GetTypeInfo(operation.OutputType));
            terminal.Out.WriteLine(JsonSerializer.Serialize(answer.GetProperty("document"), Indented.GetTypeInfo(typeof(JsonElement))));
            terminal.Error.WriteLine($"version {answer.GetProperty("version")}");
            return ExitCodes.Done;
        });
        return command;
    }
}
