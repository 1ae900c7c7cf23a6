using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>Writes docs/tools.md: the descriptions that clients get, with the full schemas of input and answer behind them.</summary>
internal static class ToolsPage
{
    private const string Head =
        """
        # Tools

        Generated from the operations; a test fails when this page is behind (`UPDATE_SNAPSHOTS=1` writes it). Do not edit.

        A tool's definition is kept short, since it is put before the model in every conversation; this page has what a definition leaves out. Amounts and quantities ("decimal") are
        texts such as `"0.04"`; numbers are taken too, read exactly. An input that does not fit is refused with the field, what was found and the fix, and changes nothing.
        An answer's fields marked `?` are left out when there is nothing to say.

        """;

    public static string Write(IEnumerable<(Operation Operation, Tool Tool)> shipped, JsonSerializerOptions json)
    {
        var page = new StringBuilder(Head.ReplaceLineEndings("\n"));
        foreach (var set in shipped.GroupBy(s => s.Operation.ToolSet).OrderBy(s => s.Key))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {set.Key.ToString().ToLowerInvariant()}{(McpSurface.DefaultToolSets.Contains(set.Key) ? "" : " (only with --toolsets)")}\n");
            foreach (var (operation, tool) in set)
            {
                page.Append(CultureInfo.InvariantCulture, $"\n### {tool.Name}\n\n{Kind(operation)} Scope `{operation.Scope}`.{(operation.Route is { } route ? $" REST: `{route}`." : "")}\n\n{tool.Description}\n");
                WriteFields(page, "input", JsonSchemas.ForInput(json.GetTypeInfo(operation.InputType)).Published, (_, required) => required ? ", required" : "");
                if (Confirmations.MayAsk(operation))
                {
                    page.Append(CultureInfo.InvariantCulture, $"\nAsks the user first, or takes `{ToolProjection.ConfirmField}: true` from a client that cannot ask.\n");
                }
                WriteFields(page, "answer", JsonSchemas.ForOutput(json.GetTypeInfo(operation.OutputType)), (_, required) => required ? "" : " ?");
            }
        }
        return page.ToString();
    }

    private static void WriteFields(StringBuilder page, string heading, JsonObject schema, Func<string, bool, string> mark)
    {
        var properties = schema["properties"] as JsonObject ?? [];
        if (properties.Count == 0)
        {
            return;
        }
        var required = (schema["required"] as JsonArray ?? []).Select(n => (string)n!).ToHashSet(StringComparer.Ordinal);
        page.Append(CultureInfo.InvariantCulture, $"\n| {heading} | | |\n| --- | --- | --- |\n");
        foreach (var (name, field) in properties)
        {
            page.Append(CultureInfo.InvariantCulture, $"| `{name}` | {TypeOf((JsonObject)field!)}{mark(name, required.Contains(name))} | {Cell((string?)field!["description"] ?? "")} |\n");
        }
    }

    private static string TypeOf(JsonObject schema)
    {
        if (schema["anyOf"] is JsonArray choices)
        {
            return string.Join(" or ", choices.Select(c => TypeOf((JsonObject)c!)));
        }
        if (schema["enum"] is JsonArray values)
        {
            return string.Join(" \\| ", values.Select(v => $"`{v}`")) + Default(schema);
        }
        string type = (string?)schema["type"] ?? "any";
        string named = type switch
        {
            "string" when (string?)schema["pattern"] == JsonSchemas.DecimalPattern => "decimal",
            "string" when schema["format"] is { } format => (string)format!,
            "string" => "text" + Bound(schema, "maxLength", " of at most {0}"),
            "array" when schema["items"] is JsonObject items => "list of " + TypeOf(items) + Bound(schema, "maxItems", ", at most {0}"),
            "integer" when schema["minimum"] is { } least && schema["maximum"] is { } most && (long)most != 9_007_199_254_740_991 => $"integer {least} to {most}",
            "object" when schema["properties"] is JsonObject fields => "{" + string.Join(", ", fields.Select(f => f.Key)) + "}",
            _ => type,
        };
        return named + Default(schema);
    }

    private static string Bound(JsonObject schema, string keyword, string says) =>
        schema[keyword] is { } bound ? string.Format(CultureInfo.InvariantCulture, says, bound.ToJsonString()) : "";

    private static string Default(JsonObject schema) => schema["default"] is { } usual ? $", default `{usual}`" : "";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace('\n', ' ');

    private static string Kind(Operation operation) =>
        operation.Reads ? "Reads." : operation.Destroys ? "Takes something away." : operation.Idempotent ? "Changes; repeating it changes no more." : "Changes.";
}
