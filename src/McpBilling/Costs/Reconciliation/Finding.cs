using System.Collections.Immutable;

namespace McpBilling.Costs.Reconciliation;

/// <summary>What most likely made a drift. Each is told from the others by a pattern of the figures that only it makes; the pattern stands where it is looked for (<c>Causes/</c>).</summary>
public enum DriftCause
{
    /// <summary>Hours without any recorded call, in which the provider billed.</summary>
    MissingHours,

    /// <summary>More calls were billed than recorded, of all kinds alike: attempts that failed or were repeated.</summary>
    RetriesUnlogged,

    /// <summary>Cache writes were billed and none was recorded; the other kinds agree.</summary>
    CacheWriteLost,

    /// <summary>Cache writes agree in all, but not by lifetime (5 minutes against 1 hour).</summary>
    WrongCacheTtl,

    /// <summary>What is too little of one kind is too much of another.</summary>
    KindsSwapped,

    /// <summary>A kind was billed of which nothing was recorded; the other kinds agree.</summary>
    KindLost,

    /// <summary>A tool was billed (searches, code execution), or tokens that tools add to the input, of which no response tells.</summary>
    ToolUseUnmodelled,

    /// <summary>Recorded calls have no price: quantities agree, amounts cannot.</summary>
    UnpricedModel,

    /// <summary>The provider billed a model of which nothing was recorded.</summary>
    ModelNotRecorded,

    /// <summary>Recorded calls of a model are not in the report.</summary>
    NotInReport,

    /// <summary>Quantities agree, but not how much of them went through the batch API or another tier.</summary>
    BatchOrTierUntold,

    /// <summary>Quantities agree, and one kind's rate does not.</summary>
    RateDiffers,

    /// <summary>What is too little on one day is too much on the next, or the report's days begin at another hour.</summary>
    DayBorder,

    /// <summary>None of the patterns.</summary>
    Unexplained,
}

/// <summary>A likely cause with what shows it.</summary>
/// <param name="Kinds">The kinds whose drift it explains.</param>
/// <param name="Evidence">The figures that show it, a sentence each.</param>
public sealed record Finding(DriftCause Cause, string Provider, long Day, string Model, ImmutableSortedSet<string> Kinds, ImmutableArray<string> Evidence)
{
    /// <summary>The measures whose rows it explains.</summary>
    public ImmutableHashSet<Measure> Measures { get; init; } = [];

    /// <summary>What to do about it.</summary>
    public string Fix => Cause switch
    {
        DriftCause.MissingHours => "Look into what recorded the calls in those hours; import the provider's or gateway's logs of them (a call that was recorded already is not counted twice).",
        DriftCause.RetriesUnlogged => "Record every attempt, failed ones too (attempt, outcome), also those that an SDK repeats by itself; see whether another program uses the same provider account.",
        DriftCause.CacheWriteLost => "Send the response's whole usage: gateways and SDKs drop the cache-creation fields; then import that day again.",
        DriftCause.WrongCacheTtl => "Send cache_creation with its lifetimes: where it is missing, 5 minutes are assumed.",
        DriftCause.KindsSwapped => "See which api name the calls are recorded with: providers differ in whether cached tokens are inside input.",
        DriftCause.KindLost => "Send the response's whole usage, details included.",
        DriftCause.ToolUseUnmodelled => "Send the whole response, so that its tool calls are counted, or record the fee with record_cost.",
        DriftCause.UnpricedModel => "Set its price with set_model_price; the waiting events are then priced after a preview.",
        DriftCause.ModelNotRecorded => "See which program calls it; or whether it is recorded under another name.",
        DriftCause.NotInReport => "See whether the report is filtered (project, workspace, key), of another account, or lacks pages.",
        DriftCause.BatchOrTierUntold => "Say batch and the served tier in price_context: most responses do not.",
        DriftCause.RateDiffers => "Compare the price row with the provider's list and your contract (list_model_prices, set_model_price).",
        DriftCause.DayBorder => "Reconcile both days together, in reports whose days begin at 00:00 UTC; send requested_at in UTC.",
        _ => "Get the usage report by the hour and by model (bucket_width=1h, group_by=model) and reconcile again: hours tell more causes apart.",
    };
}
