namespace Billing;

/// <summary>Who pays for which piece of work.</summary>
/// <param name="CustomerId">Your app's own id of whoever pays.</param>
/// <param name="RequestId">Your id of this piece of work, at most 200 characters. The same work asked for again must have the same id: it is then charged once.</param>
/// <param name="Estimate">What the work is expected to use; it is what is charged when the work reports nothing else.</param>
/// <param name="Subject">Who inside the customer's business used it, in which session, for which task.</param>
/// <param name="Feature">The feature of your app that was used, for reports.</param>
public sealed record BilledRequest(string CustomerId, string RequestId, UsageEvent Estimate, Subject? Subject = null, string? Feature = null);

{{#streaming}}
/// <summary>Charges a part that has been delivered. Report every few seconds, not every token: each report is one call.</summary>
{{/streaming}}
{{^streaming}}
/// <summary>Reports what the work really used, in place of the estimate. Called several times, each report is charged.</summary>
{{/streaming}}
public delegate Task Meter(UsageEvent used);

/// <param name="Pending">Some of the usage waits in the outbox until billing can be reached: the charges are incomplete.</param>
public sealed record Billed<T>(T Result, IReadOnlyList<Charge> Charges, bool Pending);

/// <summary>The customer may not use this now. Show them why, and where to top up; nothing was done and nothing is held.</summary>
public sealed class PaymentRequiredException(Authorization denial) : Exception(denial.Reason ?? "denied")
{
    public Authorization Denial { get; } = denial;
}

{{#hold}}
/// <summary>Bills a piece of work: ask before it, charge what it used, release everything when it failed. One for the whole app.</summary>
{{/hold}}
{{#record_after}}
/// <summary>
/// Bills a piece of work after it is done. Before it, only the customer's standing is asked: what is used beyond the credit becomes debt, and who owes
/// may not start again. Where that is too much trust, generate the style authorize_capture. One for the whole app.
/// </summary>
{{/record_after}}
public sealed class Biller(BillingClient client, Outbox outbox)
{
    private BillingClient Client { get; } = client;
{{#llm}}
    internal Outbox Outbox { get; } = outbox;
{{/llm}}
{{^llm}}
    private Outbox Outbox { get; } = outbox;
{{/llm}}

{{#hold}}
    // How long the work may take before its hold ends by itself (at most 86400).
    private const int HoldSeconds = {{ttl}};

    // One id asked for again and again: its earlier holds have ended, so each gets a new one.
    private const int MostHolds = 8;
{{/hold}}
{{#record_after}}
    // What the customer's standing is asked in.
    private const string Asset = {{asset}};
{{/record_after}}

    /// <summary>
    /// Does the work only when billing allows it, and charges what it used.
{{#open}}
    /// Without billing the work is done all the same, and its usage is charged once billing is back: you carry the risk until then.
{{/open}}
    /// </summary>
    /// <exception cref="PaymentRequiredException">The customer may not use this now: answer 402.</exception>
{{#closed}}
    /// <exception cref="BillingUnavailableException">Billing cannot be asked; the work was not done: answer 503.</exception>
{{/closed}}
    /// <exception cref="BillingRefusedException">A mistake of the app, such as one request id for different work (idempotency_conflict).</exception>
    public async Task<Billed<T>> Billed<T>(BilledRequest request, Func<Meter, CancellationToken, Task<T>> work, CancellationToken stop)
    {
{{#hold}}
        {{#open}}string?{{/open}}{{#closed}}string{{/closed}} hold = await Begin(request, stop);
        var report = new Report(this, request, hold);
{{/hold}}
{{#record_after}}
        await Begin(request, stop);
        var report = new Report(this, request);
{{/record_after}}
{{#streaming}}
        T result;
        try
        {
            result = await work(report.Part, stop);
        }
        catch
        {
            if (report.Count == 0)
            {
                await Release(hold);
            }
            else
            {
                await FinishQuietly(report);
            }
            throw;
        }
        if (report.Count == 0)
        {
            await report.Part(request.Estimate);
        }
{{/streaming}}
{{^streaming}}
        var used = new List<UsageEvent>();
        Task Take(UsageEvent more)
        {
            used.Add(more);
            return Task.CompletedTask;
        }
{{#hold}}
        T result;
        try
        {
            result = await work(Take, stop);
        }
        catch
        {
            // Work that failed costs nothing. DECIDE: if your provider charges you for failed calls, charge what was used here instead.
            await Release(hold);
            throw;
        }
{{/hold}}
{{#record_after}}
        // Work that fails costs nothing: nothing is recorded.
        var result = await work(Take, stop);
{{/record_after}}
        foreach (var each in used.Count > 0 ? used : [request.Estimate])
        {
            await report.Part(each);
        }
{{/streaming}}
        await report.Finish();
        return new Billed<T>(result, report.Charges, report.Pending);
    }
{{#streaming}}

    // What was delivered before the failure is owed. The failure itself is what the caller must see.
    private static async Task FinishQuietly(Report report)
    {
        try
        {
            await report.Finish();
        }
        catch (BillingRefusedException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
        }
    }
{{/streaming}}

{{#hold}}
{{#open}}
    // The id of an open hold; null when billing cannot be asked.
    private async Task<string?> Begin(BilledRequest request, CancellationToken stop)
    {
        try
        {
            return await OpenHold(request, stop);
        }
        catch (BillingUnavailableException failure)
        {
            await Console.Error.WriteLineAsync($"{failure.Message}: working without an authorization");
            return null;
        }
    }

    private async Task<string> OpenHold(BilledRequest request, CancellationToken stop)
    {
{{/open}}
{{#closed}}
    // The id of an open hold.
    private async Task<string> Begin(BilledRequest request, CancellationToken stop)
    {
{{/closed}}
        for (int n = 1; ; n++)
        {
            // Never made of the clock or of chance: a request that comes again meets its own hold.
            string key = n == 1 ? request.RequestId : $"{request.RequestId}~{n}";
            var answer = await Client.Authorize(request.CustomerId, request.Estimate, key, HoldSeconds, stop);
            if (answer is { Allowed: true, HoldId: { } hold } && (!answer.Replayed || await StillCounts(hold, stop)))
            {
                return hold;
            }
            // An answer of an earlier try: the customer may have topped up since, or that try may have failed and released its hold.
            if (!answer.Replayed || n == MostHolds)
            {
                throw new PaymentRequiredException(answer with { Allowed = false });
            }
        }
    }

    // Whether a hold of an earlier try is open, or was captured: then the capture to come is the same again and charges nothing.
    private async Task<bool> StillCounts(string hold, CancellationToken stop)
    {
        try
        {
            await Client.ExtendHold(hold, HoldSeconds, $"{Guid.NewGuid()}", stop);
            return true;
        }
        catch (BillingRefusedException refused)
        {
            return refused.Code == "hold_already_captured";
        }
    }

    private async Task Release(string{{#open}}?{{/open}} hold)
    {
{{#open}}
        if (hold is null)
        {
            return;
        }
{{/open}}
        try
        {
            await Client.VoidHold(hold, $"{hold}:void", CancellationToken.None);
        }
        catch (Exception failure) when (failure is BillingUnavailableException or BillingRefusedException)
        {
            // The hold ends by itself: the customer's credit is late, never lost.
        }
    }
{{/hold}}
{{#record_after}}
    private async Task Begin(BilledRequest request, CancellationToken stop)
    {
{{#open}}
        Authorization answer;
        try
        {
            answer = await Client.Check(request.CustomerId, Asset, $"{Guid.NewGuid()}", stop);
        }
        catch (BillingUnavailableException failure)
        {
            await Console.Error.WriteLineAsync($"{failure.Message}: working without an answer");
            return;
        }
{{/open}}
{{#closed}}
        // A question that sets nothing aside: each one is asked anew, so its key may be random.
        var answer = await Client.Check(request.CustomerId, Asset, $"{Guid.NewGuid()}", stop);
{{/closed}}
        if (!answer.Allowed)
        {
            throw new PaymentRequiredException(answer);
        }
    }
{{/record_after}}

    // The reports of one request. The newest is kept back until the next one comes{{#hold}}, since only the last one ends the hold{{/hold}}. What has begun is
    // reported, even when the caller has gone: nothing here can be cancelled.
    private sealed class Report(Biller biller, BilledRequest request{{#hold}}, string{{#open}}?{{/open}} hold{{/hold}})
    {
        private RecordedEvent? newest;

        public List<Charge> Charges { get; } = [];
        public bool Pending { get; private set; }
        public int Count { get; private set; }

        public async Task Part(UsageEvent used)
        {
            await Send({{#hold}}final: false{{/hold}});
            Count++;
            // One event per report, each with an id that a repetition of the request makes again.
            string id = Count == 1 ? request.RequestId : $"{request.RequestId}:{Count}";
            newest = new RecordedEvent(id, used.EventType, used.Quantity, used.Properties, request.Subject, request.Feature);
        }

        public Task Finish() => Send({{#hold}}final: true{{/hold}});

        private async Task Send({{#hold}}bool final{{/hold}})
        {
            if (newest is not { } used)
            {
                return;
            }
            newest = null;
            try
            {
                Charges.AddRange((await biller.Client.Send(Call(used{{#hold}}, final{{/hold}}), CancellationToken.None)).Charges);
            }
            catch (BillingUnavailableException)
            {
                // It happened, so it is kept, with its own time. (The time is not in the first try: a request that comes again must send the same.)
                biller.Outbox.Keep(request.CustomerId, used.Id, Call(used with { Timestamp = DateTimeOffset.UtcNow }{{#hold}}, final{{/hold}}));
                Pending = true;
            }
{{#hold}}
            catch (BillingRefusedException refused) when (refused.Code == "hold_already_voided")
            {
                // Somebody released the hold meanwhile. The usage happened all the same.
                Charges.AddRange((await biller.Client.Send(BillingClient.RecordCall(request.CustomerId, used), CancellationToken.None)).Charges);
            }
            catch (BillingRefusedException)
            {
                await biller.Release(hold);
                throw;
            }
{{/hold}}
        }

{{#hold}}
{{#open}}
        private UsageCall Call(RecordedEvent used, bool final) =>
            hold is null ? BillingClient.RecordCall(request.CustomerId, used) : BillingClient.CaptureCall(hold, used, final);
{{/open}}
{{#closed}}
        private UsageCall Call(RecordedEvent used, bool final) => BillingClient.CaptureCall(hold, used, final);
{{/closed}}
{{/hold}}
{{#record_after}}
        private UsageCall Call(RecordedEvent used) => BillingClient.RecordCall(request.CustomerId, used);
{{/record_after}}
    }
}
