using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpBilling.Server.Tests.Mcp.Cookbook;

/// <summary>JSON for people: what fits on a line stands on one, long texts and lists are cut and say so.</summary>
internal static class ShownJson
{
    private const int Width = 150;
    private const int MaxText = 220;
    private const int MaxItems = 8;

    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonNode? node) => Write(Cut(node), 0);

    private static JsonNode? Cut(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(fields.Select(f => KeyValuePair.Create(f.Key, Cut(f.Value)))),
        JsonArray items when items.Count > MaxItems => new JsonArray([.. items.Take(MaxItems - 1).Select(Cut), JsonValue.Create($"… and {items.Count - MaxItems + 1} more")]),
        JsonArray items => new JsonArray([.. items.Select(Cut)]),
        JsonValue value when value.TryGetValue(out string? text) && text.Length > MaxText => JsonValue.Create($"{text[..MaxText]}… ({text.Split('\n').Length} lines)"),
        _ => node?.DeepClone(),
    };

    private static string Write(JsonNode? node, int indent)
    {
        string line = node?.ToJsonString(Options) ?? "null";
        if (line.Length + indent <= Width || node is JsonValue or null)
        {
            return line;
        }
        string inner = new(' ', indent + 2), outer = new(' ', indent);
        return node is JsonArray items
            ? $"[\n{string.Join(",\n", items.Select(i => inner + Write(i, indent + 2)))}\n{outer}]"
            : $"{{\n{string.Join(",\n", node.AsObject().Select(f => $"{inner}\"{f.Key}\": {Write(f.Value, indent + 2)}"))}\n{outer}}}";
    }
}
