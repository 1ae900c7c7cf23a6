using System.Collections.Immutable;
using System.Text.Json;
using McpBilling.Customers;

namespace McpBilling.Costs.Imports;

/// <summary>
/// Langfuse's observations: its export to blob storage (<c>usage_details</c>), its API and the export of its tables (<c>usageDetails</c>). Its kinds of usage are
/// disjoint and its total is their sum; where the total is less, they were reported as parts of input and output.
/// </summary>
internal sealed class LangfuseExport : ICostFileFormat
{
    public string Name => "langfuse";

    public ImmutableArray<string> CustomerFields => ["user_id", "userId", "metadata.customer_id"];

    public IEnumerable<ImportedCost> Read(FileRecord record, ImportSettings settings)
    {
        string? model = record.Label("provided_model_name", "providedModelName", "model");
        var usage = record.Json("usage_details", "usageDetails", "usage");
        if (model is null || usage is not { ValueKind: JsonValueKind.Object } details || !details.EnumerateObject().Any())
        {
            return [new ImportedCost(record.Line) { Skipped = "no call of a model: it has no model or no usage" }];
        }
        string? trace = record.Label("trace_id", "traceId");
        string? session = record.Label("session_id", "sessionId");
        return
        [
            new ImportedCost(record.Line)
            {
                Cost = new RecordLlmCostInput
                {
                    CustomerId = Attribution.CustomerOf(record, this, settings),
                    Provider = Attribution.ProviderOf(record.Label("metadata.ls_provider", "metadata.provider"), model, settings),
                    Api = CountedKinds.Api,
                    Model = Attribution.ModelOf(model),
                    Usage = Counts(new FileRecord(details, record.Line), details).Usage,
                    Id = record.Text("id") is { } id ? "langfuse:" + id : null,
                    RequestedAt = record.RequiredTime("start_time", "startTime"),
                    CompletedAt = record.Time("end_time", "endTime"),
                    OperationId = trace,
                    Outcome = record.Text("level") == "ERROR" ? CostOutcome.Failed : CostOutcome.Succeeded,
                    Subject = session is null ? null : new Subject { Session = session },
                },
            },
        ];
    }

    private static CountedKinds Counts(FileRecord record, JsonElement details)
    {
        decimal? total = record.Count("total", "totalTokens", "total_tokens");
        decimal main = (record.Count("input", "input_tokens", "prompt_tokens", "promptTokens") ?? 0) + (record.Count("output", "output_tokens", "completion_tokens", "completionTokens") ?? 0);
        var parts = new List<(string Kind, decimal Quantity)>();
        var counts = new CountedKinds();
        foreach (var (name, kind) in details.EnumerateObject().Select(p => (p.Name, KindOf(p.Name))).Where(k => k.Item2 is not null))
        {
            decimal? count = record.Count(name);
            counts.Add(kind!, count);
            if (!IsMain(name) && count > 0)
            {
                parts.Add((kind!, count.Value));
            }
        }
        // Counted within their wholes: the whole loses what its parts are; reasoning stays what it is, output.
        if (total == main)
        {
            foreach (var (kind, quantity) in parts)
            {
                string whole = kind is CostKinds.Output or CostKinds.OutputAudio ? CostKinds.Output : CostKinds.Input;
                counts.Add(whole, CostKinds.IsToken(kind) ? -quantity : null);
            }
        }
        return counts;
    }

    private static bool IsMain(string name) => name is "input" or "output" or "input_tokens" or "output_tokens" or "prompt_tokens" or "completion_tokens" or "promptTokens" or "completionTokens";

    // Names that Langfuse documents or makes of the providers' own; of others their beginning tells the side they are on.
    private static string? KindOf(string name) => name switch
    {
        _ when name.StartsWith("total", StringComparison.Ordinal) || name is "unit" => null,
        "cache_read_input_tokens" or "input_cache_read" or "input_cached_tokens" or "input_cached" or "cached_tokens" => CostKinds.CacheRead,
        "input_cache_creation_5m" or "input_cache_creation_ephemeral_5m" or "cache_creation_ephemeral_5m_input_tokens" => CostKinds.CacheWrite5m,
        "input_cache_creation_1h" or "input_cache_creation_ephemeral_1h" or "cache_creation_ephemeral_1h_input_tokens" => CostKinds.CacheWrite1h,
        "cache_creation_input_tokens" or "input_cache_creation" or "input_cache_write_tokens" => CostKinds.CacheWrite,
        "input_audio_tokens" or "input_audio" or "prompt_audio_tokens" => CostKinds.InputAudio,
        "output_audio_tokens" or "output_audio" or "completion_audio_tokens" => CostKinds.OutputAudio,
        "input_image_tokens" or "input_image" => CostKinds.InputImage,
        "output_image_tokens" or "output_image" => CostKinds.OutputImage,
        "web_search_requests" or "web_search" => CostKinds.WebSearch,
        _ when name.StartsWith("input", StringComparison.Ordinal) || name.StartsWith("prompt", StringComparison.Ordinal) => CostKinds.Input,
        _ when name.StartsWith("output", StringComparison.Ordinal) || name.StartsWith("completion", StringComparison.Ordinal) => CostKinds.Output,
        _ => null,
    };
}
