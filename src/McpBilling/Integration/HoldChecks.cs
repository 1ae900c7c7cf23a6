using McpBilling.Ledger;
using McpBilling.Operations;

namespace McpBilling.Integration;

/// <summary>Checks of asking before spending: holds are placed before the work, ended after it, and a denial is heeded.</summary>
internal static class HoldChecks
{
    // Work that is asked for again or done all the same follows its denial soon.
    private static readonly TimeSpan DenialTime = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LongOpen = TimeSpan.FromMinutes(5);

    public static Finding AuthorizedBefore(Arrivals arrived, RefusalBook refusals, IntegrationStyle? style)
    {
        const string Check = "authorized_before_use";
        var unknown = refusals.Take(s => s.Code == ErrorCode.HoldNotFound.Name || RefusalBook.LastPart(s.Field) == "hold_id" && s.Code == ErrorCode.InvalidRequest.Name);
        if (unknown.Count > 0)
        {
            return Finding.Fail(
                Check, $"{unknown.Sum(s => s.Count)} requests captured, voided or named a hold that does not exist: {unknown[0].Signal.Detail}",
                "Call authorize first, and pass on the hold_id that its answer has; when allowed is false there is none, and the work must not be done.", RefusalBook.EvidenceOf(unknown));
        }
        if (style is IntegrationStyle.RecordAfter)
        {
            return Finding.Pass(Check, "The style is record_after: no authorization is expected.");
        }
        var without = arrived.Events.Where(e => e.HoldId is null && !e.Charges.IsEmpty).ToList();
        if (style is not null && without.Count > 0)
        {
            return Finding.Fail(
                Check, $"{without.Count} events were recorded without a hold, though the style is to authorize first.",
                "Authorize before the work, and record what was used by capturing the hold (or with hold_id in record_usage).", EventChecks.EvidenceOf(without));
        }
        var with = arrived.Events.Where(e => e.HoldId is not null).ToList();
        return with.Count > 0 ? Finding.Pass(Check, $"{with.Count} events captured a hold{(without.Count > 0 ? $"; {without.Count} were recorded without one" : "")}.", EventChecks.EvidenceOf(with))
            : arrived.Events.Count > 0 ? Finding.Pass(Check, "Usage is recorded after the work, without asking first. Call again with style: authorize_capture if it should ask.")
            : Finding.NotSeenYet(Check, "No authorization and no event yet.");
    }

    public static Finding Ended(Arrivals arrived, RefusalBook refusals)
    {
        const string Check = "holds_ended";
        const string Fix = "Capture every hold when the work is done (with what was really used), void it when the work failed, also on the path of an exception (finally), and ask for a ttl_seconds longer than the work.";
        var late = refusals.Take(s => s.Code == ErrorCode.HoldExpired.Name);
        var expired = arrived.Holds.Where(h => h.Hold.Status == HoldStatus.Expired && h.Hold.Lines.All(l => l.Captured == 0)).ToList();
        if (expired.Count > 0)
        {
            return Finding.Fail(Check, $"{expired.Count} of {arrived.Holds.Count} holds were never captured nor voided, and expired.", Fix, EvidenceOf(expired));
        }
        if (late.Count > 0)
        {
            return Finding.Fail(Check, $"{late.Sum(s => s.Count)} captures came after their hold had expired: {late[0].Signal.Detail}", Fix, RefusalBook.EvidenceOf(late));
        }
        var open = arrived.Holds.Where(h => h.Hold.Status == HoldStatus.Open).ToList();
        var stale = open.Where(h => arrived.Now - h.Hold.CreatedAt > LongOpen && h.Hold.Lines.All(l => l.Captured == 0)).ToList();
        if (stale.Count > 0)
        {
            return Finding.Fail(Check, $"{stale.Count} holds have been open for more than {LongOpen.TotalMinutes:0} minutes, with nothing captured.", Fix, EvidenceOf(stale));
        }
        int ended = arrived.Holds.Count - open.Count;
        return ended > 0 ? Finding.Pass(Check, $"{ended} holds were captured or voided{(open.Count > 0 ? $"; {open.Count} are open since a short time" : "")}.")
            : Finding.NotSeenYet(Check, open.Count > 0 ? $"{open.Count} holds are open since a short time." : "No hold was placed.");
    }

