using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Money;

namespace McpBilling.Operations;

/// <summary>
/// How JSON looks on every door of the program: snake_case, enums and decimals as text, nothing unknown, nothing twice, nothing deeper than
/// <see cref="MaxDepth"/>. <c>BillingJson</c> repeats it as attributes, since a source generator reads only those; a test holds the two together.
/// </summary>
public static class BillingJsonOptions
{
    public const int MaxDepth = 64;

    /// <summary>How a document must be parsed so that the guard sees what the serializer would.</summary>
    public static JsonDocumentOptions Document { get; } = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <summary>Options for a source-generated context. Text beyond ASCII is written as itself: answers are JSON, never HTML.</summary>
    public static JsonSerializerOptions Create(IJsonTypeInfoResolver resolver) => new()
    {
        TypeInfoResolver = resolver,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = MaxDepth,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new DecimalJsonConverter(), new InstantJsonConverter(), new SnakeCaseEnumConverter() },
    };
}
