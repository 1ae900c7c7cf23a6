using System.Collections.Immutable;

namespace McpBilling.Costs;

/// <summary>
/// What a kind is billed as where the row has no rate for it. A cache write that lives an hour, and everything that is not tokens, has no stand-in: it stays
/// unpriced.
/// </summary>
internal static class KindFallbacks
{
    /// <summary>The kinds to try, in this order; assumed: the provider may bill otherwise, and the line says so.</summary>
    public static ImmutableArray<(string Kind, bool Assumed)> Of(string kind) => kind switch
    {
        // A provider with one write rate names no lifetime; five minutes are the shortest and the usual one.
        CostKinds.CacheWrite5m => [(CostKinds.CacheWrite, false)],
        // Whoever has no price for writing to the cache bills what is written as input.
        CostKinds.CacheWrite => [(CostKinds.CacheWrite5m, true), (CostKinds.Input, true)],
        // No discount is listed, so none was given: the full input rate.
        CostKinds.CacheRead => [(CostKinds.Input, true)],
        // Pictures are billed as tokens like any others where no rate of their own is listed; sound seldom is.
        CostKinds.InputImage => [(CostKinds.Input, false)],
        CostKinds.OutputImage => [(CostKinds.Output, true)],
        CostKinds.CacheReadImage => [(CostKinds.CacheRead, false), (CostKinds.InputImage, true), (CostKinds.Input, true)],
        CostKinds.InputAudio => [(CostKinds.Input, true)],
        CostKinds.OutputAudio => [(CostKinds.Output, true)],
        CostKinds.CacheReadAudio => [(CostKinds.CacheRead, true), (CostKinds.InputAudio, true), (CostKinds.Input, true)],
        _ => [],
    };
}
