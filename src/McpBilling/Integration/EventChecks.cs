using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Integration;

/// <summary>Checks of the events themselves: that they arrive, have the right type and properties, and an id that survives a retry.</summary>
internal static class EventChecks
{
    // Nobody repeats an identical event with the same timestamp so soon but to try again.
    private static readonly TimeSpan RetryTime = TimeSpan.FromMinutes(2);

    public static Finding Seen(Arrivals arrived)
    {
        const string Check = "events_seen";
        if (arrived.Events.Count > 0)
        {
            var newest = arrived.Events[^1];
            return Finding.Pass(Check, $"{arrived.Events.Count} events of {arrived.Events.Select(e => e.CustomerId).Distinct().Count()} customers.", EvidenceOf([.. arrived.Events.TakeLast(3)]) with { LastAt = newest.At });
        }
        return Finding.NotSeenYet(
            Check, $"No usage event was recorded since {arrived.Since}.", "Run the app once so that it bills something, then verify again. The app needs MCP_BILLING_URL and MCP_BILLING_KEY of this workspace.");
    }

    public static Finding TypesPriced(Arrivals arrived)
    {
        const string Check = "event_types_priced";
        var unpriced = arrived.Events.Where(e => e.Charges.IsEmpty && arrived.Catalog.MetersOf(e.Event.EventType).Count == 0).ToList();
        if (unpriced.Count > 0)
        {
            string type = unpriced[0].Event.EventType;
            string[] known = [.. arrived.Catalog.Document.Meters.Select(m => m.EventType).Distinct()];
            string fix = arrived.Catalog.NearestEventType(type) is { } near
                ? $"Send event_type \"{near}\" instead of \"{Shown(type)}\"."
                : $"Send an event_type that a meter takes ({(known.Length == 0 ? "there is none yet" : string.Join(", ", known.Take(8)))}), or define a meter for \"{Shown(type)}\" with define_meter.";
            return Finding.Fail(Check, $"no_matching_price: {unpriced.Count} events of type {Types(unpriced)} were charged nothing, because no meter takes that type.", fix, EvidenceOf(unpriced));
        }
        var unsold = arrived.Events.Where(e => IsUnsold(arrived, e)).ToList();
        if (unsold.Count > 0)
        {
            return Finding.Fail(
                Check, $"{unsold.Count} events of type {Types(unsold)} were measured and charged nothing, because no price charges their meter.",
                $"Add a price for the meter {arrived.Catalog.MetersOf(unsold[0].Event.EventType)[0].Id} to a product with define_price, or stop sending these events.", EvidenceOf(unsold));
        }
        var priced = arrived.Events.Where(e => !e.Charges.IsEmpty).ToList();
        return priced.Count > 0 ? Finding.Pass(Check, $"{priced.Count} events were priced: {Types(priced)}.") : Finding.NotSeenYet(Check, "No event was priced yet.");
    }

    public static Finding PropertyNames(Arrivals arrived, RefusalBook refusals)
    {
        const string Check = "property_names";
        var missing = refusals.Take(s => s.Absent && s.Field.Contains("properties.", StringComparison.Ordinal));
        if (missing.Count > 0)
        {
            string property = RefusalBook.LastPart(missing[0].Signal.Field);
            return Finding.Fail(
                Check, $"{missing.Sum(s => s.Count)} events were refused because they lack the property \"{property}\": {missing[0].Signal.Detail}",
                $"Send properties.{property} with each event of type \"{missing[0].Signal.EventType}\", spelled exactly so.", RefusalBook.EvidenceOf(missing));
        }
        var fields = refusals.Take(s => s.Code == ErrorCode.InvalidRequest.Name
            && (s.Detail.Contains("is not a known field", StringComparison.Ordinal) || (s.Absent && RefusalBook.LastPart(s.Field) is not ("id" or "idempotency_key" or "customer_id" or "hold_id"))));
        if (fields.Count > 0)
        {
            return Finding.Fail(Check, $"{fields.Sum(s => s.Count)} requests were refused for a field's name: {fields[0].Signal.Detail}", $"Correct the field {fields[0].Signal.Field}; GET /openapi/v1.json has every name.", RefusalBook.EvidenceOf(fields));
        }
        // The type is known, so what keeps every price from taking the event is its properties.
        var charged = arrived.Events.Where(e => !e.Charges.IsEmpty).Select(e => e.Event.EventType).ToHashSet(StringComparer.Ordinal);
        var uncharged = arrived.Events.Where(e => e.Charges.IsEmpty && arrived.Catalog.MetersOf(e.Event.EventType).Count > 0 && !IsUnsold(arrived, e))
            .ToLookup(e => charged.Contains(e.Event.EventType) && IsFilteredOut(arrived, e));
        var excluded = uncharged[false].ToList();
        if (excluded.Count > 0)
        {
            var e = excluded[0];
            string[] asked = [.. Asked(arrived, e.Event.EventType).Where(n => !e.Event.Properties.Values.ContainsKey(n)).Distinct()];
            string hint = asked.Select(n => (Name: n, Sent: NearestName.Of(n, e.Event.Properties.Values.Keys))).FirstOrDefault(p => p.Sent is not null) is { Name: { } name, Sent: { } sent }
                ? $"Send properties.{name}, not properties.{Shown(sent)}."
                : asked.Length > 0 ? $"Send {string.Join(", ", asked.Select(a => "properties." + a))}." : "Send one of the values that the filter or the price's where lists, or add a price for this value (unit_price \"0\" where it is meant to be free).";
            return Finding.Fail(
                Check, $"no_matching_price: {excluded.Count} events of type {Types(excluded)} were charged nothing: a meter takes the type, but its filter, or every price's where or matrix row, excludes their properties.",
                hint, EvidenceOf(excluded));
        }
        string left = uncharged[true].Count() is > 0 and var count ? $" {count} were left out by a meter's filter, as it says." : "";
        return arrived.Events.Count > 0 ? Finding.Pass(Check, $"Every event had the properties that its meters and prices ask for.{left}") : Finding.NotSeenYet(Check, "No event yet.");
    }

