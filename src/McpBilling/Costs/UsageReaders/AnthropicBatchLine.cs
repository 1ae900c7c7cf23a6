using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>A line of an Anthropic batch, in its envelope <c>{custom_id, result: {type, message}}</c> or as the message alone. What errored, expired or was canceled is not billed.</summary>
internal sealed class AnthropicBatchLine() : ResponseReader("anthropic", "anthropic.batch_line")
{
    private static readonly AnthropicMessages Messages = new();

    protected override UsageReading ReadAny(JsonElement response, PriceContext told)
    {
        var result = ResponsePart.Whole(response).Part("result");
        var message = result.Exists ? result.Raw("message") : response;
        return message.ValueKind == JsonValueKind.Object
            ? Messages.Read(message, told with { Batch = true })
            : new ReadingDraft(told with { Batch = true }).Finish(null, null, "the line of the batch has no message: the provider does not bill it");
    }
}
