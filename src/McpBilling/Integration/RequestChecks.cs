using McpBilling.Operations;

namespace McpBilling.Integration;

/// <summary>Checks of how the app asks: values, clock, workspace, retries, and whatever else was refused.</summary>
internal static class RequestChecks
{
    // A client that retries well stops after a few attempts, with pauses that grow.
    private const int Storm = 10;

    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Behind = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Steady = TimeSpan.FromMinutes(2);

    public static Finding ValueTypes(Arrivals arrived, RefusalBook refusals)
    {
        const string Check = "value_types";
        var wrong = refusals.Take(s => !s.Absent && s.Field.Length > 0 && !IsClock(s) && RefusalBook.LastPart(s.Field) is not ("customer_id" or "hold_id" or "cursor")
            && (s.Code == ErrorCode.InvalidEvent.Name || s.Code == ErrorCode.InvalidRequest.Name || s.Code == ErrorCode.AmountInvalid.Name));
        return wrong.Count > 0
            ? Finding.Fail(
                Check, $"{wrong.Sum(s => s.Count)} requests were refused for a value: {wrong[0].Signal.Detail}",
                $"Send {wrong[0].Signal.Field} as the type that is asked for: quantities and measured properties are decimal numbers (\"2.5\" or 2.5), not words, units or formatted text.", RefusalBook.EvidenceOf(wrong))
            : arrived.Events.Count > 0 ? Finding.Pass(Check, "Every value could be read.") : Finding.NotSeenYet(Check, "No event yet.");
    }

    public static Finding IdsReused(Arrivals arrived, RefusalBook refusals)
    {
        const string Check = "ids_not_reused";
        var conflicts = refusals.Take(s => s.Code == ErrorCode.IdempotencyConflict.Name);
        return conflicts.Count > 0
            ? Finding.Fail(
                Check, $"idempotency_conflict: {conflicts.Sum(s => s.Count)} requests used an id again for other usage, which was refused and is lost: {conflicts[0].Signal.Detail}",
                "Give each piece of work its own id (the job's or request's, not the session's or the user's); a retry must repeat id, quantity, properties and timestamp unchanged.", RefusalBook.EvidenceOf(conflicts))
            : arrived.Events.Count > 0 ? Finding.Pass(Check, "No id was used for two different things.") : Finding.NotSeenYet(Check, "No event yet.");
    }

    public static Finding Clock(Arrivals arrived, RefusalBook refusals)
    {
        const string Check = "clock";
        var refused = refusals.Take(IsClock);
        if (refused.Count > 0)
        {
            return Finding.Fail(
                Check, $"{refused.Sum(s => s.Count)} events were refused for their time: {refused[0].Signal.Detail}",
                "Set the app's machine to network time (NTP), send timestamps in UTC with Z, or leave timestamp out: then the time of arrival counts.", RefusalBook.EvidenceOf(refused));
        }
        var stamped = arrived.Events.Where(e => e.Event.Timestamp != e.At).ToList();
        if (stamped.Count == 0)
        {
            return arrived.Events.Count > 0 ? Finding.Pass(Check, "Events carry no time of their own: the time of arrival counts.") : Finding.NotSeenYet(Check, "No event yet.");
        }
        var lags = stamped.Select(e => e.At - e.Event.Timestamp).Order().ToList();
        var median = lags[lags.Count / 2];
        bool isSteady = lags[lags.Count * 3 / 4] - lags[lags.Count / 4] <= Steady;
        if (median < -Ahead || (lags.Count >= 3 && median > Behind && isSteady))
        {
            return Finding.Fail(
                Check, $"The app's clock is about {Math.Abs(median.TotalMinutes):0} minutes {(median < TimeSpan.Zero ? "ahead" : "behind, by the same for most events")}.",
                "Set the app's machine to network time (NTP), and send timestamps in UTC with Z.", EventChecks.EvidenceOf(stamped));
        }
        return Finding.Pass(Check, $"Events arrive {Math.Abs(median.TotalSeconds):0.0} seconds {(median < TimeSpan.Zero ? "before" : "after")} their own time (median of {lags.Count}).");
    }

