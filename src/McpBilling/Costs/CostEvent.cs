using System.Collections.Immutable;
using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Money;

namespace McpBilling.Costs;

/// <summary>How the call ended.</summary>
public enum CostOutcome
{
    Succeeded,

    /// <summary>The provider answered with an error, or with what could not be used; it may have billed all the same.</summary>
    Failed,

    /// <summary>The caller broke it off.</summary>
    Aborted,
}

/// <summary>What something cost us, and for whom. Never changed: see <see cref="CostAdjustment"/>.</summary>
public sealed record CostEvent
{
    /// <summary>Whose background work it was: the app's own.</summary>
    public const string Internal = "internal";

    /// <summary>Nobody said whose it was.</summary>
    public const string Unattributed = "unattributed";

    /// <summary>The key: unique per customer.</summary>
    public required string Id { get; init; }

    /// <summary>The provider, lower case.</summary>
    public required string Provider { get; init; }

    /// <summary>The API that was read; null for costs that are not a model call.</summary>
    public string? Api { get; init; }

    public string? RequestedModel { get; init; }

    /// <summary>What is billed: the model that answered, else the one that was asked for; for other costs, their category.</summary>
    public required string Model { get; init; }

    public required Instant RequestedAt { get; init; }
    public Instant? CompletedAt { get; init; }

    /// <summary>One interaction of the customer; its attempts are billed each.</summary>
    public string? OperationId { get; init; }

    /// <summary>From 1.</summary>
    public int Attempt { get; init; } = 1;

    public CostOutcome Outcome { get; init; }

    /// <summary>The workspace's policy when it was recorded.</summary>
    public FailurePolicy Policy { get; init; }

    public Subject? Subject { get; init; }
    public string? Feature { get; init; }
    public PriceContext Context { get; init; } = PriceContext.None;

    /// <summary>Tokens inside other figures, such as reasoning.</summary>
    public ImmutableSortedDictionary<string, decimal> Inside { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>Why only a part of what was used is known, such as a stream that broke off; null: all of it is.</summary>
    public string? Partial { get; init; }

    /// <summary>The customer whose cached context it used, where that is another: it is charged here, and may be shared when a report asks for it.</summary>
    public string? ContextOf { get; init; }

    public required PricedCost Cost { get; init; }

    /// <summary>The model as reports name it.</summary>
    public string ModelKey => $"{Provider}/{Model}";

    /// <summary>The day of the ledger, from 1970 UTC: that of the request, also for a batch's result a day later.</summary>
    public long Day => DayOf(RequestedAt);

    public static long DayOf(Instant at) => Math.DivRem(at.Microseconds, 86_400_000_000L) is var (day, rest) && rest < 0 ? day - 1 : day;

    public static long HourOf(Instant at) => Math.DivRem(at.Microseconds, 3_600_000_000L) is var (hour, rest) && rest < 0 ? hour - 1 : hour;

    /// <summary>Whom a report shows it at: the customer, or what the failure policy says.</summary>
    public string BorneBy(string customerId) => Outcome == CostOutcome.Succeeded ? customerId : Policy switch
    {
        FailurePolicy.WriteOff => CostShares.WrittenOff,
        FailurePolicy.Socialize => CostShares.Socialized,
        _ => customerId,
    };
}

/// <summary>Names that stand beside customers in roll-ups; no customer's id begins with a space.</summary>
public static class CostShares
{
    public const string WrittenOff = " written_off";
    public const string Socialized = " socialized";
}

/// <summary>Another price for an event, later. The event stays as it is; its cost is its own and its adjustments' sum.</summary>
/// <param name="Delta">US dollars to add; the whole new cost where none was known before.</param>
/// <param name="Cost">What the event costs now.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record CostAdjustment(decimal Delta, PricedCost Cost, string Reason);

/// <summary>An event as stored.</summary>
/// <param name="Key">Its sequence in the workspace.</param>
/// <param name="At">When the ledger took it.</param>
/// <param name="InputHash">What makes two reports of it the same.</param>
/// <param name="Now">Its cost after all adjustments.</param>
public sealed record StoredCost(long Key, Instant At, long InputHash, CostEvent Event, PricedCost Now);
