using System.Collections.Frozen;
using System.Collections.Immutable;

namespace McpBilling.Costs.Traces;

/// <summary>
/// The attributes that are read, by what they say, the preferred name first: ours, the GenAI semantic conventions (new, then old), OpenInference,
/// OpenLLMetry, and what the Vercel AI SDK, Logfire, Strands, Sentry and Langfuse write beside them. docs/topics/traces.md says the same to users.
/// </summary>
public static class TraceNames
{
    public static readonly ImmutableArray<string> Provider = ["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.vendor", "llm.system", "ai.model.provider"];

    public static readonly ImmutableArray<string> RequestModel =
        ["gen_ai.request.model", "llm.request.model", "ai.model.id", "llm.model_name", "embedding.model_name", "reranker.model_name"];

    public static readonly ImmutableArray<string> ResponseModel = ["gen_ai.response.model", "llm.response.model", "ai.response.model"];

    public static readonly ImmutableArray<string> ResponseId = ["gen_ai.response.id", "ai.response.id"];

    public static readonly ImmutableArray<string> InputTokens =
    [
        "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt", "llm.usage.prompt_tokens",
        "ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens",
    ];

    public static readonly ImmutableArray<string> OutputTokens =
    [
        "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion", "llm.usage.completion_tokens",
        "ai.usage.outputTokens", "ai.usage.completionTokens",
    ];

    public static readonly ImmutableArray<string> CacheRead =
    [
        "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.input_tokens.cached", "gen_ai.usage.cached_input_tokens",
        "llm.token_count.prompt_details.cache_read", "llm.usage.cache_read_input_tokens", "gen_ai.usage.details.cache_read_tokens",
        "gen_ai.usage.details.cache_read_input_tokens", "ai.usage.cachedInputTokens",
    ];

    public static readonly ImmutableArray<string> CacheWrite =
    [
        "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens", "gen_ai.usage.input_tokens.cache_write",
        "llm.token_count.prompt_details.cache_write", "llm.usage.cache_creation_input_tokens", "gen_ai.usage.details.cache_write_tokens",
        "gen_ai.usage.details.cache_creation_input_tokens",
    ];

    public static readonly ImmutableArray<string> Reasoning =
    [
        "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.output_tokens.reasoning", "gen_ai.usage.reasoning_tokens", "llm.usage.reasoning_tokens",
        "llm.token_count.completion_details.reasoning", "gen_ai.usage.details.reasoning_tokens", "ai.usage.reasoningTokens",
    ];

    public static readonly ImmutableArray<string> ServedTier = ["openai.response.service_tier", "gen_ai.openai.response.service_tier"];
    public static readonly ImmutableArray<string> RequestedTier = ["openai.request.service_tier", "gen_ai.openai.request.service_tier"];

    public static readonly ImmutableArray<string> Customer =
    [
        "mcp_billing.customer_id", "customer.id", "customer_id", "traceloop.association.properties.customer_id", "ai.telemetry.metadata.customer_id",
        "ai.telemetry.metadata.customerId", "langfuse.trace.metadata.customer_id",
    ];

    public static readonly ImmutableArray<string> EndUser =
    [
        "mcp_billing.end_user", "user.id", "enduser.id", "enduser.pseudo.id", "traceloop.association.properties.user_id", "llm.user", "ai.telemetry.metadata.userId",
        "langfuse.user.id",
    ];

    public static readonly ImmutableArray<string> Session =
    [
        "mcp_billing.session", "session.id", "gen_ai.conversation.id", "traceloop.association.properties.session_id", "ai.telemetry.metadata.sessionId",
        "langfuse.session.id",
    ];

    public static readonly ImmutableArray<string> Task = ["mcp_billing.task", "task.id", "traceloop.association.properties.task_id"];
    public static readonly ImmutableArray<string> Feature = ["mcp_billing.feature", "feature", "app.feature", "gen_ai.workflow.name", "traceloop.workflow.name"];
    public static readonly ImmutableArray<string> Operation = ["mcp_billing.operation_id"];
    public static readonly ImmutableArray<string> Attempt = ["mcp_billing.attempt"];
    public static readonly ImmutableArray<string> Batch = ["mcp_billing.batch"];
    public static readonly ImmutableArray<string> Error = ["error.type"];

    /// <summary>What says whether a span is one call or what lies around calls; the most exact first.</summary>
    public static readonly ImmutableArray<string> Role =
    [
        "gen_ai.operation.name", "llm.request.type", "openinference.span.kind", "ai.operationId", "gen_ai.span.kind", "langfuse.observation.type", "traceloop.span.kind",
    ];

    private static readonly FrozenSet<string> All = FrozenSet.Create<string>(
        StringComparer.Ordinal,
        [
            .. Provider, .. RequestModel, .. ResponseModel, .. ResponseId, .. InputTokens, .. OutputTokens, .. CacheRead, .. CacheWrite, .. Reasoning, .. ServedTier, .. RequestedTier,
            .. Customer, .. EndUser, .. Session, .. Task, .. Feature, .. Operation, .. Attempt, .. Batch, .. Error, .. Role,
        ]);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> BySpan = All.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Longer than every name that is read.</summary>
    public const int MaxLength = 64;

    public static bool Reads(ReadOnlySpan<char> name) => BySpan.Contains(name);
}
