using System.Buffers;
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
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? writer;

    public static byte[] Write<TOutput>(TOutput output)
    {
        if (FrequentAnswersJson.Writer<TOutput>.Write is not { } write)
        {
            return JsonSerializer.SerializeToUtf8Bytes(output, BillingJson.TypeInfo<TOutput>());
        }
        var into = buffer ??= new ArrayBufferWriter<byte>(1024);
        into.ResetWrittenCount();
        var json = writer ??= new Utf8JsonWriter(into, new JsonWriterOptions { Encoder = BillingJson.Conventions.Encoder, SkipValidation = true, MaxDepth = BillingJsonOptions.MaxDepth });
        json.Reset(into);
        write(json, output);
        json.Flush();
        return into.WrittenSpan.ToArray();
    }

    public static TOutput Read<TOutput>(string outcome) => JsonSerializer.Deserialize(outcome, BillingJson.TypeInfo<TOutput>())!;
}
