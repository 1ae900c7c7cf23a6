using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Mcp.Keys;

namespace McpBilling.Server.Mcp;

/// <summary>The types of the tools that are made here.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(InstantJsonConverter), typeof(SnakeCaseEnumConverter)])]
[JsonSerializable(typeof(GetStartedInput))]
[JsonSerializable(typeof(GetStartedOutput))]
[JsonSerializable(typeof(CreateApiKeyInput))]
[JsonSerializable(typeof(CreateApiKeyOutput))]
[JsonSerializable(typeof(ListApiKeysInput))]
[JsonSerializable(typeof(ListApiKeysOutput))]
[JsonSerializable(typeof(RevokeApiKeyInput))]
[JsonSerializable(typeof(RevokeApiKeyOutput))]
[JsonSerializable(typeof(NewWebhookEndpointInput))]
[JsonSerializable(typeof(NewWebhookSecretInput))]
[JsonSerializable(typeof(KeptWebhookSecret))]
[JsonSerializable(typeof(string))]
internal sealed partial class McpJson : JsonSerializerContext
{
    /// <summary>The same options, which know our types too.</summary>
    public static JsonSerializerOptions Beside(JsonSerializerOptions operations)
    {
        var resolver = operations.TypeInfoResolver ?? throw new ArgumentException("The options know no types.", nameof(operations));
        var options = new JsonSerializerOptions(operations) { TypeInfoResolver = JsonTypeInfoResolver.Combine(resolver, Default) };
        options.MakeReadOnly();
        return options;
    }
}
