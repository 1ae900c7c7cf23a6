using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpBilling.Operations;

// Nulls that stand for an optional field left out: the guard lets them pass, the serializer must not see them.
public sealed partial class InputGuard
{
    /// <summary>
    /// The input as the serializer can read it: without the nulls that stand for an optional field left out. The same element when there are none.
    /// </summary>
    /// <param name="input">What the guard passed.</param>
    public static JsonElement WithoutNulls(JsonElement input, InputSchema schema) => WithoutNulls(input, schema.Annotated);

    internal static JsonElement WithoutNulls(JsonElement input, JsonObject schema)
    {
        if (!HasNull(input))
        {
            return input;
        }
        var node = JsonNode.Parse(input.GetRawText());
        DropNulls(node, schema);
        return JsonElement.Parse(node!.ToJsonString(new JsonSerializerOptions(JsonSerializerOptions.Default) { MaxDepth = BillingJsonOptions.MaxDepth + 1 }));
    }

    private static void DropNulls(JsonNode? value, JsonObject schema)
    {
        if (value is JsonArray list && schema["items"] is JsonObject items)
        {
            foreach (var item in list)
            {
                DropNulls(item, items);
            }
        }
        if (value is not JsonObject fields)
        {
            return;
        }
        foreach (var (name, child) in fields.ToArray())
        {
            if ((schema["properties"] as JsonObject)?[name] is not JsonObject known)
            {
                continue;
            }
            bool takesNull = known[JsonSchemas.NullableNote] is not null || known["anyOf"] is not null;
            if (child is null && !takesNull && !IsRequired(schema, name))
            {
                fields.Remove(name);
            }
            DropNulls(child, known);
        }
    }

    private static bool HasNull(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Array => value.EnumerateArray().Any(HasNull),
        JsonValueKind.Object => value.EnumerateObject().Any(p => HasNull(p.Value)),
        _ => false,
    };
}
