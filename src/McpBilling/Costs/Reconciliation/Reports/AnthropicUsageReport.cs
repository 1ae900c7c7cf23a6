namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>Anthropic's <c>usage_report/messages</c> and the console's export of tokens. Its kinds are disjoint already.</summary>
internal sealed class AnthropicUsageReport : IReportFormat
{
    public string Provider => "anthropic";

    public ReportKind Kind => ReportKind.Usage;

    public bool Recognizes(ReportRow row) => row.Has("uncached_input_tokens") || row.Has("usage_input_tokens_no_cache");

    public string NameOf(ReportRow row) => "usage_report/messages";

    public IEnumerable<ProviderFact> Facts(ReportRow row, Bucket bucket)
    {
        string? model = row.Text("model", "model_version"), tier = row.Text("service_tier", "usage_type"), project = row.Text("workspace_id", "workspace");
        string key = $"{bucket.Begins}|{bucket.Length}|{model}|{project}|{tier}|{row.Text("context_window")}|{row.Text("inference_geo")}|{row.Text("speed")}|{row.Text("api_key_id", "api_key")}|{row.Text("account_id")}|{row.Text("service_account_id")}";
        (string Kind, decimal? Quantity)[] kinds =
        [
            (CostKinds.Input, row.Count("uncached_input_tokens", "usage_input_tokens_no_cache")),
            (CostKinds.CacheRead, row.Count("cache_read_input_tokens", "usage_input_tokens_cache_read")),
            // Exports from before the lifetimes were told apart.
            (CostKinds.CacheWrite, row.Count("usage_input_tokens_cache_write")),
            (CostKinds.CacheWrite5m, row.Count("cache_creation.ephemeral_5m_input_tokens", "usage_input_tokens_cache_write_5m")),
            (CostKinds.CacheWrite1h, row.Count("cache_creation.ephemeral_1h_input_tokens", "usage_input_tokens_cache_write_1h")),
            (CostKinds.Output, row.Count("output_tokens", "usage_output_tokens")),
            (CostKinds.WebSearch, row.Count("server_tool_use.web_search_requests", "web_search_count")),
        ];
        foreach (var (kind, quantity) in kinds)
        {
            if (quantity is > 0)
            {
                yield return new ProviderFact(Provider, bucket.DayNumber, model ?? "", kind)
                {
                    Quantity = quantity,
                    Hour = bucket.HourOfDay,
                    Batch = AnthropicTier.IsBatch(tier),
                    Tier = tier,
                    Project = project,
                    RowKey = key,
                };
            }
        }
    }
}
