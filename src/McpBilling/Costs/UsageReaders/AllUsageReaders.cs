using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Costs.UsageReaders;

/// <summary>Every API that can be read, by the names that callers give it.</summary>
public static class AllUsageReaders
{
    /// <summary>The name under which several attempts of one operation are known. No reader: each attempt is a cost of its own (<see cref="ResponseSequence"/>).</summary>
    public const string Sequence = "sequence";

    private static readonly FrozenDictionary<string, IUsageReader> ByApi = new IUsageReader[]
    {
        new OpenAiChat(),
        new OpenAiResponses(),
        new OpenAiEmbeddings(),
        new OpenAiImages(),
        new OpenAiRealtime(),
        new OpenAiTranscriptions(),
        new OpenAiBatchLine(),
        new OpenAiBatchJob(),
        new AzureChat(),
        new AnthropicMessages(),
        new AnthropicBatchLine(),
        new GeminiGenerateContent(),
        new GeminiBatchLine(),
        new BedrockConverse(),
        new MistralChat(),
        new MistralOcr(),
        new DeepSeekChat(),
        new XaiChat(),
        new GroqChat(),
        new GroqBatchLine(),
        new CohereBilledUnits(),
        new VoyageEmbeddings(),
        new AiSdkUsage(),
        new OtelSpan(),
        new PeriodQuantity(),
        new CallQuantity(),
    }.SelectMany(reader => reader.Apis.Select(api => (api, reader))).ToFrozenDictionary(r => r.api, r => r.reader, StringComparer.Ordinal);

    /// <summary>Every name, sorted.</summary>
    public static IReadOnlyList<string> Apis { get; } = [.. ByApi.Keys.Order(StringComparer.Ordinal)];

    /// <exception cref="BillingException"><c>invalid_request</c> at <c>api</c>, with the nearest name.</exception>
    public static IUsageReader Find(string api)
    {
        if (ByApi.TryGetValue(api, out var reader))
        {
            return reader;
        }
        string said = api == Sequence
            ? "A sequence is several attempts: send each as its own cost, with the operation_id they share and its attempt (1, 2, …)."
            : $"{(PlainText.Fits(api, 64) ? $"\"{api}\"" : "The api")} is not an API whose responses can be read. {NearestName.Hint(api, Apis)} There are: {string.Join(", ", Apis)}.";
        throw new BillingException(ErrorCode.InvalidRequest, said.Replace("  ", " ", StringComparison.Ordinal), "api");
    }

    /// <summary>As <see cref="IUsageReader.Read"/>, of the response's usage alone. A refusal names the field within <c>usage</c>.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>, as <see cref="IUsageReader.Read"/>.</exception>
    public static UsageReading ReadUsage(this IUsageReader reader, JsonElement usage, PriceContext told)
    {
        string place = $"response.{reader.UsageField}";
        var text = new ArrayBufferWriter<byte>();
        text.Write(Encoding.UTF8.GetBytes($"{{\"{reader.UsageField}\":"));
        text.Write(Encoding.UTF8.GetBytes(usage.GetRawText()));
        text.Write("}"u8);
        try
        {
            return reader.Read(JsonElement.Parse(text.WrittenSpan), told);
        }
        catch (BillingException e) when (e.Field?.StartsWith(place, StringComparison.Ordinal) == true)
        {
            throw new BillingException(e.Code, e.Detail.Replace(place, "usage", StringComparison.Ordinal), "usage" + e.Field[place.Length..]);
        }
    }
}
