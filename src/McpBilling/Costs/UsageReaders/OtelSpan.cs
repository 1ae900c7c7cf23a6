using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// The attributes of an OpenTelemetry span, as an object or as OTLP's list of <c>{key, value}</c>: GenAI conventions old and new, OpenLLMetry, OpenInference, the AI SDK.
/// Caches should be inside input; older instrumentation of Anthropic leaves them outside, which is taken so, as assumed, when they are more than the input.
/// A span that sums up what its children report (an agent's) has no usage of its own.
/// </summary>
internal sealed class OtelSpan() : ObjectReader(null, "otel.span")
{
    private static readonly string[] InputNames =
        ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "llm.token_count.prompt", "ai.usage.inputTokens", "ai.usage.promptTokens"];

    private static readonly string[] OutputNames =
        ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens", "llm.token_count.completion", "ai.usage.outputTokens", "ai.usage.completionTokens"];

    private static readonly string[] ReadNames =
        ["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.details.cache_read_tokens", "llm.token_count.prompt_details.cache_read", "ai.usage.cachedInputTokens"];

    private static readonly string[] WriteNames =
        ["gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.details.cache_write_tokens", "llm.token_count.prompt_details.cache_write"];

    private static readonly string[] ReasoningNames =
        ["gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning", "ai.usage.reasoningTokens"];

    private static readonly string[] ModelNames =
        ["gen_ai.response.model", "llm.response.model", "ai.response.model", "gen_ai.request.model", "llm.request.model", "llm.model_name", "ai.model.id"];

    private static readonly string[] ProviderNames = ["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider"];

    private static readonly string[] TierNames = ["openai.response.service_tier", "gen_ai.openai.response.service_tier"];

    private static readonly string[] RollUps = ["invoke_agent", "create_agent", "execute_tool", "invoke_workflow", "plan"];

    public override string UsageField => "attributes";

    protected override UsageReading Read(ResponsePart response, ReadingDraft draft)
    {
        var attributes = response.Raw("attributes").ValueKind == JsonValueKind.Array ? OtelAttributes.AsObject(response, "attributes") : response.Part("attributes");
        string? id = First(attributes, ["gen_ai.response.id", "ai.response.id"]);
        string? model = First(attributes, ModelNames);
        if (RollUps.Any(operation => attributes.Is("gen_ai.operation.name", operation)))
        {
            return draft.Finish(id, model, "the span sums up what its children report");
        }
        draft.ServedBy(First(attributes, TierNames));
        AddTokens(draft, attributes, First(attributes, ProviderNames));
        return draft.Finish(id, model, $"{attributes.Path} has no gen_ai.usage.input_tokens");
    }

    private static void AddTokens(ReadingDraft draft, ResponsePart attributes, string? provider)
    {
        string inputName = Named(attributes, InputNames);
        decimal? input = attributes.CountOrText(inputName);
        decimal? output = attributes.CountOrText(Named(attributes, OutputNames));
        string readName = Named(attributes, ReadNames);
        string writeName = Named(attributes, WriteNames);
        decimal read = attributes.CountOrText(readName) ?? 0;
        decimal written = attributes.CountOrText(writeName) ?? 0;
        if (input is { } known)
        {
            bool hasLifetimes = provider?.Contains("anthropic", StringComparison.Ordinal) == true || provider?.Contains("bedrock", StringComparison.Ordinal) == true;
            bool isOutside = read + written > known;
            if (isOutside && !hasLifetimes)
            {
                throw attributes.Refused(read > known ? readName : writeName, $"at most what {inputName} leaves for it");
            }
            draft.Add(CostKinds.Input, isOutside ? known : known - read - written, isOutside);
            draft.AddFound(CostKinds.CacheRead, read, isOutside);
            draft.AddFound(hasLifetimes ? CostKinds.CacheWrite5m : CostKinds.CacheWrite, written, hasLifetimes);
        }
        draft.Add(CostKinds.Output, output);
        draft.Inside("reasoning_tokens", attributes.CountOrText(Named(attributes, ReasoningNames)));
        bool isEmbedding = attributes.Is("gen_ai.operation.name", "embeddings") || attributes.Is("openinference.span.kind", "EMBEDDING");
        if (input is null != output is null && !(isEmbedding && output is null))
        {
            draft.Partial = $"{attributes.Path} has no {(input is null ? InputNames[0] : OutputNames[0])}";
        }
    }

    private static string Named(ResponsePart attributes, string[] names) => names.FirstOrDefault(attributes.Has) ?? names[0];

    private static string? First(ResponsePart attributes, string[] names) => names.Select(name => attributes.Name(name)).FirstOrDefault(n => n is not null);
}
