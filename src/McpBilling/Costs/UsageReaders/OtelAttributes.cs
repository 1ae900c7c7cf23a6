using System.Buffers;
using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>OTLP's attributes, <c>[{key, value: {intValue: "12"}}]</c>, as one object of names and values. Lists and maps are left out: no count is one.</summary>
internal static class OtelAttributes
{
    private static readonly string[] Plain = ["intValue", "doubleValue", "stringValue"];

    public static ResponsePart AsObject(ResponsePart span, string name)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            foreach (var attribute in span.List(name))
            {
                var value = attribute.Part("value");
                if (attribute.Raw("key") is { ValueKind: JsonValueKind.String } key && Plain.FirstOrDefault(value.Has) is { } kind)
                {
                    writer.WritePropertyName(key.GetString()!);
                    value.Raw(kind).WriteTo(writer);
                }
            }
            writer.WriteEndObject();
        }
        return ResponsePart.Whole(JsonElement.Parse(text.WrittenSpan), $"{span.Path}.{name}");
    }
}
