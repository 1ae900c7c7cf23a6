namespace McpBilling.Costs.UsageReaders;

/// <summary>OpenAI's embeddings: input only.</summary>
internal sealed class OpenAiEmbeddings() : ObjectReader("openai", "openai.embeddings")
{
    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        var usage = response.Part("usage");
        OpenAiTokens.AddInput(draft, usage, usage.Has("input_tokens") ? TokenFields.Responses : TokenFields.Chat);
        return draft.Finish(response.Name("id"), response.Name("model"), $"{usage.Path}.prompt_tokens is missing");
    }
}
