using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using McpBilling.Money;
using McpBilling.Operations;

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

    [Description("OpenAI costs, usage; Anthropic cost_report, usage_report; JSON or CSV, usage best by the hour: [{\"name\":\"costs.csv\",\"text\":\"…\"}]."), Length(1, MostDocuments)]
    public required IReadOnlyList<ReportDocumentInput> Documents { get; init; }

    [Description("First UTC day; default: all of the reports.")]
    public Instant? From { get; init; }

    [Description("Day after the last.")]
    public Instant? To { get; init; }

    [Description("Only these projects or workspaces of the reports."), MaxLength(50)]
    [NotInTools]
    public IReadOnlyList<string>? Projects { get; init; }

    [Description("Also rows that agree.")]
    [NotInTools]
    public bool Green { get; set; }

    [Range(1, 10_000), DefaultValue(100), Description("Rows, and findings.")]
    [NotInTools]
    public int Limit { get; set; } = 100;

    [Description("Store the answer.")]
    [NotInTools]
    public bool Keep { get; set; }

    [Description("To post the differences: shown_as of the answer that the user saw."), StringLength(64, MinimumLength = 1)]
    public string? Adjust { get; init; }
}
