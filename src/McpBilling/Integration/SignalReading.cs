using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Integration;

/// <summary>Makes signals of what happened at a door to a request of a usage operation. Pure.</summary>
public static class SignalReading
{
    /// <summary>The header in which an app says where it runs.</summary>
    public const string EnvironmentHeader = "X-Billing-Environment";

    private static readonly HashSet<string> Environments = new(StringComparer.Ordinal) { "production", "staging", "development", "test" };

    private static readonly HashSet<string> Watched = new(StringComparer.Ordinal)
    {
        "authorize_usage", "capture_hold", "void_hold", "extend_hold", "record_usage_event", "record_usage", "reverse_usage",
    };

    /// <summary>Whether requests of this operation are an app's use of the runtime API.</summary>
    public static bool Watches(Operation operation) => Watched.Contains(operation.Name);

    /// <summary>One of the four environments, or null: anything else is ignored.</summary>
    public static string? Environment(string? header) => header is not null && Environments.TryGetValue(header.Trim(), out string? known) ? known : null;

    public static AppSignal EnvironmentSeen(string environment, Caller caller) =>
        new("", AppSignal.EnvironmentSeen, "", false, "", "", "", caller.KeyId ?? "", environment, "");

    /// <summary>What an answer says that no row does; nothing for an ordinary answer.</summary>
    public static IEnumerable<AppSignal> OfAnswer(Operation operation, object input, object output, Caller caller) => output switch
    {
        CommandOutput { Replayed: true } => [Replay(operation.Name, FactsOf(input), caller)],
        AuthorizeUsageOutput { Allowed: false } => [new(operation.Name, AppSignal.Denied, "", false, FactsOf(input).CustomerId, FactsOf(input).EventType, FactsOf(input).Item, caller.KeyId ?? "", "", "")],
        RecordUsageBatchOutput batch when input is RecordUsageBatchInput sent => OfBatch(operation, sent, batch, caller),
        _ => [],
    };

    /// <summary>A refusal of an input that could be read.</summary>
    public static AppSignal? OfRefusal(Operation operation, object input, BillingException refusal, Caller caller) =>
        Refused(operation.Name, FactsOf(input), refusal.Code, refusal.Detail, FieldOf(refusal), caller);

    /// <summary>A refusal of an input that could not be read; what it holds is looked for by the fields' names.</summary>
    /// <param name="sent">The body or the arguments, which may be anything.</param>
    public static AppSignal? OfUnread(Operation operation, ReadOnlyMemory<byte> sent, BillingException refusal, Caller caller)
    {
        try
        {
            using var document = JsonDocument.Parse(sent, BillingJsonOptions.Document);
            return OfUnread(operation, document.RootElement, refusal, caller);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or half a surrogate pair in a name.
            return Refused(operation.Name, RequestFacts.None, refusal.Code, refusal.Detail, FieldOf(refusal), caller);
        }
    }

    /// <inheritdoc cref="OfUnread(Operation, ReadOnlyMemory{byte}, BillingException, Caller)"/>
    public static AppSignal? OfUnread(Operation operation, JsonElement sent, BillingException refusal, Caller caller)
    {
        string? field = FieldOf(refusal);
        try
        {
            bool absent = field is not null && !Holds(sent, field);
            return Refused(operation.Name, RequestFacts.In(sent), refusal.Code, refusal.Detail, field, caller) is { } signal ? signal with { Absent = absent } : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair in a name or a text: whoever sent it is told, and it is in no fact.
            return Refused(operation.Name, RequestFacts.None, refusal.Code, refusal.Detail, field, caller);
        }
    }

    private static List<AppSignal> OfBatch(Operation operation, RecordUsageBatchInput sent, RecordUsageBatchOutput batch, Caller caller)
    {
        var signals = new List<AppSignal>();
        for (int i = 0; i < batch.Results.Count; i++)
        {
            var facts = FactsOf(sent.Events[i]);
            if (batch.Results[i].Status == RecordStatus.Replayed)
            {
                signals.Add(Replay(operation.Name, facts, caller));
            }
            else if (batch.Results[i].Problem is { } problem && ErrorCode.All.TryGetValue(problem.Code, out var code)
                && Refused(operation.Name, facts, code, problem.Detail, problem.Field, caller) is { } refused)
            {
                signals.Add(refused);
            }
        }
        return signals;
    }

