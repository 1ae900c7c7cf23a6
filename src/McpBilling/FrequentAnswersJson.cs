using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Ledger;
using McpBilling.Usage;

namespace McpBilling;

/// <summary>
/// Straight-line writers, made by the compiler, for the answers on the path of every model call: the same JSON as by <see cref="BillingJson"/> (a test holds them to
/// that) at a third of the time, since nothing is looked up while writing. Such writers know no converters but those that types themselves name, so decimals must not
/// be in them.
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuthorizeUsageOutput))]
[JsonSerializable(typeof(CaptureHoldOutput))]
internal sealed partial class FrequentAnswersJson : JsonSerializerContext
{
    /// <summary>The writer of one type; null where there is none.</summary>
    public static class Writer<T>
    {
        public static readonly Action<Utf8JsonWriter, T>? Write = (Default.GetTypeInfo(typeof(T)) as JsonTypeInfo<T>)?.SerializeHandler;
    }
}
