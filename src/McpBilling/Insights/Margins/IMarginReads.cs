using McpBilling.Costs;
using McpBilling.Operations;

namespace McpBilling.Insights.Margins;

/// <summary>Reads what things cost and brought in, each report from one snapshot of the roll-ups, which equal a scan of all events and adjustments.</summary>
public interface IMarginReads
{
    /// <summary>The sums of a report; null when it is of one customer, and there is none of that id.</summary>
    ValueTask<MarginFigures?> Margins(Caller caller, MarginQuestion question, CancellationToken cancellation);
}

/// <summary>What to add up.</summary>
/// <param name="Days">Over these days.</param>
/// <param name="By">By this; null: no rows are wanted.</param>
public sealed record MarginQuestion(DayRange Days, MarginGroup? By)
{
    /// <summary>Rows of this customer only.</summary>
    public string? CustomerId { get; init; }

    /// <summary>Which rows come first.</summary>
    public MarginOrder Order { get; init; } = new(MarginSort.Cost);

    /// <summary>So many of the first rows are wanted; customers and days come whole.</summary>
    public int First { get; init; } = int.MaxValue;

    /// <summary>Also what was used, hour by hour: what another model's price is put on.</summary>
    public bool Quantities { get; init; }

    /// <summary>Also what each model cost on each day.</summary>
    public bool ModelDays { get; init; }

    /// <summary>Customers with the cost of cache writes shared among their readers (<see cref="SharedContexts"/>).</summary>
    public bool ShareCacheWrites { get; init; }
}

/// <summary>The sums of a report.</summary>
public sealed record MarginFigures
{
    /// <summary>From the first day of the question on which anything is recorded to the day after the last; null: nothing is.</summary>
    public required DayRange? Recorded { get; init; }

    /// <summary>Everything of the workspace.</summary>
    public required MarginSum Total { get; init; }

    /// <summary>Every customer of the workspace, and the keys that are none (<see cref="MarginKeys"/>).</summary>
    public required IReadOnlyList<MarginSum> Customers { get; init; }

    /// <summary>By what was asked, at least the first that were, in no order.</summary>
    public required IReadOnlyList<MarginSum> Rows { get; init; }

    /// <summary>How many rows there are in all.</summary>
    public int RowCount { get; init; }

    public IReadOnlyList<UsedQuantity> Quantities { get; init; } = [];

    public IReadOnlyList<ModelDay> ModelDays { get; init; } = [];

    /// <summary>Contexts that others read, where they are asked for.</summary>
    public IReadOnlyList<SharedContext> SharedContexts { get; init; } = [];

    /// <summary>The workspace's price book.</summary>
    public PriceBook Prices { get; init; } = PriceBook.Shipped;
}

/// <summary>What adds up to one row.</summary>
/// <param name="Key">By what: a customer's id, a model as <c>provider/model</c>, a day as <c>2026-11-01</c>.</param>
/// <param name="CustomerId">Whose, where the key means something only inside one customer.</param>
/// <param name="Events">Cost events.</param>
/// <param name="Unpriced">Events whose cost is not known; they add nothing to <paramref name="Cost"/>.</param>
/// <param name="Incomplete">Events whose cost is a lower bound.</param>
/// <param name="NoUsage">Events whose response did not say what was used.</param>
/// <param name="Charges">Charges behind <paramref name="Revenue"/>.</param>
public sealed record MarginSum(string Key, string? CustomerId, long Events, long Unpriced, long Incomplete, long NoUsage, Dollars Cost, long Charges, Dollars Revenue)
{
    public static MarginSum Nothing(string key) => new(key, null, 0, 0, 0, 0, Dollars.Zero, 0, Dollars.Zero);

    public Dollars Margin => Revenue - Cost;

    public static MarginSum operator +(MarginSum a, MarginSum b) => a with
    {
        Events = a.Events + b.Events,
        Unpriced = a.Unpriced + b.Unpriced,
        Incomplete = a.Incomplete + b.Incomplete,
        NoUsage = a.NoUsage + b.NoUsage,
        Cost = a.Cost + b.Cost,
        Charges = a.Charges + b.Charges,
        Revenue = a.Revenue + b.Revenue,
    };
}

/// <summary>So much of a kind in one hour.</summary>
/// <param name="Hour">Counted from 1970, UTC.</param>
/// <param name="Batch">Through the provider's batch interface.</param>
/// <param name="Quantity">Above zero.</param>
/// <param name="Cost">What it cost, as far as it is known.</param>
public readonly record struct UsedQuantity(int Hour, string Kind, bool Batch, decimal Quantity, Dollars Cost);

/// <summary>What a model cost on one day.</summary>
/// <param name="Model">As <c>provider/model</c>.</param>
public readonly record struct ModelDay(int Day, string Model, Dollars Cost);
