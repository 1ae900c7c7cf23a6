using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpBilling.Operations;

namespace McpBilling.Usage;

/// <summary>
/// What an event says of itself: flat names with a string, number or boolean each. Values are compared and metered as text (numbers by the digits that
/// were sent), so nothing is rounded on the way.
/// </summary>
[JsonConverter(typeof(EventPropertiesJsonConverter))]
public sealed class EventProperties
{
    public const int MaxCount = 50;
    public const int MaxNameLength = 64;
    public const int MaxTextLength = 512;

    public static readonly EventProperties None = new(FrozenDictionary<string, string>.Empty, null);

    private EventProperties(IReadOnlyDictionary<string, string> values, string? json)
    {
        Values = values;
        Json = json;
    }

    /// <summary>Each property's value as text.</summary>
    public IReadOnlyDictionary<string, string> Values { get; }

    /// <summary>A JSON object with the properties in order of their names; null when there are none.</summary>
    public string? Json { get; }

    /// <summary>Whether every name and value is printable ASCII (see <see cref="PlainText"/>).</summary>
    public bool IsPlain => Json is null || PlainText.Fits(Json, int.MaxValue);

    public static EventProperties Parse(string? json)
    {
        if (json is null)
        {
            return None;
        }
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return Read(ref reader);
    }

    /// <exception cref="JsonException">A value that is not flat, or beyond the bounds.</exception>
    public static EventProperties Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("properties must be an object of strings, numbers and booleans");
        }
        var parts = new SortedDictionary<string, (string Value, bool IsText)>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            (string Value, bool IsText) value = reader.TokenType switch
            {
                JsonTokenType.String => (reader.GetString()!, true),
                JsonTokenType.Number => (Raw(ref reader), false),
                JsonTokenType.True => ("true", false),
                JsonTokenType.False => ("false", false),
                _ => throw new JsonException($"property {name} must be a string, number or boolean"),
            };
            if (name.Length is 0 or > MaxNameLength || value.Value.Length > MaxTextLength || parts.Count == MaxCount || !parts.TryAdd(name, value))
            {
                throw new JsonException($"at most {MaxCount} properties, each once, with names to {MaxNameLength} and values to {MaxTextLength} characters");
            }
        }
        return parts.Count == 0 ? None : new EventProperties(parts.ToDictionary(p => p.Key, p => p.Value.Value, StringComparer.Ordinal), Write(parts));
    }

    private static string Raw(ref Utf8JsonReader reader) =>
        reader.HasValueSequence ? Encoding.UTF8.GetString(reader.ValueSequence) : Encoding.UTF8.GetString(reader.ValueSpan);

    private static string Write(SortedDictionary<string, (string Value, bool IsText)> parts)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(64);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        writer.WriteStartObject();
        foreach (var (name, value) in parts)
        {
            writer.WritePropertyName(name);
            if (value.IsText)
            {
                writer.WriteStringValue(value.Value);
            }
            else
            {
                writer.WriteRawValue(value.Value);
            }
        }
        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}

/// <summary>Properties travel as a JSON object.</summary>
public sealed class EventPropertiesJsonConverter : JsonConverter<EventProperties>
{
    public override EventProperties Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => EventProperties.Read(ref reader);

    public override void Write(Utf8JsonWriter writer, EventProperties value, JsonSerializerOptions options) => writer.WriteRawValue(value.Json ?? "{}");
}
