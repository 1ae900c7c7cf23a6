using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Money;

namespace McpBilling.Operations;

/// <summary>The schema of an input: what is published, and the same with notes that only <see cref="InputGuard"/> reads.</summary>
public sealed class InputSchema
{
    internal InputSchema(JsonObject annotated)
    {
        Annotated = annotated;
        Published = (JsonObject)annotated.DeepClone();
        JsonSchemas.DropNotes(Published);
        // Some clients refuse a tool whose input names no properties at all.
        if ((string?)(Published["type"] as JsonValue) == "object")
        {
            Published.TryAdd("properties", new JsonObject());
        }
    }

    /// <summary>A closed JSON Schema in declaration order; the same on every run. Clone before changing it.</summary>
    public JsonObject Published { get; }

    /// <summary>The same without the fields that a tool's definition leaves out. One's own.</summary>
    public JsonObject ForTool()
    {
        var offered = (JsonObject)Annotated.DeepClone();
        JsonSchemas.DropNotInTools(offered);
        JsonSchemas.DropNotes(offered);
        if ((string?)(offered["type"] as JsonValue) == "object")
        {
            offered.TryAdd("properties", new JsonObject());
        }
        return offered;
    }

    internal JsonObject Annotated { get; }
}

/// <summary>
/// Makes closed JSON Schemas from the records of operations and documents, so that the contract and the code cannot drift apart. Only keywords that
/// every known client takes: no type lists, no references, no unknown formats. An optional field is one that is not required.
/// </summary>
public static class JsonSchemas
{
    /// <summary>Exact decimal text. The guard recognizes decimals by it, and takes JSON numbers too.</summary>
    public const string DecimalPattern = @"^-?\d+(\.\d+)?$";

    /// <summary>Note: the field may be null although the published schema keeps quiet about it.</summary>
    internal const string NullableNote = "x-nullable";

    /// <summary>Note: what a pattern wants, in words.</summary>
    internal const string PatternNote = "x-pattern";

    /// <summary>Note: the field is known, so that it can be refused by name, but not offered.</summary>
    internal const string UnpublishedNote = "x-unpublished";

    /// <summary>Note: tools' definitions leave the field out.</summary>
    internal const string NotInToolsNote = "x-not-in-tools";

    /// <summary>Note: a whole number that may also come as text (<c>"3"</c>), as amounts and quantities do.</summary>
    internal const string TextNote = "x-text";

    /// <summary>Integers beyond 2^53 do not survive JavaScript.</summary>
    private const long SafeInteger = 9_007_199_254_740_991;

    public static InputSchema ForInput(JsonTypeInfo type) => new(Export(type));

    /// <summary>As for inputs, without bounds, which an answer keeps by itself. What may be null is never required: nulls are left out.</summary>
    public static JsonObject ForOutput(JsonTypeInfo type)
    {
        var schema = ForInput(type).Published;
        DropBounds(schema);
        return schema;
    }

