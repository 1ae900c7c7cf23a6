using System.Collections.Immutable;

namespace McpBilling.Costs;

/// <summary>So much of one kind that a provider bills.</summary>
/// <param name="Kind">One of <see cref="CostKinds"/>.</param>
/// <param name="Quantity">Above zero.</param>
public sealed record MeteredUse(string Kind, decimal Quantity)
{
    /// <summary>A detail had to be guessed, such as a cache's lifetime.</summary>
    public bool Assumed { get; init; }

    /// <summary>The model that bills it, where it is another than the response's (an advisor's iteration).</summary>
    public string? Model { get; init; }

    /// <summary>What part of the response used it, where it says so: <c>message</c>, <c>compaction</c>, <c>advisor_message</c>.</summary>
    public string? Iteration { get; init; }

    /// <summary>Which of the response's requests it was, from 0, where one bills for itself: it has a context of its own.</summary>
    public int? Part { get; init; }
}

/// <summary>How much of a response's usage is known.</summary>
public enum ReadingState
{
    Complete,

    /// <summary>A stream that broke off: what is known is a lower bound.</summary>
    Partial,

    /// <summary>The response says nothing about usage. Not the same as zero.</summary>
    NoUsage,
}

/// <summary>What a provider's response says was used, without its text.</summary>
public sealed record UsageReading
{
    /// <summary>In the order of <see cref="CostKinds"/>; without zeros.</summary>
    public required ImmutableArray<MeteredUse> Uses { get; init; }

    public ReadingState State { get; init; } = ReadingState.Complete;

    /// <summary>Why it is partial or has no usage.</summary>
    public string? Reason { get; init; }

    /// <summary>The provider's id of the response.</summary>
    public string? ResponseId { get; init; }

    /// <summary>The model that answered; null where the response does not say (Bedrock).</summary>
    public string? Model { get; init; }

    /// <summary>What the caller told, and what the response knows better.</summary>
    public required PriceContext Context { get; init; }

    /// <summary>Tokens that are inside the other figures and not billed again: reasoning, and what is like it.</summary>
    public ImmutableSortedDictionary<string, decimal> Inside { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>
    /// The longest context, where the uses of a reading are those of several requests (Anthropic's iterations, a batch's job, a period), zero where it cannot be told;
    /// null: they are one request's. Kept with the event among what is inside, so that pricing it anew crosses the same thresholds.
    /// </summary>
    public decimal? LongestContext => Inside.TryGetValue(LongestContextName, out decimal longest) ? longest : null;

    internal const string LongestContextName = "longest_context_tokens";

    /// <summary>All input of the request, cached or not: what a threshold of context length is compared with. Zero for a total, so that no threshold is crossed by adding up.</summary>
    public decimal ContextTokens => ContextTokensOf(null);

    /// <summary>As <see cref="ContextTokens"/>, of one part that bills for itself.</summary>
    public decimal ContextTokensOf(int? part) =>
        part is null && LongestContext is { } longest ? longest
        : Uses.Where(u => u.Part == part && CostKinds.IsInput(u.Kind)).Sum(u => u.Quantity);
}
