using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>What every answer of a command has.</summary>
public abstract record CommandOutput : IRawJson
{
    [Description("True when this is the stored answer of an earlier request with the same key and input.")]
    public bool Replayed { get; init; }

    /// <summary>The answer as it was stored, so that it is not written out twice; empty when it was not, or has changed since.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Utf8Json { get; internal set; }
}

/// <summary>Stored answers are the answers' JSON.</summary>
internal static class OutcomeText
{
    public static byte[] Write<TOutput>(TOutput output) => JsonSerializer.SerializeToUtf8Bytes(output, BillingJson.TypeInfo<TOutput>());

    public static TOutput Read<TOutput>(string outcome) => JsonSerializer.Deserialize(outcome, BillingJson.TypeInfo<TOutput>())!;
}
