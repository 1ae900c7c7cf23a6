using System.ComponentModel;
using McpBilling.Money;

namespace McpBilling.Insights.Margins;

/// <summary>What things cost and brought in, in US dollars.</summary>
public sealed record GetMarginsOutput
{
    [Description("The days it is about; absent when nothing is recorded and none was asked for.")]
    public MarginPeriod? Period { get; init; }

    [Description("Of the workspace, or of the customer asked for. The cost has everything in it, also what is told apart below.")]
    public required MarginTotals Totals { get; init; }

    public required IReadOnlyList<MarginRow> Rows { get; init; }

    [Description("Rows in all.")]
    public required int TotalRows { get; init; }

    [Description("Give it back as cursor for the next rows; absent on the last page.")]
    public string? NextCursor { get; init; }

    [Description("Over all customers of the workspace, by nearest rank.")]
    public required MarginDistribution Distribution { get; init; }

    [Description("The workspace's, or whether the customer asked for is one of them; lists are cut after limit customers.")]
    public required MarginAlerts Alerts { get; init; }

    [Description("Costs of which nobody said whose they are; the customer id 'unattributed'.")]
    public required CostShare Unattributed { get; init; }

    [Description("Events whose cost is not known. They add nothing to any cost: what is shown is at least so much.")]
    public required UnpricedShare Unpriced { get; init; }

    [Description("Background work that no customer asked for; the customer id 'internal'.")]
    public required CostShare Internal { get; init; }

    [Description("Failed attempts that all customers bear in proportion to their other costs.")]
    public required CostShare Socialized { get; init; }

    [Description("Failed attempts that no customer bears.")]
    public required CostShare WrittenOff { get; init; }

    [Description("What the same usage would have cost on the model asked for.")]
    public OtherModelCost? OnModel { get; init; }

    [Description("What to know before relying on a figure.")]
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>Whole UTC days.</summary>
public sealed record MarginPeriod
{
    public required Instant From { get; init; }

    [Description("The end; not in it.")]
    public required Instant To { get; init; }
}

/// <summary>Revenue less cost.</summary>
public record MarginFigure
{
    [Description("Cost events: model calls, and other costs that were recorded.")]
    public required long Events { get; init; }

    [Description("What usage charged in usd; of other assets, what the credit used had been paid for.")]
    public required string Revenue { get; init; }

    public required string Cost { get; init; }

    [Description("revenue − cost.")]
    public required string Margin { get; init; }

    [Description("Of the revenue; absent without revenue.")]
    public string? MarginPercent { get; init; }
}

/// <summary>All rows together.</summary>
public sealed record MarginTotals : MarginFigure
{
    [Description("Customers with a cost or a charge.")]
    public required int Customers { get; init; }
}

/// <summary>One row.</summary>
public sealed record MarginRow : MarginFigure
{
    [Description("The customer's id, the value grouped by (empty: not said), provider/model, or the day or month.")]
    public required string Key { get; init; }

    [Description("Whose, where the key is a value of one customer.")]
    public string? CustomerId { get; init; }

    [Description("How much of the cost is its part of the socialized ones.")]
    public string? Socialized { get; init; }

    [Description("Events whose cost is not known.")]
    public long? Unpriced { get; init; }

    [Description("Events whose cost is a lower bound.")]
    public long? Incomplete { get; init; }
}

/// <summary>Percentiles of the customers.</summary>
public sealed record MarginDistribution
{
    public required PercentileAmounts Cost { get; init; }

    [Description("The least margins first: p50 is what half of the customers do not exceed.")]
    public required PercentileAmounts Margin { get; init; }
}

public sealed record PercentileAmounts
{
    public required string P50 { get; init; }
    public required string P75 { get; init; }
    public required string P90 { get; init; }
    public required string P99 { get; init; }
}

/// <summary>Who needs to be looked at.</summary>
public sealed record MarginAlerts
{
    [Description("The 5 % of the customers that cost most, at least one.")]
    public required AlertList TopCost { get; init; }

    [Description("Customers that cost more than they bring in.")]
    public required AlertList NegativeMargin { get; init; }
}

public sealed record AlertList
{
    public required int Count { get; init; }

    [Description("Their part of all costs, in percent.")]
    public string? CostPercent { get; init; }

    public required IReadOnlyList<AlertedCustomer> Customers { get; init; }
}

public sealed record AlertedCustomer
{
    public required string CustomerId { get; init; }
    public required string Revenue { get; init; }
    public required string Cost { get; init; }
    public required string Margin { get; init; }
}

/// <summary>A part of the whole.</summary>
public sealed record CostShare
{
    public required long Events { get; init; }

    [Description("Of all events; absent when there are none.")]
    public string? EventsPercent { get; init; }

    public required string Cost { get; init; }

    [Description("Of all costs; absent when there are none.")]
    public string? CostPercent { get; init; }
}

/// <summary>How much is not known.</summary>
public sealed record UnpricedShare
{
    [Description("A model or a kind of use without a price.")]
    public required long Events { get; init; }

    [Description("Of all events; absent when there are none.")]
    public string? EventsPercent { get; init; }

    [Description("Events priced in part: their cost is a lower bound.")]
    public required long Incomplete { get; init; }

    [Description("Events whose response did not say what was used.")]
    public required long NoUsage { get; init; }
}

/// <summary>The usage of the period on one other model, at that model's prices of each hour.</summary>
public sealed record OtherModelCost
{
    public required string Model { get; init; }

    [Description("Of the kinds of use that the model has a price for.")]
    public required string Cost { get; init; }

    [Description("What those kinds cost really, as far as it is known.")]
    public required string Actual { get; init; }

    [Description("cost − actual: below zero is saved.")]
    public required string Difference { get; init; }

    [Description("Kinds of use without a price on the model: they are in neither figure.")]
    public required IReadOnlyList<KindWithoutPrice> WithoutPrice { get; init; }
}

public sealed record KindWithoutPrice
{
    [Description("Such as cache_write_1h.")]
    public required string Kind { get; init; }

    public required string Quantity { get; init; }

    [Description("What it cost really, as far as it is known.")]
    public required string Actual { get; init; }
}
