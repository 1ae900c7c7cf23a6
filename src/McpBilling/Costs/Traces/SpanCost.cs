using System.Buffers;
using System.Text.Json;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs.Traces;

/// <summary>Makes the report of a model call out of its span: whichever convention the span follows, in the words of the newest one.</summary>
public static class SpanCost
{
    public const string Api = "otel.span";

    /// <summary>
    /// The call as it would be reported by itself. The response's id makes it one with other reports of the same call; a span without one is known by its
    /// trace and span. Whom it was for says the span, else the nearest span around it in the same export, else the process; else it is unattributed.
    /// </summary>
    /// <param name="around">The spans around it, the nearest first.</param>
    /// <exception cref="BillingException"><c>invalid_request</c>, naming the attribute.</exception>
    public static RecordLlmCostInput Of(Span span, IReadOnlyList<Span> around)
    {
        string? model = Text(span, TraceNames.ResponseModel) ?? Text(span, TraceNames.RequestModel);
        string provider = ProviderNames.Of(Text(span, TraceNames.Provider), model);
        return new RecordLlmCostInput
        {
            Id = span.Own.First(TraceNames.ResponseId) is null ? $"{span.TraceId}:{span.SpanId}" : null,
            CustomerId = Said(span, around, TraceNames.Customer) ?? CostEvent.Unattributed,
            Provider = provider,
            Api = Api,
            Model = Text(span, TraceNames.RequestModel) ?? model
                ?? throw Missing("gen_ai.request.model", "the call names no model"),
            Response = Response(span, provider),
            RequestedAt = span.Start ?? span.End ?? throw Missing("start_time_unix_nano", "the span has no time between 2000 and 9999"),
            CompletedAt = span.End,
            OperationId = Said(span, around, TraceNames.Operation) ?? span.TraceId,
            Attempt = Attempt(span),
            Outcome = span.Failed || span.Own.First(TraceNames.Error) is not null ? CostOutcome.Failed : CostOutcome.Succeeded,
            Subject = SubjectOf(Said(span, around, TraceNames.EndUser), Said(span, around, TraceNames.Session), Said(span, around, TraceNames.Task)),
            Feature = Said(span, around, TraceNames.Feature),
            PriceContext = Context(span),
        };
    }

    private static Subject? SubjectOf(string? endUser, string? session, string? task) =>
        endUser is null && session is null && task is null ? null : new Subject { EndUser = endUser, Session = session, Task = task };

    private static PriceContext? Context(Span span)
    {
        string? served = Text(span, TraceNames.ServedTier), requested = Text(span, TraceNames.RequestedTier);
        bool batch = Text(span, TraceNames.Batch) is "true";
        return served is null && requested is null && !batch ? null : new PriceContext { ServiceTier = served, RequestedServiceTier = requested, Batch = batch };
    }

    private static int Attempt(Span span)
    {
        if (span.Own.First(TraceNames.Attempt) is not { } said)
        {
            return 1;
        }
        return int.TryParse(said.ToString(), System.Globalization.NumberStyles.None, null, out int attempt) && attempt is >= 1 and <= 1000
            ? attempt
            : throw new BillingException(ErrorCode.InvalidRequest, $"mcp_billing.attempt is {said}: it must be a whole number from 1 to 1000.", "mcp_billing.attempt");
    }

    /// <summary>The attributes that the reader of this API knows, and no others.</summary>
    private static JsonElement Response(Span span, string provider)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("attributes");
            // An embedding has no output, which is nothing that is missing.
            json.WriteString("gen_ai.operation.name", SpanRoles.IsEmbedding(span.Own) ? "embeddings" : "chat");
            json.WriteString("gen_ai.provider.name", provider == "aws" ? "aws.bedrock" : provider);
            Write(json, span, "gen_ai.request.model", TraceNames.RequestModel);
            Write(json, span, "gen_ai.response.model", TraceNames.ResponseModel);
            Write(json, span, "gen_ai.response.id", TraceNames.ResponseId);
            WriteCount(json, span, "gen_ai.usage.input_tokens", TraceNames.InputTokens);
            WriteCount(json, span, "gen_ai.usage.output_tokens", TraceNames.OutputTokens);
            WriteCount(json, span, "gen_ai.usage.cache_read.input_tokens", TraceNames.CacheRead);
            WriteCount(json, span, "gen_ai.usage.cache_creation.input_tokens", TraceNames.CacheWrite);
            WriteCount(json, span, "gen_ai.usage.reasoning.output_tokens", TraceNames.Reasoning);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, Span span, string name, IEnumerable<string> names)
    {
        if (span.Own.First(names) is { } value)
        {
            json.WriteString(name, value.ToString());
        }
    }

    // Counts come as whole numbers, as 12.0 and as "12". What is none of these is handed on as it is: the reader names and refuses it.
    private static void WriteCount(Utf8JsonWriter json, Span span, string name, IEnumerable<string> names)
    {
        if (span.Own.First(names) is not { } value)
        {
            return;
        }
        if (value.Number is { } number)
        {
            json.WriteNumber(name, number == decimal.Truncate(number) ? decimal.Truncate(number) : number);
        }
        else if (long.TryParse(value.Text, System.Globalization.NumberStyles.AllowLeadingSign, null, out long count))
        {
            json.WriteNumber(name, count);
        }
        else
        {
            json.WriteString(name, value.Text);
        }
    }

    private static string? Text(Span span, IEnumerable<string> names) => span.Own.First(names)?.ToString();

    private static string? Said(Span span, IReadOnlyList<Span> around, IReadOnlyList<string> names) =>
        (span.Own.First(names) ?? around.Select(s => s.Own.First(names)).FirstOrDefault(v => v is not null) ?? span.Resource.First(names))?.ToString();

    private static BillingException Missing(string attribute, string what) => new(ErrorCode.InvalidRequest, $"{attribute} is missing: {what}.", attribute);
}
