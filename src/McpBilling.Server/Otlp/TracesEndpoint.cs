using System.Text.Json;
using McpBilling.Costs;
using McpBilling.Costs.Traces;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.OAuth;
using McpBilling.Server.Rest;

namespace McpBilling.Server.Otlp;

/// <summary>
/// <c>POST /v1/traces</c>: OTLP over HTTP. Spans of model calls are booked as <see cref="RecordLlmCost"/> would; the others are links between them and are
/// not kept. A span that is refused is named in the answer and does not hold back the others.
/// </summary>
internal sealed class TracesEndpoint(RecordLlmCost operation, IBilling billing, JsonSerializerOptions json)
{
    public const string Path = "/v1/traces";

    private const int ToldRefusals = 5;
    private readonly TraceMemory memory = new();
    private readonly Lazy<InputSchema> schema = new(() => JsonSchemas.ForInput(json.GetTypeInfo(typeof(RecordLlmCostInput))));

    /// <summary>Where there is the operation, there is the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, IReadOnlyList<Operation> operations, IBilling billing, JsonSerializerOptions json)
    {
        if (operations.OfType<RecordLlmCost>().FirstOrDefault() is { } operation)
        {
            endpoints.MapPost(Path, BatchThreads.Behind(new TracesEndpoint(operation, billing, json).Handle)).WithMetadata(AnswersUnauthenticated.Itself);
        }
    }

    private async Task Handle(HttpContext context)
    {
        var encoding = TraceBody.EncodingOf(context.Request);
        try
        {
            var caller = Allowed(context);
            var body = await TraceBody.Read(context);
            var known = encoding
                ?? throw new BillingException(ErrorCode.UnsupportedMediaType, $"The Content-Type must be {TraceBody.Protobuf} or {TraceBody.Json}.");
            var (refused, message) = await Record(Spans(body, known), caller);
            await TraceAnswer.Write(context, known, refused, message);
        }
        catch (BillingException failure) when (encoding == TraceEncoding.Protobuf && !context.Response.HasStarted)
        {
            await TraceAnswer.Refuse(context, failure);
        }
    }

    private Caller Allowed(HttpContext context)
    {
        if (context.Items[typeof(Caller)] is not Caller caller)
        {
            throw context.Items[typeof(BillingException)] as BillingException ?? new BillingException(ErrorCode.Unauthenticated, "The request carries no key.");
        }
        if (IAccessTokens.CanStepUp(caller) && !caller.ScopeNames.Contains(operation.Scope))
        {
            context.Response.Headers.WWWAuthenticate = BearerChallenge.ForMissingScope(metadata: null, caller, operation.Scope);
        }
        caller.Require(operation.Scope);
        return caller;
    }

    private static SpanCollector Spans(ReadOnlyMemory<byte> body, TraceEncoding encoding)
    {
        var spans = new SpanCollector();
        if (encoding == TraceEncoding.Protobuf)
        {
            TraceProtobuf.Read(body.Span, spans);
        }
        else
        {
            using var document = RequestBody.Parse(body);
            TraceJson.Read(document.RootElement, spans);
        }
        return spans;
    }

    private async Task<(int Refused, string? Message)> Record(SpanCollector spans, Caller caller)
    {
        var readings = TraceReading.Read(caller.WorkspaceKey, spans.Spans, memory);
        // All at once, so that the writer takes them together. Sent again after a lost answer, each is found by its key.
        var running = readings.ConvertAll(r => Record(r, caller));
        var refusals = new List<string>();
        int refused = spans.Nameless;
        if (refused > 0)
        {
            refusals.Add($"{refused} without a trace id of 16 and a span id of 8 bytes");
        }
        BillingException? later = null;
        foreach (var (i, task) in running.Index())
        {
            if (await task is not { } refusal)
            {
                continue;
            }
            if (refusal.Code.Retryable)
            {
                later = refusal;
            }
            refused++;
            refusals.Add($"span {readings[i].Span.SpanId}: {refusal.Detail}");
        }
        if (later is not null)
        {
            throw later;
        }
        string more = refusals.Count > ToldRefusals ? $"; and {refusals.Count - ToldRefusals} more" : "";
        return (refused, refused == 0 ? null : string.Join("; ", refusals.Take(ToldRefusals)) + more);
    }

    private async Task<BillingException?> Record(SpanReading reading, Caller caller)
    {
        if (reading.Input is not { } input)
        {
            return reading.Refusal;
        }
        try
        {
            if (!input.IsWithinBounds())
            {
                InputGuard.Require(JsonSerializer.SerializeToElement(input, json.GetTypeInfo(typeof(RecordLlmCostInput))), schema.Value);
            }
            // Finished even when the exporter has gone: it will send again.
            await operation.Run(input, caller, billing, CancellationToken.None);
            return null;
        }
        catch (BillingException conflict) when (conflict.Code == ErrorCode.IdempotencyConflict && input.Id is null)
        {
            // The app itself has reported this response, and knows more of it than a span says.
            return null;
        }
        catch (BillingException refusal)
        {
            return refusal;
        }
    }
}
