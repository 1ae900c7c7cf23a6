using System.Collections.Immutable;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;

namespace McpBilling.Integration;

/// <summary>A recorded event as it arrived.</summary>
/// <param name="Key">Its sequence in the workspace.</param>
/// <param name="At">When the ledger took it.</param>
/// <param name="HoldId">The hold that it captured.</param>
/// <param name="Charges">As first charged.</param>
/// <param name="Posted">Revenue that the ledger's entries say it brought, in units per asset; empty for events that were not asked for.</param>
public sealed record ArrivedEvent(
    long Key, string CustomerId, Instant At, UsageEvent Event, string? HoldId, ImmutableArray<EventCharge> Charges, IReadOnlyDictionary<string, long> Posted);

/// <summary>A reversal of an event.</summary>
/// <param name="QuantityLeft">What it left of the event's quantity.</param>
/// <param name="Charged">What it was charged, per price; below zero is given back.</param>
public sealed record ArrivedReversal(long Key, ArrivedEvent Event, decimal QuantityLeft, IReadOnlyDictionary<string, decimal> Charged);

/// <summary>A hold that was placed.</summary>
public sealed record ArrivedHold(string Id, string CustomerId, Hold Hold);

/// <summary>An answer to an authorization.</summary>
/// <param name="Key">Its sequence in the workspace.</param>
/// <param name="RequestKey">The idempotency key.</param>
public sealed record ArrivedAuthorization(long Key, string CustomerId, Instant At, string RequestKey, bool Allowed);

/// <summary>What a call cost, as it was booked.</summary>
/// <param name="EventKey">The usage event that it came with.</param>
public sealed record ArrivedCost(string Id, string CustomerId, Instant At, string Model, CostStatus Status, CostOutcome Outcome, string? OperationId, long? EventKey);

/// <summary>A customer.</summary>
/// <param name="IsNew">Came to be since then.</param>
/// <param name="WasSaved">The builder's app saved it by name, rather than that usage made it; only told of new ones.</param>
public sealed record ArrivedCustomer(string Id, bool IsNew, bool WasSaved);

/// <summary>Everything of one customer that the naive model needs, in the ledger's order.</summary>
public sealed record CustomerHistory(string CustomerId, IReadOnlyList<ArrivedEvent> Events, IReadOnlyList<ArrivedReversal> Reversals);

/// <summary>What arrived in a workspace since a time, from one snapshot.</summary>
public sealed record Arrivals
{
    public required Instant Since { get; init; }

    /// <summary>The workspace's present.</summary>
    public required Instant Now { get; init; }

    public required CatalogSnapshot Catalog { get; init; }

    /// <summary>The last operation before the catalog last changed; null when that was not kept.</summary>
    public required long? CatalogSince { get; init; }

    /// <summary>In the ledger's order.</summary>
    public required IReadOnlyList<ArrivedEvent> Events { get; init; }

    public required IReadOnlyList<ArrivedHold> Holds { get; init; }

    public required IReadOnlyList<ArrivedAuthorization> Authorizations { get; init; }

    public required IReadOnlyList<CountedSignal> Signals { get; init; }

    /// <summary>In the ledger's order.</summary>
    public required IReadOnlyList<ArrivedCost> Costs { get; init; }

    public required IReadOnlyList<ArrivedCustomer> Customers { get; init; }

    /// <summary>What customers of these events owe, in words: <c>0.04 usd</c>.</summary>
    public required IReadOnlyList<(string CustomerId, string Owed)> Debts { get; init; }

    /// <summary>Of the customers with events, whole for every period that these events touch.</summary>
    public required IReadOnlyList<CustomerHistory> Histories { get; init; }

    /// <summary>What was not read because there was too much, in words.</summary>
    public required IReadOnlyList<string> NotRead { get; init; }
}

/// <summary>Reads what arrived, signals included: what the doors of this process noted is written first.</summary>
public interface IIntegrationReads
{
    ValueTask<Arrivals> Arrived(Caller caller, Instant? since, CancellationToken cancellation);
}
