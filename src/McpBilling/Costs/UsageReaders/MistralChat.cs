namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// Mistral. Cached tokens that are billed at their own rate stand in <c>prompt_tokens_details</c>; the older <c>num_cached_tokens</c> beside them is information:
/// the recorded bills of such responses charge all input alike.
/// </summary>
internal sealed class MistralChat() : ChatCompletions("mistral", "mistral.chat", "mistral.chat.stream")
{
    protected override void AddTokens(ReadingDraft draft, ResponsePart usage)
    {
        base.AddTokens(draft, usage);
        draft.Inside("num_cached_tokens", usage.Count("num_cached_tokens"));
        draft.Add(CostKinds.AudioSecond, usage.Measure("prompt_audio_seconds"));
    }
}

/// <summary>Mistral's OCR: billed by the page.</summary>
internal sealed class MistralOcr() : ObjectReader("mistral", "mistral.ocr")
{
    public override string UsageField => "usage_info";

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        draft.Add(CostKinds.DocumentPage, response.Part(UsageField).Count("pages_processed"));
        return draft.Finish(response.Name("id"), response.Name("model"), $"{response.Path}.usage_info.pages_processed is missing");
    }
}
