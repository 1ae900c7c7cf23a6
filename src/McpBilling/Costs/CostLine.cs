using System.Collections.Immutable;
using System.Text.Json.Serialization;
using McpBilling.Operations;

namespace McpBilling.Costs;

/// <summary>Whether a cost is known.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter))]
public enum CostStatus
{
    /// <summary>Every line has its rate.</summary>
    Priced,

    /// <summary>Priced on what is known: a lower bound.</summary>
    Incomplete,

    /// <summary>A line has no rate: the cost is not known. Not the same as zero.</summary>
    Unpriced,

    /// <summary>The response does not say what was used.</summary>
    NoUsage,
}

/// <summary>One kind of use at its rate.</summary>
/// <param name="Kind">One of <see cref="CostKinds"/>.</param>
/// <param name="Rate">US dollars for <paramref name="Per"/>; null: no price is known.</param>
/// <param name="Amount">US dollars: quantity × rate / per, exact, to 18 decimals where it does not end; null: not known.</param>
/// <param name="RowId">The row of the price book that gave the rate.</param>
public sealed record CostLine(string Kind, decimal Quantity, decimal? Rate, decimal Per, decimal? Amount, string? RowId)
{
    /// <summary>A detail had to be guessed.</summary>
    public bool Assumed { get; init; }

    /// <summary>The model, where it is another than the response's.</summary>
    public string? Model { get; init; }

    /// <summary>What part of the response used it, where it says so.</summary>
    public string? Iteration { get; init; }
}

/// <summary>What a response cost.</summary>
/// <param name="Amount">The sum of the lines, US dollars; null when any is unknown.</param>
/// <param name="Reason">Why it is not known, or only in part.</param>
public sealed record PricedCost(CostStatus Status, ImmutableArray<CostLine> Lines, decimal? Amount, string? Reason);