    public static Finding DenialsHeeded(Arrivals arrived)
    {
        const string Check = "denials_heeded";
        var denials = arrived.Authorizations.Where(a => !a.Allowed).ToList();
        if (denials.Count == 0)
        {
            return Finding.NotSeenYet(Check, "No authorization was denied.", "Let a customer without credit use the app once: it must not do the work.");
        }
        var done = denials.SelectMany(d => After(d, arrived)).DistinctBy(e => e.Key).ToList();
        return done.Count == 0
            ? Finding.Pass(Check, $"{denials.Count} authorizations were denied, and no usage followed them.", new Evidence { CustomerIds = RefusalBook.Shown(denials.Select(d => d.CustomerId)), Count = denials.Count })
            : Finding.Fail(Check, $"{done.Count} events were recorded right after the customer's authorization had been denied.", "When authorize answers allowed: false, do not do the work: tell the user why (reason, shortfall, top_up_url).", EventChecks.EvidenceOf(done));
    }

    public static Finding Debts(Arrivals arrived, IntegrationStyle? style)
    {
        const string Check = "no_debt";
        if (arrived.Events.Count == 0)
        {
            return Finding.NotSeenYet(Check, "No event yet.");
        }
        if (arrived.Debts.Count == 0)
        {
            return Finding.Pass(Check, "No customer owes anything.");
        }
        string owed = string.Join(", ", arrived.Debts.Take(5).Select(d => $"{d.CustomerId} {d.Owed}"));
        var owing = arrived.Debts.Select(d => d.CustomerId).ToHashSet(StringComparer.Ordinal);
        bool asks = style is IntegrationStyle.AuthorizeCapture or IntegrationStyle.Streaming or IntegrationStyle.Llm || (style is null && arrived.Events.Any(e => e.HoldId is not null && owing.Contains(e.CustomerId)));
        return asks
            ? Finding.Fail(
                Check, $"{arrived.Debts.Count} accounts owe more than they had, though the app asks first: {owed}.",
                "Authorize the most that the work can cost (an estimate too low becomes debt at the capture), or capture with on_insufficient: reject.",
                new Evidence { CustomerIds = RefusalBook.Shown(owing), Count = arrived.Debts.Count })
            : Finding.Pass(Check, $"{arrived.Debts.Count} accounts owe ({owed}): usage recorded afterwards becomes debt when credit is missing. Authorize first where that must not be.");
    }

    // What was recorded after a denial, before the customer was next allowed something.
    private static IEnumerable<ArrivedEvent> After(ArrivedAuthorization denial, Arrivals arrived)
    {
        long until = arrived.Authorizations.Where(a => a.Allowed && a.CustomerId == denial.CustomerId && a.Key > denial.Key).Select(a => a.Key).DefaultIfEmpty(long.MaxValue).Min();
        // Other work may go on: only what was asked for is looked for, by its type, else by its id.
        string? type = arrived.Signals.FirstOrDefault(s => s.Signal.Code == AppSignal.Denied && s.Signal.CustomerId == denial.CustomerId && s.Signal.Item == denial.RequestKey)?.Signal.EventType;
        return arrived.Events.Where(e => e.CustomerId == denial.CustomerId && e.HoldId is null && e.Key > denial.Key && e.Key < until && e.At - denial.At <= DenialTime
            && (e.Event.EventType == type || e.Event.Id == denial.RequestKey));
    }

    private static Evidence EvidenceOf(List<ArrivedHold> holds) => new()
    {
        HoldIds = RefusalBook.Shown(holds.Select(h => h.Id)),
        CustomerIds = RefusalBook.Shown(holds.Select(h => h.CustomerId)),
        Count = holds.Count,
        FirstAt = holds.Min(h => h.Hold.CreatedAt),
        LastAt = holds.Max(h => h.Hold.CreatedAt),
    };
}
