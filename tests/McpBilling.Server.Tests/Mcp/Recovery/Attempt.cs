using System.Text.Json.Nodes;

namespace McpBilling.Server.Tests.Mcp.Recovery;

/// <summary>A tool call that somebody is about to make: changed step by step until it is right.</summary>
internal sealed class Attempt(string tool, JsonObject arguments)
{
    public string Tool { get; set; } = tool;

    public JsonObject Arguments { get; } = arguments;

    /// <param name="pointer">JSON pointer, such as <c>/tiers/1/up_to</c>.</param>
    public JsonNode? At(string pointer) => Parts(pointer).Aggregate((JsonNode?)Arguments, (at, part) => Child(at, part));

    public bool Has(string pointer) => At(Parent(pointer)) switch
    {
        JsonObject parent => parent.ContainsKey(Name(pointer)),
        JsonArray list => int.TryParse(Name(pointer), out int i) && i < list.Count,
        _ => false,
    };

    public void Set(string pointer, JsonNode? value)
    {
        switch (At(Parent(pointer)))
        {
            case JsonObject parent:
                parent[Name(pointer)] = value;
                break;
            case JsonArray list:
                list[int.Parse(Name(pointer))] = value;
                break;
            default:
                Set(Parent(pointer), new JsonObject { [Name(pointer)] = value });
                break;
        }
    }

    public void Remove(string pointer)
    {
        if (At(Parent(pointer)) is JsonArray list)
        {
            list.RemoveAt(int.Parse(Name(pointer)));
        }
        else
        {
            (At(Parent(pointer)) as JsonObject)?.Remove(Name(pointer));
        }
    }

    public static string Parent(string pointer) => pointer[..Math.Max(0, pointer.LastIndexOf('/'))];

    public static string Name(string pointer) => pointer[(pointer.LastIndexOf('/') + 1)..].Replace("~1", "/").Replace("~0", "~");

    /// <summary>A field as refusals write it (<c>events[0].quantity</c>) as a pointer.</summary>
    public static string PointerTo(string field) => field.Length == 0 ? "" : "/" + field.Replace("[", "/").Replace("]", "").Replace(".", "/");

    private static IEnumerable<string> Parts(string pointer) => pointer.Split('/').Skip(1).Select(p => p.Replace("~1", "/").Replace("~0", "~"));

    private static JsonNode? Child(JsonNode? at, string part) => at switch
    {
        JsonObject parent => parent[part],
        JsonArray list when int.TryParse(part, out int i) && i < list.Count => list[i],
        _ => null,
    };
}
