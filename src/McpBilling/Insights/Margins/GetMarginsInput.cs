using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using McpBilling.Customers;

namespace McpBilling.Insights.Margins;

/// <summary>Asks what things cost and brought in.</summary>
public sealed record GetMarginsInput
{
    /// <summary>The longest name of a model, with its provider.</summary>
    public const int MaxModelLength = 260;

    [Description("Rows by this.")]
    public MarginGroup GroupBy { get; set; } = MarginGroup.Customer;

    [Description("First UTC day, 2026-11-01."), StringLength(40, MinimumLength = 1)]
    public string? From { get; init; }

    [Description("Day after the last."), StringLength(40, MinimumLength = 1)]
    public string? To { get; init; }

    [Description("Only this customer's rows."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public string? CustomerId { get; init; }

    [Description("What if all had run on this provider/model?"), StringLength(MaxModelLength, MinimumLength = 3)]
    public string? OnModel { get; init; }

    [Description("Share cache writes among readers (context_of).")]
    public bool ShareCacheWrites { get; set; }

    [Description("Default cost: the greatest first. margin: losses first.")]
    public MarginSort? Sort { get; init; }

    [Description("next_cursor."), StringLength(64)]
    public string? Cursor { get; init; }

    [Description("Rows a page."), Range(1, 200), DefaultValue(20)]
    public int Limit { get; set; } = 20;
}
