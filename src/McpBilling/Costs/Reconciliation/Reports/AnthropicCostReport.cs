namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>
/// Anthropic's <c>cost_report</c>, whose amount is a decimal text in <b>cents</b>, and the console's export of costs, whose <c>cost_usd</c> is dollars and
/// whose models have the names that people read.
/// </summary>
internal sealed class AnthropicCostReport : IReportFormat
{
    private const decimal CentsPerDollar = 100;

    public string Provider => "anthropic";

    public ReportKind Kind => ReportKind.Costs;

    public bool Recognizes(ReportRow row) => IsExport(row) || (row.Has("amount") && row.Has("currency") && !row.Has("amount.value"));

    public string NameOf(ReportRow row) => "cost_report";

    public IEnumerable<ProviderFact> Facts(ReportRow row, Bucket bucket)
    {
        bool isExport = IsExport(row);
        if ((isExport ? row.Dollars(1, "cost_usd") : row.Dollars(CentsPerDollar, "amount")) is not { } amount)
        {
            yield break;
        }
        if (!isExport)
        {
            row.RequireDollars("currency");
        }
        string? model = row.Text("model"), tier = row.Text("service_tier", "usage_type"), project = row.Text("workspace_id", "workspace");
        string? type = row.Text("cost_type"), token = row.Text("token_type");
        yield return new ProviderFact(Provider, bucket.DayNumber, model ?? "", KindOf(row, type, token))
        {
            Amount = amount,
            Hour = bucket.HourOfDay,
            Batch = AnthropicTier.IsBatch(tier),
            Tier = tier,
            Project = project,
            RowKey = $"{bucket.Begins}|{model}|{project}|{tier}|{type}|{token}|{row.Text("context_window")}|{row.Text("inference_geo")}|{row.Text("speed")}|{row.Text("api_key_id", "api_key")}|{row.Text("description")}",
        };
    }

    private static bool IsExport(ReportRow row) => row.Has("cost_usd") && row.Has("usage_date_utc");

    private static string KindOf(ReportRow row, string? type, string? token) => (type, token) switch
    {
        (null, null) => "",
        (null or "tokens" or "token", { } name) => name switch
        {
            "uncached_input_tokens" or "input_no_cache" => CostKinds.Input,
            "output_tokens" or "output" => CostKinds.Output,
            "cache_read_input_tokens" or "input_cache_read" => CostKinds.CacheRead,
            "cache_creation.ephemeral_5m_input_tokens" or "input_cache_write_5m" => CostKinds.CacheWrite5m,
            "cache_creation.ephemeral_1h_input_tokens" or "input_cache_write_1h" => CostKinds.CacheWrite1h,
            "input_cache_write" => CostKinds.CacheWrite,
            _ => ProviderKinds.OtherPrefix + name,
        },
        ("web_search", _) => CostKinds.WebSearch,
        ("code_execution", _) => ProviderKinds.CodeExecution,
        ("session_usage", _) => ProviderKinds.SessionUsage,
        ("tokens" or "token", null) => throw row.Problem("token_type is missing, though cost_type says tokens."),
        ({ } other, _) => ProviderKinds.OtherPrefix + other,
    };
}

/// <summary>What a tier says about batches.</summary>
internal static class AnthropicTier
{
    // The export of costs has "message" there, which says nothing.
    public static bool? IsBatch(string? tier) => tier?.ToLowerInvariant() switch
    {
        null or "message" => null,
        "batch" => true,
        _ => false,
    };
}
