using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpBilling.Money;

/// <summary>Decimals travel as text (<c>"12.50"</c>); JSON numbers are accepted on input and read exactly from their digits, never through floating point.</summary>
public sealed class DecimalJsonConverter : JsonConverter<decimal>
{
    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
        {
            throw new JsonException("must be a decimal number such as \"12.50\"");
        }
        int length = reader.HasValueSequence ? checked((int)reader.ValueSequence.Length) : reader.ValueSpan.Length;
        if (length > 64)
        {
            throw new JsonException("must be a decimal number such as \"12.50\"");
        }
        Span<byte> bytes = stackalloc byte[64];
        if (reader.HasValueSequence)
        {
            reader.ValueSequence.CopyTo(bytes);
        }
        else
        {
            reader.ValueSpan.CopyTo(bytes);
        }
        Span<char> chars = stackalloc char[64];
        int count = Encoding.UTF8.GetChars(bytes[..length], chars);
        return Quantity.TryParse(chars[..count], reader.TokenType == JsonTokenType.Number, out decimal value) is { } wrong
            ? throw new JsonException(wrong)
            : value;
    }

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteStringValue(Quantity.Format(value));
}
