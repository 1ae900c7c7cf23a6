using System.ComponentModel;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Insights;

/// <summary>What customers pay now and would pay then. Amounts are decimal text.</summary>
public sealed record SimulatePricingOutput
{
    [Description("When the usage was, by the ledger's time.")]
    public required SimulatedPeriod Period { get; init; }

    [Description("How many customers used something.")]
    public required long Customers { get; init; }

    [Description("How many usage events they had.")]
    public required string Events { get; init; }

    [Description("On the present catalog.")]
    public required SimulatedFigures Present { get; init; }

    [Description("On the draft.")]
    public SimulatedFigures? Draft { get; init; }

    [Description("recorded usage: what the ledger really charged in the period, less what was given back.")]
    public IReadOnlyList<AssetAmount>? Charged { get; init; }

    [Description("Per product and asset.")]
    public required IReadOnlyList<SimulatedProduct> Products { get; init; }

    [Description("With a draft, per asset: how many pay more, less and the same.")]
    public IReadOnlyList<SimulatedMoves>? Moves { get; init; }

    [Description("With a draft: who pays more, the most first.")]
    public IReadOnlyList<SimulatedCustomerLine>? PayMore { get; init; }

    [Description("With a draft: who pays less, the most first.")]
    public IReadOnlyList<SimulatedCustomerLine>? PayLess { get; init; }

    [Description("Without a draft: who pays the most.")]
    public IReadOnlyList<SimulatedCustomerLine>? PayMost { get; init; }

    [Description("With costs: customers who cost more than they pay, by the draft where there is one, the worst first.")]
    public IReadOnlyList<UnprofitableCustomer>? Unprofitable { get; init; }

    [Description("What was assumed, and what could not be computed.")]
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>From, inclusive, to, exclusive.</summary>
public sealed record SimulatedPeriod
{
    public required Instant From { get; init; }
    public required Instant To { get; init; }
}

/// <summary>All customers together, on one catalog.</summary>
public sealed record SimulatedFigures
{
    [Description("Charges less what was given back, per asset.")]
    public required IReadOnlyList<AssetAmount> Revenue { get; init; }

    [Description("With costs: what the usage costs.")]
    public IReadOnlyList<AssetAmount>? Cost { get; init; }

    [Description("With costs: revenue in the costs' assets less cost.")]
    public IReadOnlyList<AssetAmount>? Margin { get; init; }

    [Description("With costs: how many customers cost more than they pay.")]
    public long? UnprofitableCustomers { get; init; }

    [Description("What one customer pays: so many of a hundred pay at most this.")]
    public required IReadOnlyList<PaidPercentiles> Percentiles { get; init; }

    [Description("Customers whose last free credit (sign-up, included, promotional) was used up.")]
    public required IReadOnlyList<RanOutOfCredit> RanOutOfCredit { get; init; }
}

/// <summary>By nearest rank over all simulated customers, those who pay nothing included.</summary>
public sealed record PaidPercentiles
{
    public required string Asset { get; init; }
    public required string P10 { get; init; }
    public required string P50 { get; init; }
    public required string P75 { get; init; }
    public required string P90 { get; init; }
    public required string P95 { get; init; }
    public required string P99 { get; init; }
}

/// <summary>Who had no free credit left.</summary>
public sealed record RanOutOfCredit
{
    public required string Asset { get; init; }

    [Description("How many.")]
    public required long Customers { get; init; }

    [Description("When the first did.")]
    public required Instant First { get; init; }
}

/// <summary>One product in one asset.</summary>
public sealed record SimulatedProduct
{
    [Description("Absent: holds captured by plain amount, and the cost of usage that nothing charged.")]
    public string? Product { get; init; }

    public required string Asset { get; init; }

    [Description("Revenue on the present catalog.")]
    public required string Present { get; init; }

    [Description("Revenue on the draft.")]
    public string? Draft { get; init; }

    [Description("Draft less present.")]
    public string? Change { get; init; }

    [Description("With a draft: customers who pay more for it.")]
    public long? PayMore { get; init; }

    [Description("With a draft: customers who pay less for it.")]
    public long? PayLess { get; init; }

    [Description("Cost of the usage that it charges now.")]
    public string? PresentCost { get; init; }

    public string? PresentMargin { get; init; }

    [Description("Cost of the usage that it would charge.")]
    public string? DraftCost { get; init; }

    public string? DraftMargin { get; init; }
}

/// <summary>How many customers a draft moves, in one asset.</summary>
public sealed record SimulatedMoves
{
    public required string Asset { get; init; }
    public required long PayMore { get; init; }
    public required long PayLess { get; init; }

    [Description("Pay the same.")]
    public required long Same { get; init; }
}

/// <summary>A customer, or many who do the same.</summary>
public sealed record SimulatedCustomerLine
{
    [Description("The app's id; for described usage the line, such as described[0] or described[0].heavy.")]
    public required string CustomerId { get; init; }

    [Description("How many customers this is, when more than one; amounts are of each.")]
    public long? Customers { get; init; }

    public required string Asset { get; init; }

    [Description("What it pays now.")]
    public required string Present { get; init; }

    [Description("What it would pay.")]
    public string? Draft { get; init; }

    [Description("Draft less present.")]
    public string? Change { get; init; }
}

/// <summary>A customer who costs more than it pays.</summary>
public sealed record UnprofitableCustomer
{
    [Description("The app's id; for described usage the line.")]
    public required string CustomerId { get; init; }

    [Description("How many customers this is, when more than one; amounts are of each.")]
    public long? Customers { get; init; }

    public required string Asset { get; init; }
    public required string Cost { get; init; }
    public required string PresentMargin { get; init; }
    public string? DraftMargin { get; init; }
}
