using System.CommandLine;
using McpBilling.Catalog;

namespace McpBilling.Server.Commands;

/// <summary><c>schema</c>: the JSON Schema of billing.json, for editors and pipelines.</summary>
internal static class SchemaCommand
{
    public static Command Make(Terminal terminal)
    {
        var command = new Command("schema", "Print the JSON Schema of billing.json.");
        command.SetAction(_ =>
        {
            terminal.Out.Write(CatalogSchema.Text);
            return ExitCodes.Done;
        });
        return command;
    }
}
