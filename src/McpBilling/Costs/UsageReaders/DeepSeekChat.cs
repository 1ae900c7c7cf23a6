namespace McpBilling.Costs.UsageReaders;

/// <summary>DeepSeek: input is what hit its cache and what missed it.</summary>
internal sealed class DeepSeekChat() : ChatCompletions("deepseek", "deepseek.chat", "deepseek.chat.stream")
{
    protected override void AddTokens(ReadingDraft draft, ResponsePart usage)
    {
        bool hasParts = usage.Has("prompt_cache_hit_tokens") || usage.Has("prompt_cache_miss_tokens");
        if (!hasParts)
        {
            base.AddTokens(draft, usage);
            return;
        }
        decimal hit = usage.Count("prompt_cache_hit_tokens") ?? 0;
        decimal miss = usage.Count("prompt_cache_miss_tokens") ?? 0;
        decimal prompt = usage.Count("prompt_tokens") ?? hit + miss;
        hit = usage.CountWithin("prompt_cache_hit_tokens", prompt, "prompt_tokens");
        _ = usage.CountWithin("prompt_cache_miss_tokens", prompt - hit, "prompt_tokens");
        draft.Add(CostKinds.Input, prompt - hit);
        draft.Add(CostKinds.CacheRead, hit);
        OpenAiTokens.AddOutput(draft, usage, TokenFields.Chat);
        if (!usage.Has("completion_tokens"))
        {
            draft.Partial = $"{usage.Path} has no completion_tokens";
        }
    }
}
