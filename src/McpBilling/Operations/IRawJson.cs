using System.Text.Json.Serialization;

namespace McpBilling.Operations;

/// <summary>An output whose JSON exists already, such as the stored answer of an earlier call. It is sent as it is.</summary>
public interface IRawJson
{
    /// <summary>One whole JSON object in UTF-8, or empty when it has to be serialized after all.</summary>
    [JsonIgnore]
    ReadOnlyMemory<byte> Utf8Json { get; }
}
