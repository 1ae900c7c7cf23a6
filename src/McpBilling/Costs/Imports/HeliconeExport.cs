using System.Collections.Immutable;
using System.Text.Json;
using McpBilling.Costs.UsageReaders;
using McpBilling.Customers;

namespace McpBilling.Costs.Imports;

/// <summary>
/// Helicone's exports (its export tool in JSON Lines, JSON or CSV, and its query API). With bodies the provider's own response is read, keyed by its id; without them
/// its columns of counts, keyed by Helicone's id, where the total says whether cached tokens are within the prompt.
/// </summary>
internal sealed class HeliconeExport : ICostFileFormat
{
    public string Name => "helicone";

    public ImmutableArray<string> CustomerFields => ["request_user_id", "request_body.safety_identifier", "request_body.user", "request_body.metadata.user_id"];

    public IEnumerable<ImportedCost> Read(FileRecord record, ImportSettings settings)
    {
        string? model = Attribution.ModelOf(record.Label("response_model", "model", "request_model"));
        string provider = Attribution.ProviderOf(record.Label("provider"), model, settings);
        if (record.Text("cache_reference_id") is { } cache && cache.Trim('0', '-').Length > 0)
        {
            return [new ImportedCost(record.Line) { Skipped = "Helicone's cache answered: no provider was called" }];
        }
        bool hasFailed = record.Text("response_status") is { } status && status is not ("200" or "0") && !status.StartsWith('2');
        var body = record.Json("response_body");
        string? api = body is { } response ? ResponseShape.ApiOf(response, provider) : null;
        if (api is not null && AllUsageReaders.Find(api).Read(body!.Value, PriceContext.None).State == ReadingState.NoUsage)
        {
            api = null;
        }
        var counts = Counts(record, provider);
        if (api is null && (!counts.IsKnown || hasFailed))
        {
            return [new ImportedCost(record.Line) { Skipped = hasFailed ? "the call failed before anything was billed" : "neither a body nor counts" }];
        }
        return
        [
            new ImportedCost(record.Line)
            {
                Cost = new RecordLlmCostInput
                {
                    CustomerId = Attribution.CustomerOf(record, this, settings),
                    Provider = provider,
                    Api = api ?? CountedKinds.Api,
                    Model = model,
                    Response = api is null ? null : body,
                    Usage = api is null ? counts.Usage : null,
                    Id = api is null ? "helicone:" + record.Text("request_id", "response_id") : null,
                    RequestedAt = record.RequiredTime("request_created_at", "response_created_at"),
                    CompletedAt = record.Time("response_created_at"),
                    Outcome = hasFailed ? CostOutcome.Failed : CostOutcome.Succeeded,
                    Subject = SubjectOf(record, settings),
                },
            },
        ];
    }

    private static CountedKinds Counts(FileRecord record, string provider)
    {
        var counts = new CountedKinds();
        decimal? prompt = record.Count("prompt_tokens");
        decimal read = record.Count("prompt_cache_read_tokens") ?? 0;
        decimal written = record.Count("prompt_cache_write_tokens") ?? 0;
        decimal? completion = record.Count("completion_tokens");
        decimal within = (prompt ?? 0) + (completion ?? 0);
        bool areOnTop = record.Count("total_tokens") is { } total && total != within ? total == within + read + written : provider is CostProviders.Anthropic or CostProviders.Aws;
        counts.AddInput(prompt, read, written, 0, 0, record.Count("prompt_audio_tokens") ?? 0, areOnTop);
        counts.AddOutput(completion, record.Count("completion_audio_tokens") ?? 0);
        return counts;
    }

    private static Subject? SubjectOf(FileRecord record, ImportSettings settings)
    {
        string? session = record.Label("request_properties.Helicone-Session-Id", "properties.Helicone-Session-Id");
        // Where another field names the customer, Helicone's user is the customer's user.
        string? user = settings.CustomerField is not (null or "request_user_id") ? record.Label("request_user_id") : null;
        return session is null && user is null ? null : new Subject { Session = session, EndUser = user };
    }
}
