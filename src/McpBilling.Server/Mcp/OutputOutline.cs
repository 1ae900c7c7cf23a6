using System.Text.Json.Nodes;

namespace McpBilling.Server.Mcp;

/// <summary>
/// Shortens the schema of an answer to its top-level fields and their types. Every tool's definition is put before the model in every conversation;
/// what an answer holds further inside, and which fields are always there, is seen when it comes, and is written out in full in the OpenAPI document.
/// </summary>
internal static class OutputOutline
{
    /// <summary>Fields that many answers have and that explain themselves; the outline is open, so they may come all the same.</summary>
    private static readonly string[] Everywhere = ["replayed", "warnings"];

    public static JsonObject Of(JsonObject schema)
    {
        var outline = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() };
        foreach (var (name, field) in schema["properties"] as JsonObject ?? [])
        {
            if (Everywhere.Contains(name))
            {
                continue;
            }
            outline["properties"]![name] = Field((JsonObject)field!);
        }
        return outline;
    }

    private static JsonObject Field(JsonObject schema)
    {
        var field = new JsonObject();
        if (schema["type"] is { } type)
        {
            field["type"] = type.DeepClone();
        }
        if (schema["anyOf"] is JsonArray any)
        {
            field["anyOf"] = new JsonArray([.. any.Select(a => (JsonNode)Field((JsonObject)a!))]);
        }
        return field;
    }
}