    private static AppSignal Replay(string operation, RequestFacts facts, Caller caller) =>
        new(operation, AppSignal.Replayed, "", false, facts.CustomerId, facts.EventType, facts.Item, caller.KeyId ?? "", "", "");

    // What the server could not do (a busy disk) says nothing of the app.
    private static AppSignal? Refused(string operation, RequestFacts facts, ErrorCode code, string detail, string? field, Caller caller)
    {
        if (code.Status >= 500)
        {
            return null;
        }
        const string Properties = "properties.";
        int at = field?.LastIndexOf(Properties, StringComparison.Ordinal) ?? -1;
        bool absent = at >= 0 && facts.Properties?.Values.ContainsKey(field![(at + Properties.Length)..]) == false;
        string sent = absent ? facts.Properties!.Values.Count == 0 ? " No properties were sent." : $" Sent were: {string.Join(", ", facts.Properties.Values.Keys.Order(StringComparer.Ordinal))}." : "";
        // What was refused may be anything: a key where a customer's id belongs must not stay here.
        return new(
            operation, code.Name, SecretText.Masked(field ?? ""), absent, SecretText.Masked(facts.CustomerId), SecretText.Masked(facts.EventType), SecretText.Masked(facts.Item), caller.KeyId ?? "", "",
            SecretText.Masked(detail + sent));
    }

    private static string? FieldOf(BillingException refusal) => refusal.Field ?? (refusal.Problems.Count > 0 ? refusal.Problems[0].Field : null);

    private static bool Holds(JsonElement sent, string field)
    {
        var at = sent;
        foreach (string part in field.Split('.', '['))
        {
            if (at.ValueKind == JsonValueKind.Array && int.TryParse(part.TrimEnd(']'), out int index))
            {
                if (index < 0 || index >= at.GetArrayLength())
                {
                    return false;
                }
                at = at[index];
            }
            else if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(part, out at) || at.ValueKind == JsonValueKind.Null)
            {
                return false;
            }
        }
        return true;
    }

    private static RequestFacts FactsOf(object input) => input switch
    {
        RecordUsageInput e => new(e.CustomerId, e.EventType, e.Id, e.Properties ?? EventProperties.None),
        AuthorizeUsageInput a => new(a.CustomerId, a.Event?.EventType ?? "", a.IdempotencyKey, a.Event is { } e ? e.Properties ?? EventProperties.None : null),
        CaptureHoldInput c => new("", c.Event?.EventType ?? "", c.Event?.Id ?? c.HoldId, c.Event is { } e ? e.Properties ?? EventProperties.None : null),
        VoidHoldInput v => new("", "", v.HoldId, null),
        ExtendHoldInput x => new("", "", x.HoldId, null),
        ReverseUsageInput r => new(r.CustomerId, "", r.EventId, null),
        _ => RequestFacts.None,
    };

    private sealed record RequestFacts(string CustomerId, string EventType, string Item, EventProperties? Properties)
    {
        public static readonly RequestFacts None = new("", "", "", null);

        public static RequestFacts In(JsonElement sent)
        {
            // A batch that cannot be read at one place is refused whole; its first event stands for it.
            var one = sent.ValueKind == JsonValueKind.Object && sent.TryGetProperty("events", out var events) && events.ValueKind == JsonValueKind.Array && events.GetArrayLength() > 0 ? events[0] : sent;
            var e = one.ValueKind == JsonValueKind.Object && one.TryGetProperty("event", out var nested) ? nested : one;
            return new(Text(one, "customer_id"), Text(e, "event_type"), FirstOf(Text(e, "id"), Text(one, "hold_id"), Text(one, "event_id"), Text(one, "idempotency_key")), null);
        }

        private static string FirstOf(params ReadOnlySpan<string> texts)
        {
            foreach (string text in texts)
            {
                if (text.Length > 0)
                {
                    return text;
                }
            }
            return "";
        }

        private static string Text(JsonElement of, string name)
        {
            if (of.ValueKind != JsonValueKind.Object || !of.TryGetProperty(name, out var value) || value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            {
                return "";
            }
            try
            {
                return value.ToString();
            }
            catch (InvalidOperationException)
            {
                // Half a surrogate pair.
                return "";
            }
        }
    }
}
