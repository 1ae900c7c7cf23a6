using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;

namespace McpBilling.Insights;

/// <summary>Asks what customers would pay.</summary>
public sealed record SimulatePricingInput
{
    [JsonShape(JsonShapeAttribute.AnyObject), Description("A whole draft billing.json to compare; left out: only the present prices.")]
    public JsonElement? Document { get; init; }

    [Description("recorded or described; default: recorded usage of the last 30 days.")]
    public UsageToSimulate? Usage { get; init; }

    [MaxLength(50), Description("Assumed costs, for margins.")]
    public IReadOnlyList<AssumedCostInput>? Costs { get; init; }

    [Range(1, 100), DefaultValue(10), Description("Customers per list.")]
    public int Limit { get; set; } = 10;
}

/// <summary>The usage to price.</summary>
public sealed record UsageToSimulate
{
    [Description("What the ledger recorded.")]
    public RecordedUsageInput? Recorded { get; init; }

    [Length(1, DescribedUsageInput.MaxLines), Description("One month of made-up customers; each line is customers of its own.")]
    public IReadOnlyList<DescribedUsageInput>? Described { get; init; }
}

/// <summary>Recorded usage of a period.</summary>
public sealed record RecordedUsageInput
{
    /// <summary>The longest period.</summary>
    public static readonly TimeSpan MaxPeriod = TimeSpan.FromDays(366);

    [Description("Default 30 days ago.")]
    public Instant? From { get; init; }

    [Description("Default now; at most 366 days after from.")]
    public Instant? To { get; init; }

    [RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1), Description("Only this customer.")]
    public string? CustomerId { get; init; }
}

/// <summary>Customers who all do the same.</summary>
public sealed record DescribedUsageInput
{
    public const int MaxLines = 50;
    public const int MaxCustomers = 1_000_000_000;

    /// <summary>The most events of one customer: they are simulated one by one.</summary>
    public const int MaxEvents = 100_000;

    /// <summary>How many events stand for a greater quantity when nothing is said of their size.</summary>
    public const int UsualEvents = 1_000;

    [Range(1, MaxCustomers), Description("How many.")]
    public required int Customers { get; init; }

    [StringLength(128, MinimumLength = 1), Description("As the meter names it.")]
    public required string EventType { get; init; }

    [Description("In the month, such as \"20\".")]
    public required decimal QuantityPerCustomer { get; init; }

    [Description("Default 1.")]
    public decimal? QuantityPerEvent { get; init; }

    [JsonShape(JsonShapeAttribute.FlatProperties), Description("Of every event.")]
    public EventProperties? Properties { get; init; }

    [Description("A part of the customers that uses more.")]
    public HeavyUsageInput? Heavy { get; init; }
}

/// <summary>The customers who use more.</summary>
public sealed record HeavyUsageInput
{
    [Description("0 to 100, of the customers.")]
    public required decimal Percent { get; init; }

    [Description("In the month.")]
    public required decimal QuantityPerCustomer { get; init; }
}

/// <summary>What an event costs the builder.</summary>
public sealed record AssumedCostInput
{
    [StringLength(128, MinimumLength = 1), Description("Whose events.")]
    public required string EventType { get; init; }

    [Description("Per unit of quantity.")]
    public required decimal PerUnit { get; init; }

    [Description("Such as usd.")]
    public required string Asset { get; init; }
}