    public static Finding TestOrLive(Arrivals arrived, Mode mode)
    {
        const string Check = "test_or_live";
        var seen = arrived.Signals.Where(s => s.Signal.Code == AppSignal.EnvironmentSeen).ToList();
        var wrong = seen.Where(s => mode == Mode.Test ? s.Signal.Environment == "production" : s.Signal.Environment is "development" or "test").ToList();
        if (wrong.Count > 0)
        {
            string keys = string.Join(", ", wrong.Select(s => s.Signal.KeyId).Where(k => k.Length > 0).Distinct().Take(3));
            return Finding.Fail(
                Check, $"Code that says it runs in {wrong[0].Signal.Environment} uses a {(mode == Mode.Test ? "test" : "live")} key{(keys.Length > 0 ? $" ({keys})" : "")}: {(mode == Mode.Test ? "its customers are not really charged" : "its customers are really charged")}.",
                mode == Mode.Test ? "Give the production environment a live key (mcp-billing keys create --name NAME --mode live) in MCP_BILLING_KEY; keep mb_test_ keys for development." : "Give development and tests a key that begins with mb_test_.",
                new Evidence { Count = wrong.Sum(s => s.Count), FirstAt = wrong.Min(s => s.FirstAt), LastAt = wrong.Max(s => s.LastAt) });
        }
        return seen.Count > 0 ? Finding.Pass(Check, $"The app says that it runs in {string.Join(", ", seen.Select(s => s.Signal.Environment).Distinct())}, with a {(mode == Mode.Test ? "test" : "live")} key.")
            : Finding.NotSeenYet(Check, "The app does not say where it runs.", $"Send the header {SignalReading.EnvironmentHeader}: production, staging, development or test.");
    }

    public static Finding Retries(Arrivals arrived)
    {
        const string Check = "retries";
        // Equal requests of one id, answered again or refused again for the same reason.
        var repeated = arrived.Signals.Where(s => s.Signal.Code is not (AppSignal.EnvironmentSeen or AppSignal.Denied) && s.Signal.Item.Length > 0).ToList();
        var storms = repeated.Where(s => s.Count >= Storm).ToList();
        if (storms.Count > 0)
        {
            var worst = storms.MaxBy(s => s.Count)!;
            return Finding.Fail(
                Check, $"A retry storm: {worst.Signal.Item} was sent {worst.Count} times again within {Math.Max(1, (worst.LastAt - worst.FirstAt).TotalSeconds):0} seconds{(worst.Signal.Code == AppSignal.Replayed ? "; each was answered from the first" : $", each refused with {worst.Signal.Code}")}.",
                "Retry only when no answer came, on 429 and on 503, at most three times, with pauses that double and a part by chance; never on another 4xx, and never after a 2xx.", RefusalBook.EvidenceOf(storms));
        }
        var replays = repeated.Where(s => s.Signal.Code == AppSignal.Replayed).ToList();
        return replays.Count > 0 ? Finding.Pass(Check, $"{replays.Count} requests were repeated with the same id, and were charged once.", RefusalBook.EvidenceOf(replays))
            : Finding.NotSeenYet(Check, "No request was repeated.", "Send one request twice with the same id: the second answer must have replayed: true.");
    }

    public static Finding OtherRefusals(Arrivals arrived, RefusalBook refusals)
    {
        const string Check = "other_refusals";
        // What a customer's empty wallet refuses is no mistake of the app.
        refusals.Take(s => s.Code == ErrorCode.InsufficientBalance.Name || s.Code == ErrorCode.CustomerFrozen.Name);
        // A request that is repeated asks by extending its hold whether the work was done before; the generated code does.
        refusals.Take(s => s.Operation == "extend_hold" && (s.Code == ErrorCode.HoldAlreadyCaptured.Name || s.Code == ErrorCode.HoldAlreadyVoided.Name));
        if (refusals.Left.Count > 0)
        {
            var first = refusals.Left[0].Signal;
            return Finding.Fail(
                Check, $"{refusals.Left.Sum(s => s.Count)} requests were refused for other reasons; the first: {first.Code} from {first.Operation}: {first.Detail}",
                ErrorCode.All.TryGetValue(first.Code, out var code) ? code.Hint : "See docs/topics/errors.md.", RefusalBook.EvidenceOf(refusals.Left));
        }
        return arrived.Events.Count > 0 ? Finding.Pass(Check, "Nothing else was refused.") : Finding.NotSeenYet(Check, "No request yet.");
    }

    private static bool IsClock(AppSignal s) =>
        RefusalBook.LastPart(s.Field) == "timestamp" && s.Code == ErrorCode.InvalidRequest.Name && s.Detail.Contains(" more than ", StringComparison.Ordinal);
}
