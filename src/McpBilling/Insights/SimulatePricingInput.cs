using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;

namespace McpBilling.Insights;

/// <summary>Asks what customers would pay.</summary>
public sealed record SimulatePricingInput
{
    [JsonShape(JsonShapeAttribute.AnyObject), Description("A draft billing.json to compare.")]
    public JsonElement? Document { get; init; }

    [Description("recorded or described; default: recorded, the last 30 days.")]
    public UsageToSimulate? Usage { get; init; }

    [MaxLength(50), Description("Assumed costs, for margins.")]
    public IReadOnlyList<AssumedCostInput>? Costs { get; init; }

    [Range(1, 100), DefaultValue(10), Description("Customers per list.")]
    [NotInTools]
    public int Limit { get; set; } = 10;
}

/// <summary>The usage to price. Inside, a field's meaning is in its name and on the page of simulation: descriptions would be paid for in every conversation.</summary>
public sealed record UsageToSimulate
{
    /// <summary>What the ledger recorded.</summary>
    public RecordedUsageInput? Recorded { get; init; }

    [Length(1, DescribedUsageInput.MaxLines), Description("A month of made-up customers.")]
    public IReadOnlyList<DescribedUsageInput>? Described { get; init; }
}

/// <summary>Recorded usage of a period.</summary>
public sealed record RecordedUsageInput
{
    /// <summary>The longest period.</summary>
    public static readonly TimeSpan MaxPeriod = TimeSpan.FromDays(366);

    /// <summary>Default 30 days ago.</summary>
    public Instant? From { get; init; }

    /// <summary>Default now; at most <see cref="MaxPeriod"/> after <see cref="From"/>.</summary>
    public Instant? To { get; init; }

    /// <summary>Only this customer.</summary>
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

    /// <summary>1 to <see cref="MaxCustomers"/>.</summary>
    public required int Customers { get; init; }

    /// <summary>As the meter names it.</summary>
    public required string EventType { get; init; }

    /// <summary>In the month.</summary>
    public required decimal QuantityPerCustomer { get; init; }

    /// <summary>Default 1, or a thousandth of a quantity above 1,000.</summary>
    public decimal? QuantityPerEvent { get; init; }

    /// <summary>Of every event.</summary>
    [JsonShape(JsonShapeAttribute.AnyObject)]
    public EventProperties? Properties { get; init; }

    /// <summary>A part of the customers that uses more.</summary>
    public HeavyUsageInput? Heavy { get; init; }
}

/// <summary>The customers who use more.</summary>
public sealed record HeavyUsageInput
{
    /// <summary>0 to 100, of the customers.</summary>
    public required decimal Percent { get; init; }

    /// <summary>In the month.</summary>
    public required decimal QuantityPerCustomer { get; init; }
}

/// <summary>What an event costs the builder.</summary>
public sealed record AssumedCostInput
{
    /// <summary>Whose events.</summary>
    public required string EventType { get; init; }

    /// <summary>Per unit of the events' quantity.</summary>
    public required decimal PerUnit { get; init; }

    /// <summary>Such as usd.</summary>
    public required string Asset { get; init; }
}
