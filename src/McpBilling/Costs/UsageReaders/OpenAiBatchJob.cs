namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// The total of an OpenAI batch. Book either its lines or this, never both: lines are known by the ids of their responses and this by the batch's, so that nothing
/// would see the double. A total says nothing of any one context's length.
/// </summary>
internal sealed class OpenAiBatchJob() : ObjectReader("openai", "openai.batch_job")
{
    protected override UsageReading ReadAny(System.Text.Json.JsonElement response, PriceContext told) =>
        Read(ResponsePart.Whole(response), new ReadingDraft(told with { Batch = true }) { LongestContext = 0 });

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        OpenAiTokens.Add(draft, response.Part("usage"), TokenFields.Responses);
        return draft.Finish(response.Name("id"), response.Name("model"), $"{response.Path}.usage is missing");
    }
}
