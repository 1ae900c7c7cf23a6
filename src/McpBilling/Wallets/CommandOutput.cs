using System.ComponentModel;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>What every answer of a command has.</summary>
public abstract record CommandOutput
{
    [Description("True when this is the stored answer of an earlier request with the same key and input.")]
    public bool Replayed { get; init; }
}

/// <summary>Stored answers are the answers' JSON.</summary>
internal static class OutcomeText
{
    public static string Write<TOutput>(TOutput output) => JsonSerializer.Serialize(output, BillingJson.TypeInfo<TOutput>());

    public static TOutput Read<TOutput>(string outcome) => JsonSerializer.Deserialize(outcome, BillingJson.TypeInfo<TOutput>())!;
}
