namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>
/// OpenAI's <c>organization/usage/*</c>, each endpoint's rows by their fields. Tokens are cut into disjoint kinds: cached and written tokens are inside
/// <c>input_tokens</c>. Rows that split by modality (<c>input_text_tokens</c>) count audio and images inside the totals, and cached ones apart from
/// <c>input_audio_tokens</c>; older rows count text alone in the totals.
/// </summary>
internal sealed class OpenAiUsageReport : IReportFormat
{
    public const string Prefix = "organization/usage/";

    public string Provider => "openai";

    public ReportKind Kind => ReportKind.Usage;

    public bool Recognizes(ReportRow row) => EndpointOf(row) is not null;

    public string NameOf(ReportRow row) => Prefix + EndpointOf(row);

    public IEnumerable<ProviderFact> Facts(ReportRow row, Bucket bucket)
    {
        string? model = row.Text("model"), project = row.Text("project_id"), tier = row.Text("service_tier");
        string key = $"{bucket.Begins}|{bucket.Length}|{model}|{project}|{tier}|{row.Text("user_id")}|{row.Text("api_key_id")}|{row.Text("batch")}|{row.Text("size")}|{row.Text("source")}|{row.Text("vector_store_id")}|{row.Text("context_level")}";
        bool? batch = row.Flag("batch");
        foreach (var (kind, quantity) in Kinds(row))
        {
            if (quantity is > 0)
            {
                yield return new ProviderFact(Provider, bucket.DayNumber, model ?? "", kind)
                {
                    Quantity = quantity,
                    Hour = bucket.HourOfDay,
                    Batch = batch,
                    Tier = tier,
                    Project = project,
                    RowKey = key,
                };
            }
        }
    }

    private static IEnumerable<(string Kind, decimal? Quantity)> Kinds(ReportRow row) => EndpointOf(row) switch
    {
        "completions" => Completions(row),
        "embeddings" => [(CostKinds.Input, row.Count("input_tokens")), (ProviderKinds.Requests, row.Count("num_model_requests"))],
        "images" => [(ProviderKinds.Images, row.Count("images"))],
        "audio_speeches" => [(ProviderKinds.SpeechCharacter, row.Count("characters"))],
        "audio_transcriptions" => [(CostKinds.AudioSecond, row.Count("seconds"))],
        "web_search_calls" => [(CostKinds.WebSearch, row.Count("num_requests"))],
        "file_search_calls" => [(CostKinds.FileSearch, row.Count("num_requests"))],
        "vector_stores" => [(ProviderKinds.VectorStoreByte, row.Count("usage_bytes"))],
        "code_interpreter_sessions" => [(ProviderKinds.CodeExecution, row.Count("num_sessions", "sessions"))],
        // Moderations are free.
        _ => [],
    };

    private static IEnumerable<(string, decimal?)> Completions(ReportRow row)
    {
        decimal input = row.Count("input_tokens") ?? 0, cached = row.Count("input_cached_tokens") ?? 0, written = row.Count("input_cache_write_tokens") ?? 0;
        decimal inAudio = row.Count("input_audio_tokens") ?? 0, inImage = row.Count("input_image_tokens") ?? 0;
        decimal cachedAudio = row.Count("input_cached_audio_tokens") ?? 0, cachedImage = row.Count("input_cached_image_tokens") ?? 0;
        decimal output = row.Count("output_tokens") ?? 0, outAudio = row.Count("output_audio_tokens") ?? 0, outImage = row.Count("output_image_tokens") ?? 0;
        bool isSplit = row.Text("input_text_tokens") is not null;
        decimal text = input - cached - written - (isSplit ? inAudio + inImage : 0);
        decimal cachedText = cached - (isSplit ? cachedAudio + cachedImage : 0);
        decimal outText = output - (isSplit ? outAudio + outImage : 0);
        if (text < 0 || cachedText < 0 || outText < 0)
        {
            throw row.Problem($"the parts of {(outText < 0 ? "output_tokens" : cachedText < 0 ? "input_cached_tokens" : "input_tokens")} are more than the whole.");
        }
        return
        [
            (CostKinds.Input, text), (CostKinds.CacheRead, cachedText), (CostKinds.CacheWrite, written), (CostKinds.Output, outText),
            (CostKinds.InputAudio, inAudio), (CostKinds.CacheReadAudio, cachedAudio), (CostKinds.OutputAudio, outAudio),
            (CostKinds.InputImage, inImage), (CostKinds.CacheReadImage, cachedImage), (CostKinds.OutputImage, outImage),
            (ProviderKinds.Requests, row.Count("num_model_requests")),
        ];
    }

    private static string? EndpointOf(ReportRow row)
    {
        if (row.Text("object") is { } name && name.StartsWith("organization.usage.", StringComparison.Ordinal))
        {
            string endpoint = name["organization.usage.".Length..].Replace(".result", "", StringComparison.Ordinal);
            return endpoint switch
            {
                "web_searches" => "web_search_calls",
                "file_searches" => "file_search_calls",
                "completions" or "embeddings" or "moderations" or "images" or "audio_speeches" or "audio_transcriptions" or "vector_stores"
                    or "code_interpreter_sessions" or "web_search_calls" or "file_search_calls" => endpoint,
                _ => null,
            };
        }
        // Tables do not say which report they are: their columns do. Anthropic's API has output_tokens too, but never the count of requests.
        return row.Has("images") ? "images"
            : row.Has("characters") ? "audio_speeches"
            : row.Has("seconds") ? "audio_transcriptions"
            : row.Has("usage_bytes") ? "vector_stores"
            : row.Has("num_sessions") ? "code_interpreter_sessions"
            : row.Has("num_requests") ? row.Has("num_model_requests") || row.Has("context_level") ? "web_search_calls" : "file_search_calls"
            : !row.Has("num_model_requests") || !row.Has("input_tokens") ? null
            : row.Has("output_tokens") ? "completions"
            : "embeddings";
    }
}
