using System.Collections.Immutable;
using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Costs.UsageReaders;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Costs;

/// <summary>A cost that is read but not yet priced: numbers, ids and names, and nothing of the response's text.</summary>
public sealed record CostDraft
{
    /// <summary>How far ahead of now a request may be dated: a period's cost may be booked for its end.</summary>
    private static readonly TimeSpan MaxAhead = TimeSpan.FromDays(366);

    /// <summary>Stands for the time of booking.</summary>
    public static readonly Instant AsOfNow = Instant.Never;

    /// <summary>Before this nobody billed tokens.</summary>
    private static readonly Instant Earliest = Instant.From(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The event without its cost.</summary>
    public required CostEvent Event { get; init; }

    /// <summary>What was used; null for a cost that comes with its amount.</summary>
    public UsageReading? Reading { get; init; }

    /// <summary>What makes two reports of one event the same.</summary>
    public required long InputHash { get; init; }

    // What it costs by a price book, where that was worked out ahead.
    private (PriceBook By, PricedCost Cost)? Ahead { get; init; }

    /// <summary>Reads a model call that comes with something else; null when none came.</summary>
    public static CostDraft? ReadOptional(LlmCall? call, Subject? subject, string? feature, string path) => call is null ? null : Read(call, subject, feature, path);

    /// <summary>Reads a model call.</summary>
    /// <param name="path">Where the call stands in the request, for messages: empty, or ending in a dot.</param>
    /// <exception cref="BillingException"><c>invalid_request</c>, naming the field.</exception>
    public static CostDraft Read(LlmCall call, Subject? subject, string? feature, string path)
    {
        var reading = Within(path, () => ReadingOf(call));
        string provider = call.Provider.ToLowerInvariant();
        string model = reading.Model ?? call.Model
            ?? throw new BillingException(ErrorCode.InvalidRequest, $"{path}model is missing: responses of {call.Api} do not name the model. Send the model that was asked for.", path + "model");
        string id = call.Id ?? (reading.ResponseId is { } own ? $"{provider}:{own}" : ContentId(call, provider, model, reading));
        if (id.Length > 255)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"{path}response has an id of {id.Length} characters; send an {path}id of at most 255.", path + "id");
        }
        return new CostDraft
        {
            Event = new CostEvent
            {
                Id = id,
                Provider = provider,
                Api = call.Api,
                RequestedModel = call.Model,
                Model = model,
                RequestedAt = call.RequestedAt,
                CompletedAt = call.CompletedAt,
                OperationId = call.OperationId,
                Attempt = call.Attempt,
                Outcome = call.Outcome,
                Subject = subject,
                Feature = feature,
                Context = reading.Context,
                Inside = reading.Inside,
                Partial = reading.State == ReadingState.Partial ? reading.Reason : null,
                ContextOf = call.ContextOf,
                Cost = NotYet,
            },
            Reading = reading,
            InputHash = Hash(call, provider, model, reading),
        };
    }

    /// <summary>The same, with its cost worked out by a price book that it is likely to be booked by.</summary>
    public CostDraft PricedAhead(PriceBook prices)
    {
        if (Reading is null || Event.RequestedAt == AsOfNow)
        {
            return this;
        }
        try
        {
            return this with { Ahead = (prices, CostBy(prices)) };
        }
        catch (OverflowException)
        {
            // To be refused when it is booked.
            return this;
        }
    }

    /// <summary>The event as it is booked.</summary>
    /// <param name="policy">The workspace's, when it is booked.</param>
    /// <exception cref="BillingException"><c>invalid_request</c>: a time that cannot be.</exception>
    public CostEvent Price(PriceBook prices, FailurePolicy policy, Instant now)
    {
        if (Event.RequestedAt == AsOfNow)
        {
            return (this with { Event = Event with { RequestedAt = now } }).Price(prices, policy, now);
        }
        if (Event.RequestedAt < Earliest || Event.RequestedAt > now + MaxAhead)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"requested_at is {Event.RequestedAt}: it must be from 2020 to at most a year after {now}.", "requested_at");
        }
        return Event with { Policy = policy, Cost = Ahead is { } ahead && ahead.By == prices ? ahead.Cost : CostBy(prices) };
    }

    /// <summary>Books it beside what else the session does; one that was told before is not booked again.</summary>
    /// <param name="path">Where it stands in the request, for messages.</param>
    /// <returns>The event as it is in the ledger.</returns>
    /// <exception cref="BillingException"><c>idempotency_conflict</c>: its id was used for another cost.</exception>
    public CostEvent Book(ICostSession costs, WalletSession session, string path)
    {
        if (costs.CostFacts.FindCost(session.Customer.Key, Event.Id) is not { } known)
        {
            var booked = Price(costs.CostFacts.Prices, session.Facts.Catalog.FailurePolicy, session.Now);
            costs.NewCost = (booked, InputHash);
            return booked;
        }
        return known.InputHash == InputHash ? known.Event with { Cost = known.Now } : throw new BillingException(
            ErrorCode.IdempotencyConflict, $"{path}: the cost {WalletSession.Shown(Event.Id)} was recorded before with other figures.", path + ".id");
    }

    private PricedCost CostBy(PriceBook prices) => Reading is { } reading ? prices.Price(Event.Provider, Event.RequestedModel ?? Event.Model, Event.RequestedAt, reading) : Event.Cost;

    private static readonly PricedCost NotYet = new(CostStatus.Unpriced, [], null, null);

    // A refusal names the field as the request has it.
    private static UsageReading Within(string path, Func<UsageReading> read)
    {
        try
        {
            return read();
        }
        catch (BillingException e) when (path.Length > 0 && e.Field is { } field)
        {
            throw new BillingException(e.Code, path + e.Detail, path + field);
        }
    }

    private static UsageReading ReadingOf(LlmCall call)
    {
        var reader = AllUsageReaders.Find(call.Api);
        var context = call.PriceContext ?? PriceContext.None;
        return (call.Response, call.Usage) switch
        {
            ({ } response, null) => reader.Read(response, context),
            (null, { } usage) => reader.ReadUsage(usage, context),
            (null, null) => throw new BillingException(ErrorCode.InvalidRequest, "response is missing: send the provider's answer, or only its usage part as usage.", "response"),
            _ => throw new BillingException(ErrorCode.InvalidRequest, "usage does not go with response: send either. Remove usage.", "usage"),
        };
    }

    // A response without an id: the same call, told again, is the same by what it says.
    private static string ContentId(LlmCall call, string provider, string model, UsageReading reading)
    {
        var hash = new InputHash(stackalloc byte[256]);
        hash.Add(Hash(call, provider, model, reading));
        hash.Add(call.RequestedAt);
        hash.Add(call.OperationId);
        hash.Add(call.Attempt);
        return $"{provider}:{call.Api}:{hash.Finish():x16}";
    }

    // What was used and by what: a live report and an import of the same response may differ in their times and names.
    private static long Hash(LlmCall call, string provider, string model, UsageReading reading)
    {
        var hash = new InputHash(stackalloc byte[256]);
        hash.Add(provider);
        hash.Add(model);
        foreach (var use in reading.Uses)
        {
            hash.Add(use.Kind);
            hash.Add(use.Quantity);
            hash.Add(use.Model);
            hash.Add(use.Iteration);
        }
        return hash.Finish();
    }
}
