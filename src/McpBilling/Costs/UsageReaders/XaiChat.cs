namespace McpBilling.Costs.UsageReaders;

/// <summary>xAI: the sources of a live search are counted in the usage, each billed as a search. Reasoning is added to the completion only when the total says so.</summary>
internal sealed class XaiChat() : ChatCompletions("x-ai", "xai.chat", "xai.chat.stream")
{
    protected override void AddTokens(ReadingDraft draft, ResponsePart usage)
    {
        base.AddTokens(draft, usage);
        draft.Add(CostKinds.WebSearch, usage.Count("num_sources_used"));
    }
}
