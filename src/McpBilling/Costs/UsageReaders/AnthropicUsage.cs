namespace McpBilling.Costs.UsageReaders;

/// <summary>Anthropic's usage: cached tokens come on top of input, and cache writes have a lifetime, which their price depends on.</summary>
internal static class AnthropicUsage
{
    /// <summary>Adds the tokens of one request, or of one iteration that bills for itself.</summary>
    public static void AddTokens(ReadingDraft draft, ResponsePart usage, string? model = null, int? part = null, bool assumed = false, string? iteration = null)
    {
        draft.Add(CostKinds.Input, usage.Count("input_tokens"), assumed, model, part, iteration);
        draft.Add(CostKinds.CacheRead, usage.Count("cache_read_input_tokens"), assumed, model, part, iteration);
        draft.Add(CostKinds.Output, usage.Count("output_tokens"), assumed, model, part, iteration);
        var lifetimes = usage.Part("cache_creation");
        decimal hour = lifetimes.Count("ephemeral_1h_input_tokens") ?? 0;
        decimal minutes = lifetimes.Count("ephemeral_5m_input_tokens") ?? 0;
        decimal written = usage.Count("cache_creation_input_tokens") ?? hour + minutes;
        hour = lifetimes.CountWithin("ephemeral_1h_input_tokens", written, "cache_creation_input_tokens");
        minutes = lifetimes.CountWithin("ephemeral_5m_input_tokens", written - hour, "cache_creation_input_tokens");
        draft.AddFound(CostKinds.CacheWrite1h, hour, assumed, model, part, iteration);
        draft.AddFound(CostKinds.CacheWrite5m, minutes, assumed, model, part, iteration);
        draft.AddFound(CostKinds.CacheWrite5m, written - hour - minutes, assumed: true, model, part, iteration);
    }

    /// <summary>All input of one request: what its context holds.</summary>
    public static decimal Context(ResponsePart usage)
    {
        var lifetimes = usage.Part("cache_creation");
        decimal written = usage.Count("cache_creation_input_tokens") ?? (lifetimes.Count("ephemeral_1h_input_tokens") ?? 0) + (lifetimes.Count("ephemeral_5m_input_tokens") ?? 0);
        return (usage.Count("input_tokens") ?? 0) + (usage.Count("cache_read_input_tokens") ?? 0) + written;
    }

    /// <summary>The tier, the speed and the place that served it.</summary>
    public static void AddContext(ReadingDraft draft, ResponsePart usage)
    {
        if (usage.Is("service_tier", "batch"))
        {
            draft.Context = draft.Context with { Batch = true, ServiceTier = null };
        }
        else
        {
            draft.ServedBy(usage.Name("service_tier", 64));
        }
        string? place = usage.Name("inference_geo", 64);
        draft.Context = draft.Context with
        {
            InferenceGeo = place is null or "not_available" ? draft.Context.InferenceGeo : place,
            Speed = usage.Name("speed", 64) ?? draft.Context.Speed,
        };
    }
}
