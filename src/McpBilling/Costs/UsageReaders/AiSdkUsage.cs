namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// Vercel's AI SDK: the usage of a result (<c>totalUsage</c> of all its steps before <c>usage</c>), in the words of version 6 (<c>inputTokenDetails</c>) or 5
/// (<c>cachedInputTokens</c>). Input contains cached tokens; version 5 left Anthropic's outside, which its numbers or its <c>providerMetadata</c> show. How long a cache
/// write lives, and whether its provider has one rate for it, only the provider's own usage in <c>raw</c> says.
/// </summary>
internal sealed class AiSdkUsage() : ObjectReader(null, "ai-sdk.usage")
{
    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        var usage = response.Part(response.Has("totalUsage") ? "totalUsage" : "usage");
        decimal? input = usage.Count("inputTokens") ?? usage.Count("promptTokens");
        decimal? output = usage.Count("outputTokens") ?? usage.Count("completionTokens");
        if (input is { } known)
        {
            AddInput(draft, usage, response.Part("providerMetadata").Part("anthropic"), known);
        }
        draft.Add(CostKinds.Output, output);
        draft.Inside("reasoning_tokens", usage.Count("reasoningTokens") ?? usage.Part("outputTokenDetails").CountWithin("reasoningTokens", output ?? 0, "outputTokens"));
        if (input is null != output is null)
        {
            draft.Partial = $"{usage.Path} has no {(input is null ? "inputTokens" : "outputTokens")}";
        }
        var answer = response.Part("response");
        return draft.Finish(answer.Name("id") ?? response.Name("id"), answer.Name("modelId") ?? response.Name("model"), $"{usage.Path} is missing");
    }

    private static void AddInput(ReadingDraft draft, ResponsePart usage, ResponsePart anthropic, decimal input)
    {
        var raw = usage.Part("raw") is { Exists: true } own ? own : anthropic.Part("usage");
        var details = usage.Part("inputTokenDetails");
        if (!details.Exists && usage.Count("cachedInputTokens") is { } cached)
        {
            bool isOutside = anthropic.Exists || cached > input;
            draft.Add(CostKinds.Input, isOutside ? input : input - cached);
            draft.AddFound(CostKinds.CacheRead, cached, assumed: isOutside && !anthropic.Exists);
            AddWrites(draft, raw, anthropic.Count("cacheCreationInputTokens") ?? 0);
            return;
        }
        decimal read = details.CountWithin("cacheReadTokens", input, "inputTokens");
        decimal written = details.CountWithin("cacheWriteTokens", input - read, "inputTokens");
        _ = details.CountWithin("noCacheTokens", input - read - written, "inputTokens");
        draft.Add(CostKinds.Input, input - read - written);
        draft.AddFound(CostKinds.CacheRead, read);
        AddWrites(draft, raw, written);
    }

    private static void AddWrites(ReadingDraft draft, ResponsePart raw, decimal written)
    {
        bool hasOneRate = raw.Has("prompt_tokens_details") || raw.Has("input_tokens_details");
        if (hasOneRate)
        {
            draft.AddFound(CostKinds.CacheWrite, written);
            return;
        }
        // The raw usage is one step's, the count perhaps of several: what it does not account for is taken for the shorter life.
        var lifetimes = raw.Part("cache_creation");
        decimal hour = Math.Min(written, lifetimes.Count("ephemeral_1h_input_tokens") ?? 0);
        decimal minutes = Math.Min(written - hour, lifetimes.Count("ephemeral_5m_input_tokens") ?? 0);
        draft.AddFound(CostKinds.CacheWrite1h, hour);
        draft.AddFound(CostKinds.CacheWrite5m, minutes);
        draft.AddFound(CostKinds.CacheWrite5m, written - hour - minutes, assumed: true);
    }
}
