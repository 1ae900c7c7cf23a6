using System.Text.Json.Nodes;

namespace McpBilling.Server.Mcp;

/// <summary>
/// Shortens the schema of an answer to the names of its top-level fields. Every tool's definition is put before the model in every conversation; what is in
/// a field, and which are always there, is seen when the answer comes, and is written out in full in the OpenAPI document.
/// </summary>
internal static class OutputOutline
{
    /// <summary>Fields that many answers have and that explain themselves; the outline is open, so they may come all the same.</summary>
    private static readonly string[] Everywhere = ["replayed", "warnings", "next_cursor", "total", "reason", "notes"];

    public static JsonObject Of(JsonObject schema)
    {
        var outline = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() };
        foreach (var (name, _) in schema["properties"] as JsonObject ?? [])
        {
            if (Everywhere.Contains(name))
            {
                continue;
            }
            outline["properties"]![name] = new JsonObject();
        }
        return outline;
    }
}
