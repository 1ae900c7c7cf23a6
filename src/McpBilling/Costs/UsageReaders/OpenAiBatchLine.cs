using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// A line of an OpenAI batch, in its envelope or as the response alone: of chat completions, responses or embeddings. Nothing in the body says that it was a batch
/// (its <c>service_tier</c> is <c>default</c>); the name of this API does.
/// </summary>
internal sealed class OpenAiBatchLine() : ResponseReader("openai", "openai.batch_line")
{
    private static readonly OpenAiChat Chat = new();
    private static readonly OpenAiResponses Responses = new();
    private static readonly OpenAiEmbeddings Embeddings = new();

    protected override UsageReading ReadAny(JsonElement response, PriceContext told)
    {
        var body = BatchLine.Body(response);
        var whole = ResponsePart.Whole(body);
        var usage = whole.Part("usage");
        ResponseReader reader = usage.Has("input_tokens") || whole.Is("object", "response") ? Responses : whole.Is("object", "list") ? Embeddings : Chat;
        var reading = reader.Read(body, told with { Batch = true });
        // Embeddings have no id of their own; their line has.
        return reading.ResponseId is null ? reading with { ResponseId = ResponsePart.Whole(response).Name("id") } : reading;
    }
}
