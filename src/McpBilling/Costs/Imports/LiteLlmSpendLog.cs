using System.Collections.Immutable;
using McpBilling.Customers;

namespace McpBilling.Costs.Imports;

/// <summary>
/// LiteLLM's spend logs (rows of LiteLLM_SpendLogs, as its API answers or a database exports them, and its standard logging payloads). It brings every provider into
/// OpenAI's shape, cached tokens within the prompt; <c>metadata.usage_object</c> has them, the columns alone do not. Its <c>request_id</c> is the provider's id.
/// </summary>
internal sealed class LiteLlmSpendLog : ICostFileFormat
{
    public string Name => "litellm";

    public ImmutableArray<string> CustomerFields => ["end_user", "metadata.user_api_key_end_user_id", "proxy_server_request.safety_identifier", "proxy_server_request.user", "proxy_server_request.metadata.user_id"];

    public IEnumerable<ImportedCost> Read(FileRecord record, ImportSettings settings)
    {
        string? model = record.Label("model", "model_group");
        string provider = Attribution.ProviderOf(record.Label("custom_llm_provider"), model, settings);
        if (string.Equals(record.Text("cache_hit"), "true", StringComparison.OrdinalIgnoreCase) || record.At("cache_hit").ValueKind == System.Text.Json.JsonValueKind.True)
        {
            return [new ImportedCost(record.Line) { Skipped = "LiteLLM's cache answered: no provider was called" }];
        }
        var counts = Counts(record);
        bool hasFailed = record.Text("status", "metadata.status") == "failure";
        if (!counts.IsKnown || (hasFailed && record.Count("total_tokens") is null or 0))
        {
            return [new ImportedCost(record.Line) { Skipped = hasFailed ? "the call failed before anything was billed" : "no counts" }];
        }
        string? session = record.Label("session_id", "trace_id");
        return
        [
            new ImportedCost(record.Line)
            {
                Cost = new RecordLlmCostInput
                {
                    CustomerId = Attribution.CustomerOf(record, this, settings),
                    Provider = provider,
                    Api = CountedKinds.Api,
                    Model = Attribution.ModelOf(model),
                    Usage = counts.Usage,
                    // As a live report of the same response is keyed.
                    Id = record.Text("request_id", "id") is { } id ? $"{provider}:{id}" : null,
                    RequestedAt = record.RequiredTime("startTime", "start_time"),
                    CompletedAt = record.Time("endTime", "end_time"),
                    Outcome = hasFailed ? CostOutcome.Failed : CostOutcome.Succeeded,
                    Subject = session is null ? null : new Subject { Session = session },
                    PriceContext = record.Label("metadata.usage_object.service_tier") is { } tier ? new PriceContext { ServiceTier = tier } : null,
                },
            },
        ];
    }

    private static CountedKinds Counts(FileRecord record)
    {
        string[] places = ["metadata.usage_object.", "response.usage.", "metadata.additional_usage_values.", ""];
        decimal? First(params string[] names) => names.SelectMany(name => places.Select(place => record.Count(place + name))).FirstOrDefault(n => n is not null);
        var counts = new CountedKinds();
        counts.AddInput(
            First("prompt_tokens", "input_tokens"),
            First("prompt_tokens_details.cached_tokens", "cache_read_input_tokens") ?? 0,
            First("prompt_tokens_details.cache_creation_tokens", "cache_creation_input_tokens", "prompt_tokens_details.cache_write_tokens") ?? 0,
            First("prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens") ?? 0,
            First("prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens") ?? 0,
            First("prompt_tokens_details.audio_tokens") ?? 0,
            areOnTop: false);
        counts.AddOutput(First("completion_tokens", "output_tokens"), First("completion_tokens_details.audio_tokens") ?? 0);
        counts.Add(CostKinds.WebSearch, First("server_tool_use.web_search_requests"));
        return counts;
    }
}