    public static Finding Ids(Arrivals arrived, RefusalBook refusals)
    {
        const string Check = "idempotency_ids";
        var without = refusals.Take(s => s.Absent && RefusalBook.LastPart(s.Field) is "id" or "idempotency_key");
        if (without.Count > 0)
        {
            return Finding.Fail(
                Check, $"{without.Sum(s => s.Count)} requests had no {without[0].Signal.Field}: {without[0].Signal.Detail}",
                "Send an id with every event (and an idempotency_key with every authorization), made from the work itself, such as the job's id, and the same again on a retry.",
                RefusalBook.EvidenceOf(without));
        }
        var again = SentAgain(arrived.Events);
        if (again.Count > 0)
        {
            return Finding.Fail(
                Check, $"{again.Count} events came again with the same customer, type, quantity, properties and timestamp under another id, and were charged twice.",
                "Make the event's id once per piece of work (the job's or request's id) before the first attempt, and send that same id on every retry.", EvidenceOf(again));
        }
        return arrived.Events.Count > 0 ? Finding.Pass(Check, "Every event had an id, and none came twice under two ids.") : Finding.NotSeenYet(Check, "No event yet.");
    }

    // A meter takes the type, and no product has a price for it.
    private static bool IsUnsold(Arrivals arrived, ArrivedEvent e) =>
        e.Charges.IsEmpty && arrived.Catalog.MetersOf(e.Event.EventType).Count > 0 && arrived.Catalog.GroupsOf(e.Event.EventType).Count == 0;

    // A filter is there to leave something out: an event that has what it asks for, with another value and not just in other spelling, is what it means
    // (where others of the type were charged; else nothing it lets pass has been seen).
    private static bool IsFilteredOut(Arrivals arrived, ArrivedEvent e)
    {
        static string Folded(string value) => new([.. value.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);
        bool Means(KeyValuePair<string, IReadOnlyList<string>> asked) =>
            e.Event.Properties.Values.TryGetValue(asked.Key, out string? sent) && !asked.Value.Any(allowed => allowed != sent && Folded(allowed) == Folded(sent));
        return arrived.Catalog.MetersOf(e.Event.EventType).All(m => !m.Fits(e.Event.Properties.Values) && m.Definition.Filter!.All(Means));
    }

    // By the timestamp that the app itself gave: events that name none are stamped on arrival, and may well be alike.
    private static List<ArrivedEvent> SentAgain(IReadOnlyList<ArrivedEvent> events) =>
        [.. events.Where(e => e.Event.Timestamp != e.At)
            .GroupBy(e => (e.CustomerId, e.Event.EventType, e.Event.Timestamp, e.Event.Quantity, e.Event.Properties.Json, e.Event.Subject))
            .Where(g => g.Count() > 1 && g.Last().At - g.First().At <= RetryTime).SelectMany(g => g)];

    private static IEnumerable<string> Asked(Arrivals arrived, string eventType)
    {
        foreach (var group in arrived.Catalog.GroupsOf(eventType))
        {
            foreach (string name in (group.Meter.Definition.Filter?.Keys ?? []).Concat(group.Assets.SelectMany(a => a.Candidates)
                .SelectMany(v => (v.Definition.Where?.Keys ?? []).Concat(v.Definition.Dimensions ?? []))))
            {
                yield return name;
            }
        }
        foreach (var meter in arrived.Catalog.MetersOf(eventType))
        {
            foreach (string name in meter.Definition.Filter?.Keys ?? [])
            {
                yield return name;
            }
        }
    }

    internal static Evidence EvidenceOf(IReadOnlyList<ArrivedEvent> events) => new()
    {
        EventIds = RefusalBook.Shown(events.Select(e => e.Event.Id)),
        CustomerIds = RefusalBook.Shown(events.Select(e => e.CustomerId)),
        Count = events.Count,
        FirstAt = events.Count > 0 ? events.Min(e => e.At) : null,
        LastAt = events.Count > 0 ? events.Max(e => e.At) : null,
    };

    private static string Types(IEnumerable<ArrivedEvent> events) => string.Join(", ", events.GroupBy(e => e.Event.EventType).Take(5).Select(g => $"{Shown(g.Key)} ({g.Count()})"));

    private static string Shown(string text) => text.Length > 64 ? text[..64] + "…" : text;
}