    private static void DropBounds(JsonNode? node)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list)
            {
                DropBounds(item);
            }
        }
        else if (node is JsonObject schema)
        {
            foreach (string keyword in (string[])["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "default"])
            {
                // A keyword's value is plain; a property that happens to be called "default" has an object.
                if (schema[keyword] is JsonValue)
                {
                    schema.Remove(keyword);
                }
            }
            foreach (var (_, child) in schema)
            {
                DropBounds(child);
            }
        }
    }

    internal static void DropNotInTools(JsonNode? node)
    {
        if (node is JsonObject schema)
        {
            foreach (string left in schema.Where(p => p.Value is JsonObject child && child[NotInToolsNote] is JsonValue).Select(p => p.Key).ToArray())
            {
                schema.Remove(left);
            }
            foreach (var (_, child) in schema)
            {
                DropNotInTools(child);
            }
        }
        else if (node is JsonArray parts)
        {
            foreach (var part in parts)
            {
                DropNotInTools(part);
            }
        }
    }

    internal static void DropNotes(JsonNode? node)
    {
        if (node is JsonObject schema)
        {
            schema.Remove(NullableNote);
            schema.Remove(NotInToolsNote);
            schema.Remove(PatternNote);
            schema.Remove(TextNote);
            foreach (string hidden in schema.Where(p => p.Value is JsonObject child && child[UnpublishedNote] is JsonValue).Select(p => p.Key).ToArray())
            {
                schema.Remove(hidden);
            }
            foreach (var (_, child) in schema)
            {
                DropNotes(child);
            }
        }
        else if (node is JsonArray list)
        {
            foreach (var child in list)
            {
                DropNotes(child);
            }
        }
    }

    private static JsonObject Export(JsonTypeInfo type)
    {
        var schema = (JsonObject)type.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Refine });
        Inline(schema, schema);
        return schema;
    }

    /// <summary>The exporter refers back to a type that it has written before; many clients don't follow references.</summary>
    private static void Inline(JsonObject root, JsonNode? node)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list)
            {
                Inline(root, item);
            }
        }
        if (node is not JsonObject schema)
        {
            return;
        }
        if (schema["$ref"] is JsonValue reference)
        {
            schema.Remove("$ref");
            JsonNode target = ((string)reference!).Split('/').Skip(1).Aggregate((JsonNode)root, (at, name) => at[name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)]!);
            foreach (var (keyword, value) in (JsonObject)target)
            {
                schema.TryAdd(keyword, value?.DeepClone());
            }
        }
        foreach (var (_, child) in schema.ToArray())
        {
            Inline(root, child);
        }
    }

    private static JsonObject Refine(JsonSchemaExporterContext context, JsonNode exported)
    {
        // The exporter writes `true` for a type that has its own converter.
        var schema = exported as JsonObject ?? [];
        var attributes = AttributesOf(context.PropertyInfo);
        Type type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        bool nullable = context.PropertyInfo is { IsSetNullable: true } or { Set: null, IsGetNullable: true };
        if (attributes.OfType<JsonShapeAttribute>().FirstOrDefault() is { } shape)
        {
            schema = (JsonObject)JsonNode.Parse(shape.Json)!;
        }
        else
        {
            SetType(schema, type, context.TypeInfo);
            SetReadableFromText(schema, type, attributes);
            SetBounds(schema, type, attributes);
            SetDefault(schema, attributes);
        }
        if (nullable && attributes.OfType<NullAllowedAttribute>().Any())
        {
            schema = new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };
        }
        else if (nullable)
        {
            schema[NullableNote] = true;
        }
        if (attributes.OfType<NotInToolsAttribute>().Any())
        {
            schema[NotInToolsNote] = true;
        }
        if (attributes.OfType<UnpublishedAttribute>().Any())
        {
            schema[UnpublishedNote] = true;
        }
        if (attributes.OfType<DescriptionAttribute>().FirstOrDefault() is { } description)
        {
            schema["description"] = description.Description;
        }
        return schema;
    }

    private static void SetType(JsonObject schema, Type type, JsonTypeInfo info)
    {
        if (type == typeof(decimal))
        {
            schema["type"] = "string";
            schema["pattern"] = DecimalPattern;
        }
        else if (type == typeof(Instant))
        {
            schema["type"] = "string";
            schema["format"] = "date-time";
        }
        else if (type.IsEnum)
        {
            var names = schema["enum"]!.AsArray().Where(n => n is not null).Select(n => n!.DeepClone()).ToArray();
            schema.Clear();
            schema["type"] = "string";
            schema["enum"] = new JsonArray(names);
        }
        else if (schema["type"] is JsonArray types)
        {
            schema["type"] = types.Select(t => t!.GetValue<string>()).First(t => t != "null");
        }
        if (info.Kind == JsonTypeInfoKind.Object)
        {
            schema["additionalProperties"] = false;
            DropOptional(schema, info);
        }
    }

    // The exporter lists both types and a pattern; clients are told of the number only.
    private static void SetReadableFromText(JsonObject schema, Type type, IReadOnlyList<Attribute> attributes)
    {
        if ((type == typeof(int) || type == typeof(long)) && attributes.OfType<JsonNumberHandlingAttribute>().Any(a => a.Handling.HasFlag(JsonNumberHandling.AllowReadingFromString)))
        {
            schema.Remove("pattern");
            schema["type"] = "integer";
            schema[TextNote] = true;
        }
    }

    private static void DropOptional(JsonObject schema, JsonTypeInfo info)
    {
        if (schema["required"] is not JsonArray required)
        {
            return;
        }
        var optional = info.Properties.Where(p => p.IsGetNullable).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var kept = required.Where(name => !optional.Contains(name!.GetValue<string>())).Select(name => name!.DeepClone()).ToArray();
        if (kept.Length > 0)
        {
            schema["required"] = new JsonArray(kept);
        }
        else
        {
            schema.Remove("required");
        }
    }

    private static void SetBounds(JsonObject schema, Type type, IReadOnlyList<Attribute> attributes)
    {
        if (type == typeof(int) || type == typeof(long))
        {
            var range = attributes.OfType<RangeAttribute>().FirstOrDefault();
            schema["minimum"] = range is null ? type == typeof(int) ? int.MinValue : -SafeInteger : Whole(range.Minimum);
            schema["maximum"] = range is null ? type == typeof(int) ? int.MaxValue : SafeInteger : Whole(range.Maximum);
        }
        foreach (var attribute in attributes)
        {
            switch (attribute)
            {
                case StringLengthAttribute length:
                    SetIfAboveZero(schema, "minLength", length.MinimumLength);
                    schema["maxLength"] = length.MaximumLength;
                    break;
                case RegularExpressionAttribute pattern:
                    schema["pattern"] = pattern.Pattern;
                    schema[PatternNote] = pattern.ErrorMessage;
                    break;
                case LengthAttribute length:
                    SetIfAboveZero(schema, type == typeof(string) ? "minLength" : "minItems", length.MinimumLength);
                    schema[type == typeof(string) ? "maxLength" : "maxItems"] = length.MaximumLength;
                    break;
                case MaxLengthAttribute length:
                    schema[type == typeof(string) ? "maxLength" : "maxItems"] = length.Length;
                    break;
                case MinLengthAttribute length:
                    schema[type == typeof(string) ? "minLength" : "minItems"] = length.Length;
                    break;
                default:
                    break;
            }
        }
    }

    private static void SetIfAboveZero(JsonObject schema, string keyword, int value)
    {
        if (value > 0)
        {
            schema[keyword] = value;
        }
    }

    private static void SetDefault(JsonObject schema, IReadOnlyList<Attribute> attributes)
    {
        if (attributes.OfType<DefaultValueAttribute>().FirstOrDefault()?.Value is { } value)
        {
            schema["default"] = value switch
            {
                bool flag => flag,
                int number => number,
                long number => number,
                Enum member => JsonNamingPolicy.SnakeCaseLower.ConvertName(member.ToString()),
                _ => value.ToString(),
            };
        }
    }

    private static long Whole(object bound) => bound is int or long ? Convert.ToInt64(bound) : checked((long)decimal.Parse(bound.ToString()!));

    private static Attribute[] AttributesOf(JsonPropertyInfo? property)
    {
        static IEnumerable<Attribute> From(ICustomAttributeProvider? provider) => provider?.GetCustomAttributes(true).OfType<Attribute>() ?? [];
        return property is null ? [] : [.. From(property.AttributeProvider), .. From(property.AssociatedParameter?.AttributeProvider)];
    }
}
