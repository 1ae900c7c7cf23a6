using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpBilling.Operations;

/// <summary>Enums travel as snake_case names and never as numbers, whose meaning would shift when a member is added.</summary>
public sealed class SnakeCaseEnumConverter : JsonConverterFactory
{
    private static readonly JsonStringEnumConverter Inner = new(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) => Inner.CreateConverter(typeToConvert, options)!;
}
