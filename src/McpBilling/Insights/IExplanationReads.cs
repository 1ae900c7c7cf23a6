using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Insights;

/// <summary>A reversal of the event that is explained.</summary>
/// <param name="Charges">What it changed; below zero was given back.</param>
public sealed record ReversalFacts(Instant At, string QuantityLeft, string? Reason, IReadOnlyList<ChargeView> Charges);

/// <summary>An authorization that was asked for under the id that is explained.</summary>
public sealed record AuthorizationFacts(Instant At, bool Allowed, string? Reason, string? Shortfall, IReadOnlyList<AssetAmount> Available);

/// <summary>A refusal that the doors noted; nothing of the request was recorded.</summary>
public sealed record RefusalFacts(Instant At, string Code, string Detail, long Count);

/// <summary>Everything that the ledger knows of one event, hold or entry, from one snapshot.</summary>
public sealed record ChargeFacts
{
    public required string CustomerId { get; init; }
    public required CatalogSnapshot Catalog { get; init; }

    /// <summary>The event; null where a hold or an entry is explained that no event belongs to, and for what was never recorded.</summary>
    public StoredEvent? Event { get; init; }

    /// <summary>The hold that was captured, or is explained itself; as it stands now.</summary>
    public (string Id, Hold Hold)? Hold { get; init; }

    /// <summary>Events that captured the hold that is explained.</summary>
    public IReadOnlyList<StoredEvent> HoldEvents { get; init; } = [];

    /// <summary>The entries in question, in the ledger's order.</summary>
    public IReadOnlyList<EntryView> Entries { get; init; } = [];

    /// <summary>The grants that the entries touched, by id.</summary>
    public IReadOnlyDictionary<string, GrantView> Grants { get; init; } = new Dictionary<string, GrantView>();

    /// <summary>What the event or the hold's events cost, where that was told with it or under its id as operation.</summary>
    public IReadOnlyList<StoredCost> Costs { get; init; } = [];

    /// <summary>What the entries earned, in US dollars.</summary>
    public decimal Earned { get; init; }

    public IReadOnlyList<ReversalFacts> Reversals { get; init; } = [];
    public AuthorizationFacts? Authorization { get; init; }
    public IReadOnlyList<RefusalFacts> Refusals { get; init; } = [];
}

/// <summary>Reads what an explanation is made of.</summary>
public interface IExplanationReads
{
    /// <summary>Null when the customer has no such event, and no such request was denied or refused.</summary>
    /// <exception cref="BillingException"><c>customer_not_found</c>.</exception>
    ValueTask<ChargeFacts?> OfEvent(Caller caller, string customerId, string eventId, CancellationToken cancellation);

    /// <summary>Null when there is no such hold in the caller's workspace.</summary>
    ValueTask<ChargeFacts?> OfHold(Caller caller, string holdId, CancellationToken cancellation);

    /// <summary>The event or hold that caused the entry, else the entry alone; null when there is no such entry in the caller's workspace.</summary>
    ValueTask<ChargeFacts?> OfEntry(Caller caller, string entryId, CancellationToken cancellation);
}
