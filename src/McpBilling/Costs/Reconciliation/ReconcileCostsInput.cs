using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using McpBilling.Money;

namespace McpBilling.Costs.Reconciliation;

/// <summary>A report of a provider.</summary>
public sealed record ReportDocumentInput
{
    [StringLength(200, MinimumLength = 1)]
    public required string Name { get; init; }

    [StringLength(32_000_000, MinimumLength = 1)]
    public required string Text { get; init; }
}

/// <summary>Asks whether what was recorded is what the provider billed.</summary>
public sealed record ReconcileCostsInput
{
    public const int MostDocuments = 100;

    [Description("Reports as they were exported or answered: OpenAI costs, usage; Anthropic cost_report, usage_report; JSON or CSV. Usage by the hour tells most."), Length(1, MostDocuments)]
    public required IReadOnlyList<ReportDocumentInput> Documents { get; init; }

    [Description("First day, 00:00Z; default: the reports'.")]
    public Instant? From { get; init; }

    [Description("Day after the last, 00:00Z.")]
    public Instant? To { get; init; }

    [Description("Only these projects or workspaces of the reports."), MaxLength(50)]
    public IReadOnlyList<string>? Projects { get; init; }

    [Description("Also rows that agree.")]
    public bool Green { get; set; }

    [Range(1, 10_000), DefaultValue(100)]
    public int Limit { get; set; } = 100;

    [Description("Store the answer.")]
    public bool Keep { get; set; }

    [Description("Only after the user saw the drift: that answer's shown_as, to post the differences as adjustments."), StringLength(64, MinimumLength = 1)]
    public string? Adjust { get; init; }
}
