using System.Collections.Immutable;
using System.Text.Json;
using McpBilling.Costs.UsageReaders;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs.Imports;

/// <summary>
/// What an app kept itself: <c>{api, customer_id, requested_at, response}</c> with any field of POST /v1/costs/llm, <c>{request, response}</c>, lines of a batch, or plain
/// responses of providers, whose API their shape tells and whose time is their <c>created</c>.
/// </summary>
internal sealed class RawResponses : ICostFileFormat
{
    private static readonly string[] Envelope = ["api", "customer_id", "requested_at", "request", "provider", "usage_field"];

    public string Name => "raw";

    public ImmutableArray<string> CustomerFields =>
    [
        "customer_id", "request.safety_identifier", "request.user", "request.metadata.user_id", "response.safety_identifier", "response.user", "response.metadata.user_id",
        "response.body.safety_identifier", "response.body.user", "safety_identifier", "user", "metadata.user_id",
    ];

    public IEnumerable<ImportedCost> Read(FileRecord record, ImportSettings settings)
    {
        bool isEnvelope = record.At("custom_id").ValueKind == JsonValueKind.Undefined && Envelope.Any(name => record.At(name).ValueKind != JsonValueKind.Undefined)
            && (record.Json("response", "usage") is not null || record.At("api").ValueKind != JsonValueKind.Undefined);
        var response = isEnvelope ? record.Json("response") : record.Value;
        string? named = record.Label("provider") is { } said ? CostProviders.Canonical(said) : settings.Provider;
        string api = record.Label("api") ?? (response is { } plain ? ResponseShape.ApiOf(plain, named) : null)
            ?? throw new BillingException(ErrorCode.InvalidRequest, "api is missing, and the response does not tell which API it came from.", "api");
        if (api != AllUsageReaders.Sequence)
        {
            return [CostOf(record, settings, api, response, isEnvelope ? record.Json("usage") : null, isEnvelope)];
        }
        var (operation, attempts) = ResponseSequence.Split(response ?? record.Value);
        return attempts.Select(attempt => CostOf(record, settings, ResponseShape.ApiOf(attempt.Response, named)
            ?? throw new BillingException(ErrorCode.InvalidRequest, $"response.attempts[{attempt.Number - 1}] does not tell which API it came from.", "api"), attempt.Response, null, isEnvelope, operation, attempt.Number));
    }

    private ImportedCost CostOf(FileRecord record, ImportSettings settings, string api, JsonElement? response, JsonElement? usage, bool isEnvelope, string? operation = null, int? attempt = null)
    {
        string? model = record.Label("model", "request.model");
        string? answered = model ?? record.Label("response.model", "response.modelVersion", "response.body.model", "modelVersion", "result.message.model");
        return new ImportedCost(record.Line)
        {
            Cost = new RecordLlmCostInput
            {
                CustomerId = Attribution.CustomerOf(record, this, settings),
                Provider = record.Label("provider") is { } said ? CostProviders.Canonical(said) : AllUsageReaders.Find(api).Provider ?? Attribution.ProviderOf(null, answered, settings),
                Api = api,
                Model = model,
                Response = usage is null || response is not null ? response : null,
                Usage = response is null ? usage : null,
                Id = isEnvelope ? record.Text("id") : null,
                RequestedAt = record.RequiredTime("requested_at", "timestamp", "time", "response.created", "response.created_at", "response.body.created", "response.body.created_at", "response.createTime", "created", "created_at", "createTime"),
                CompletedAt = isEnvelope ? record.Time("completed_at") : null,
                OperationId = operation ?? record.Label("operation_id"),
                Attempt = attempt ?? AttemptOf(record),
                Outcome = OutcomeOf(record),
                ContextOf = record.Label("context_of"),
                Subject = SubjectOf(record),
                Feature = record.Label("feature"),
                PriceContext = ContextOf(record),
            },
        };
    }

    private static int AttemptOf(FileRecord record) => record.Count("attempt") is { } attempt
        ? attempt is >= 1 and <= 1000 ? (int)attempt : throw new BillingException(ErrorCode.InvalidRequest, "attempt must be a whole number from 1 to 1000.", "attempt")
        : 1;

    private static CostOutcome OutcomeOf(FileRecord record) => record.Text("outcome") switch
    {
        null or "succeeded" => CostOutcome.Succeeded,
        "failed" => CostOutcome.Failed,
        "aborted" => CostOutcome.Aborted,
        _ => throw new BillingException(ErrorCode.InvalidRequest, "outcome must be succeeded, failed or aborted.", "outcome"),
    };

    private static Subject? SubjectOf(FileRecord record) => record.Json("subject") is null ? null
        : new Subject { EndUser = record.Label("subject.end_user"), Session = record.Label("subject.session"), Task = record.Label("subject.task") };

    private static PriceContext? ContextOf(FileRecord record) => record.Json("price_context") is null ? null : new PriceContext
    {
        Batch = record.At("price_context.batch").ValueKind == JsonValueKind.True,
        ServiceTier = record.Label("price_context.service_tier"),
        RequestedServiceTier = record.Label("price_context.requested_service_tier"),
        Speed = record.Label("price_context.speed"),
        InferenceGeo = record.Label("price_context.inference_geo"),
        DataResidency = record.Label("price_context.data_residency"),
        Deployment = record.Label("price_context.deployment"),
        GroundingUnit = record.Label("price_context.grounding_unit"),
    };
}
