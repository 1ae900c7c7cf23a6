using McpBilling.Costs;

namespace McpBilling.Integration;

/// <summary>Whether what model calls cost is told beside what they are charged: without it no margin is right.</summary>
internal static class CostChecks
{
    // What the generated function for a model's call sends along, and most others do.
    private static readonly string[] TokenFacts = ["input_tokens", "output_tokens"];

    private const string HowToReport =
        "After each model call send POST /v1/costs/llm with the usage of the provider's answer, the same customer_id, and operation_id as the usage event's id " +
        "(what generate_integration writes for style llm does it), or export traces to POST /v1/traces.";

    public static Finding Recorded(Arrivals arrived)
    {
        const string Check = "costs_recorded";
        var calls = arrived.Events.Where(IsModelCall).ToList();
        var told = arrived.Costs.Select(c => (c.CustomerId, c.OperationId)).ToHashSet();
        var beside = arrived.Costs.Select(c => c.EventKey).OfType<long>().ToHashSet();
        var withCost = calls.Where(e => beside.Contains(e.Key) || told.Contains((e.CustomerId, e.Event.Id)) || told.Contains((e.CustomerId, Request(e.Event.Id)))).ToList();
        // Costs may come after the charge, by an outbox: only what is older than a call with its cost is missing.
        long last = withCost.Count > 0 ? withCost[^1].Key : long.MinValue;
        var missing = calls.Where(e => e.Key < last).Except(withCost).ToList();
        if (missing.Count > 0)
        {
            return Finding.Fail(Check, $"{missing.Count} of {calls.Count} charged model calls have no cost, although later ones have.", "Report the cost wherever the app calls a model. " + HowToReport, EventChecks.EvidenceOf(missing));
        }
        if (arrived.Costs.Where(c => c.CustomerId == CostEvent.Unattributed).ToList() is { Count: > 0 } nobodys)
        {
            return Finding.Fail(
                Check, $"{nobodys.Count} of {arrived.Costs.Count} costs name no customer: they are in nobody's margin.",
                "Set the attribute customer.id on the spans of model calls (or on the spans around them), or send customer_id; background work of your own is the customer internal.", EvidenceOf(nobodys));
        }
        if (arrived.Costs.Where(c => c.Status == CostStatus.NoUsage && c.Outcome == CostOutcome.Succeeded).ToList() is { Count: > 0 } silent)
        {
            return Finding.Fail(
                Check, $"{silent.Count} of {arrived.Costs.Count} costs say nothing of what was used ({Models(silent)}).",
                "Send the usage of the provider's answer; a stream of OpenAI tells it only with stream_options: {include_usage: true}.", EvidenceOf(silent));
        }
        if (arrived.Costs.Count == 0)
        {
            return Finding.NotSeenYet(Check, calls.Count > 0 ? $"{calls.Count} model calls were charged; what they cost was not told." : "No cost was recorded yet.", HowToReport);
        }
        var unpriced = arrived.Costs.Where(c => c.Status == CostStatus.Unpriced).ToList();
        string waiting = unpriced.Count > 0 ? $" {unpriced.Count} wait for a price ({Models(unpriced)}): add one with set_model_price." : "";
        string linked = calls.Count > 0 ? $" {withCost.Count} of {calls.Count} charged model calls have theirs beside them." : "";
        return Finding.Pass(Check, $"{arrived.Costs.Count} costs of {arrived.Costs.Select(c => c.CustomerId).Distinct().Count()} customers.{linked}{waiting}", EvidenceOf([.. arrived.Costs.TakeLast(3)]));
    }

    private static bool IsModelCall(ArrivedEvent e) => e.Event.Properties.Values.ContainsKey("model") && TokenFacts.Any(e.Event.Properties.Values.ContainsKey);

    // The second and later events of one request are called request:2, request:3 …
    private static string Request(string eventId) =>
        eventId.LastIndexOf(':') is > 0 and var colon && eventId.Length > colon + 1 && eventId.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0 ? eventId[..colon] : eventId;

    private static string Models(IEnumerable<ArrivedCost> costs) => string.Join(", ", costs.Select(c => c.Model).Distinct(StringComparer.Ordinal).Take(5));

    private static Evidence EvidenceOf(List<ArrivedCost> costs) => new()
    {
        EventIds = RefusalBook.Shown(costs.Select(c => c.Id)),
        CustomerIds = RefusalBook.Shown(costs.Select(c => c.CustomerId)),
        Count = costs.Count,
        FirstAt = costs.Min(c => c.At),
        LastAt = costs.Max(c => c.At),
    };
}
