using System.Globalization;
using System.Text;
using System.Text.Json;
using McpBilling.Operations;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>Writes docs/tools.md from the definitions that clients get.</summary>
internal static class ToolsPage
{
    public static string Write(IEnumerable<(Operation Operation, Tool Tool)> shipped)
    {
        var page = new StringBuilder("# Tools\n\nGenerated from the operations; a test fails when this page is behind (`UPDATE_SNAPSHOTS=1` writes it). Do not edit.\n");
        foreach (var set in shipped.GroupBy(s => s.Operation.ToolSet).OrderBy(s => s.Key))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {set.Key.ToString().ToLowerInvariant()}{(set.Key == ToolSet.Admin ? " (only with --toolsets)" : "")}\n");
            foreach (var (operation, tool) in set)
            {
                page.Append(CultureInfo.InvariantCulture, $"\n### {tool.Name}\n\n{Kind(operation)} Scope `{operation.Scope}`.{(operation.Route is { } route ? $" REST: `{route}`." : "")}\n\n{tool.Description}\n");
                WriteInputs(page, tool.InputSchema);
            }
        }
        return page.ToString();
    }

    private static void WriteInputs(StringBuilder page, JsonElement schema)
    {
        var properties = schema.GetProperty("properties").EnumerateObject().ToArray();
        if (properties.Length == 0)
        {
            return;
        }
        string[] required = schema.TryGetProperty("required", out var names) ? [.. names.EnumerateArray().Select(n => n.GetString()!)] : [];
        page.Append("\n| input | | |\n| --- | --- | --- |\n");
        foreach (var property in properties)
        {
            string meaning = property.Value.TryGetProperty("description", out var text) ? text.GetString()!.Replace("|", "\\|", StringComparison.Ordinal).Replace('\n', ' ') : "";
            page.Append(CultureInfo.InvariantCulture, $"| `{property.Name}` | {TypeOf(property.Value)}{(required.Contains(property.Name) ? ", required" : "")} | {meaning} |\n");
        }
    }

    private static string TypeOf(JsonElement schema) =>
        schema.TryGetProperty("enum", out var values) ? string.Join(" \\| ", values.EnumerateArray().Select(v => $"`{v.GetString()}`"))
        : schema.TryGetProperty("pattern", out var pattern) && pattern.GetString() == JsonSchemas.DecimalPattern ? "decimal"
        : schema.TryGetProperty("format", out var format) ? format.GetString()!
        : schema.TryGetProperty("type", out var type) ? type.GetString()! : "any";

    private static string Kind(Operation operation) =>
        operation.Reads ? "Reads." : operation.Destroys ? "Takes something away." : operation.Idempotent ? "Changes; repeating it changes no more." : "Changes.";
}
