using System.Text.Json.Nodes;
using McpBilling.Customers;
using McpBilling.Operations;

namespace McpBilling.Server.Mcp;

/// <summary>
/// Shortens the schema of an input for a tool's definition, which is put before the model in every conversation: leaves out what the field's type and
/// description say already. The guard still holds every call against the full schema, which stands in the OpenAPI document.
/// </summary>
internal static class InputOutline
{
    /// <summary>The greatest whole number that JavaScript keeps: a bound of the format, not of the field.</summary>
    private const long SafeInteger = 9_007_199_254_740_991;

    private const int LongText = 64;

    /// <param name="schema">A published schema of one's own; it is changed in place.</param>
    public static JsonObject Of(JsonObject schema)
    {
        Shorten(schema);
        return schema;
    }

    private static void Shorten(JsonObject schema)
    {
        if ((string?)schema["pattern"] == JsonSchemas.DecimalPattern)
        {
            schema.Remove("pattern"); // instructions and examples show that amounts are decimal texts
        }
        if ((string?)schema["pattern"] == Customer.IdPattern)
        {
            schema.Remove("pattern"); // printable, without spaces: as ids are
        }
        if (schema["pattern"] is not null)
        {
            schema.Remove("maxLength"); // our patterns bound their length
            schema.Remove("minLength");
        }
        if ((int?)schema["maxLength"] >= LongText)
        {
            schema.Remove("maxLength"); // nobody writes so much by accident
        }
        if ((int?)schema["minLength"] == 1)
        {
            schema.Remove("minLength");
        }
        if ((string?)schema["type"] == "integer" && (long?)schema["maximum"] == SafeInteger)
        {
            schema.Remove("maximum");
        }
        if ((string?)schema["type"] == "boolean" && (bool?)schema["default"] == false)
        {
            schema.Remove("default");
        }
        if (schema["additionalProperties"] is JsonObject { Count: 1 } choice && choice["anyOf"] is not null)
        {
            schema.Remove("additionalProperties"); // "flat facts", as the description says
        }
        if (ShowsItsShape(schema))
        {
            foreach (var part in (JsonObject[])[schema, schema["items"] as JsonObject ?? []])
            {
                part.Remove("properties");
                part.Remove("required");
                part.Remove("additionalProperties");
            }
        }
        ShortenWithin(schema);
    }

    /// <summary>A description with an object in it (<c>{"currency":"usd","amount":"10"}</c>) is the shorter schema of a small one.</summary>
    private static bool ShowsItsShape(JsonObject schema) => ((string?)schema["description"])?.Contains("{\"", StringComparison.Ordinal) == true;

    private static void ShortenWithin(JsonObject schema)
    {
        foreach (var (_, property) in schema["properties"] as JsonObject ?? [])
        {
            Shorten((JsonObject)property!);
            ((JsonObject)property!).Remove("additionalProperties"); // said of the whole; the guard holds the parts to it
        }
        foreach (var choice in schema["anyOf"] as JsonArray ?? [])
        {
            Shorten((JsonObject)choice!);
        }
        if (schema["items"] is JsonObject items)
        {
            Shorten(items);
        }
    }
}
