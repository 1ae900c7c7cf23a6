namespace McpBilling.Costs.Traces;

/// <summary>What a span stands for.</summary>
public enum SpanRole
{
    /// <summary>Nothing of models: only a link between others.</summary>
    Other,

    /// <summary>One request to a provider.</summary>
    Call,

    /// <summary>An agent, chain, workflow or tool around calls. The usage it shows is its children's.</summary>
    RollUp,

    /// <summary>It shows usage of a model and does not say what it is.</summary>
    Unsaid,
}

/// <summary>Reads the role from whichever convention a span follows.</summary>
internal static class SpanRoles
{
    private const StringComparison Ordinal = StringComparison.Ordinal;

    public static SpanRole Of(SpanAttributes span)
    {
        foreach (string name in TraceNames.Role)
        {
            if (span.Find(name) is { Text: { } said } && Of(name, said) is { } role)
            {
                return role;
            }
        }
        // A request always knows its model; usage without one is a sum of something.
        bool namesModel = span.First(TraceNames.RequestModel) is not null || span.First(TraceNames.ResponseModel) is not null;
        return !HasUsage(span) ? SpanRole.Other : namesModel ? SpanRole.Unsaid : SpanRole.RollUp;
    }

    public static bool HasUsage(SpanAttributes span) => span.First(TraceNames.InputTokens) is not null || span.First(TraceNames.OutputTokens) is not null;

    public static bool IsEmbedding(SpanAttributes span) =>
        TraceNames.Role.Any(name => span.Find(name)?.Text is { } said && said.Contains("embed", StringComparison.OrdinalIgnoreCase));

    // Null: this name says nothing that is known; the next is asked.
    private static SpanRole? Of(string name, string said) => name switch
    {
        // ai.generateText is around its steps, and ai.generateText.doGenerate is one.
        "ai.operationId" => said.Contains(".do", Ordinal) ? SpanRole.Call : said.StartsWith("ai.", Ordinal) ? SpanRole.RollUp : null,
#pragma warning disable CA1308 // The conventions' own words, which differ in case only.
        _ => Known(said.ToLowerInvariant()),
#pragma warning restore CA1308
    };

    private static SpanRole? Known(string said) => said switch
    {
        "chat" or "text_completion" or "generate_content" or "completion" or "embeddings" or "embedding" or "llm" or "rerank" or "reranker" or "generation"
            or "responses" or "image_generation" or "speech" or "transcription" or "call_llm" => SpanRole.Call,
        "invoke_agent" or "create_agent" or "execute_tool" or "invoke_workflow" or "plan" or "retrieval" or "agent" or "tool" or "chain" or "workflow" or "task" or "step"
            or "retriever" or "guardrail" or "evaluator" or "prompt" or "entry" or "span" or "event" => SpanRole.RollUp,
        _ => null,
    };
}
