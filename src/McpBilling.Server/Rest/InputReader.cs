using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Operations;

namespace McpBilling.Server.Rest;

/// <summary>
/// Makes an operation's input from a body, a query string, the address and the header <c>Idempotency-Key</c>. What is well-formed is deserialized at once;
/// whatever is not goes the slow way, on which the guard names every problem.
/// </summary>
internal sealed class InputReader
{
    private readonly JsonTypeInfo type;
    private readonly Lazy<InputSchema> schema;
    private readonly bool checksItself;

    public InputReader(Type inputType, JsonSerializerOptions json)
    {
        type = json.GetTypeInfo(inputType);
        schema = new(() => JsonSchemas.ForInput(type));
        checksItself = inputType.IsAssignableTo(typeof(ICheckedInput));
    }

    public InputSchema Schema => schema.Value;

    public bool Has(string field) => type.Properties.Any(p => p.Name == field);

    /// <param name="body">Its bytes may be changed.</param>
    /// <param name="fields">What the address and the header say, in that order.</param>
    /// <exception cref="BillingException"><c>invalid_request</c> with every problem.</exception>
    public object FromBody(ref RequestBody body, ReadOnlySpan<KeyValuePair<JsonEncodedText, string>> fields)
    {
        if (checksItself && body.TryPrepend(fields, out var json) && System.Text.Unicode.Utf8.IsValid(json))
        {
            try
            {
                if (JsonSerializer.Deserialize(json, type) is ICheckedInput input && input.IsWithinBounds())
                {
                    return input;
                }
            }
            // The second: half a surrogate pair, found when a text is taken out of a JsonElement.
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
            }
        }
        body.Restore();
        using var document = RequestBody.Parse(body.Sent);
        return Checked(document.RootElement, fields);
    }

    public object FromDocument(JsonDocument document, ReadOnlySpan<KeyValuePair<JsonEncodedText, string>> fields) => Checked(document.RootElement, fields);

    public object FromQuery(IQueryCollection query, ReadOnlySpan<KeyValuePair<JsonEncodedText, string>> fields)
    {
        var input = new JsonObject();
        var properties = Schema.Published["properties"] as JsonObject;
        foreach (var (name, values) in query)
        {
            var property = properties?[name] as JsonObject;
            input[name] = (string?)property?["type"] == "array"
                ? new JsonArray([.. values.Select(v => (JsonNode?)JsonValue.Create(v))])
                : values.Count == 1 ? Value(values[0]!, property)
                : throw new BillingException(ErrorCode.InvalidRequest, $"{name} is in the address more than once.", name);
        }
        using var document = JsonDocument.Parse(input.ToJsonString());
        return Checked(document.RootElement, fields);
    }

    // A query string has no types; the schema says what a text stands for. What does not fit stays text, and the guard says so.
    private static JsonValue Value(string text, JsonObject? property) => (string?)property?["type"] switch
    {
        "integer" or "number" when long.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, null, out long number) => JsonValue.Create(number),
        "boolean" when text is "true" or "false" => JsonValue.Create(text == "true"),
        _ => JsonValue.Create(text),
    };

    private object Checked(JsonElement sent, ReadOnlySpan<KeyValuePair<JsonEncodedText, string>> fields)
    {
        using var whole = JsonDocument.Parse(Merge(sent, fields), new JsonDocumentOptions { MaxDepth = BillingJsonOptions.MaxDepth });
        InputGuard.Require(whole.RootElement, Schema);
        try
        {
            return JsonSerializer.Deserialize(InputGuard.WithoutNulls(whole.RootElement, Schema), type)!;
        }
        catch (JsonException e)
        {
            string? field = e.Path is { Length: > 2 } path ? path[2..] : null;
            throw new BillingException(ErrorCode.InvalidRequest, field is null ? "The input cannot be read." : $"{field} cannot be read.", field);
        }
    }

    private static string Merge(JsonElement sent, ReadOnlySpan<KeyValuePair<JsonEncodedText, string>> fields)
    {
        string text = sent.GetRawText();
        var front = new System.Text.StringBuilder();
        foreach (var (name, value) in fields)
        {
            if (!sent.TryGetProperty(name.Value, out var own))
            {
                front.Append('"').Append(name).Append("\":").Append(JsonSerializer.Serialize(value, QueryJson.Default.String)).Append(',');
            }
            else if (own.ValueKind != JsonValueKind.String || !own.ValueEquals(value))
            {
                throw new BillingException(ErrorCode.InvalidRequest, $"{name} is there twice with different values: in the body, and in the address or the header Idempotency-Key.", name.Value);
            }
        }
        if (front.Length == 0)
        {
            return text;
        }
        if (!sent.EnumerateObject().Any())
        {
            front.Length--;
        }
        return front.Insert(0, '{').Append(text, 1, text.Length - 1).ToString();
    }
}

/// <summary>Writes single texts and elements.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class QueryJson : System.Text.Json.Serialization.JsonSerializerContext;
