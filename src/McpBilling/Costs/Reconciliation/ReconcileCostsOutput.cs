using System.ComponentModel;

namespace McpBilling.Costs.Reconciliation;

/// <summary>A document and what it was taken for.</summary>
public sealed record ReadReport
{
    public required string Name { get; init; }
    public required string Provider { get; init; }

    [Description("organization/costs, usage_report/messages …")]
    public required string Report { get; init; }

    [Description("The first UTC day it tells of.")]
    public required string FirstDay { get; init; }

    public required string LastDay { get; init; }

    [Description("Figures read.")]
    public required int Figures { get; init; }

    [Description("Of its text; the same document is known again by it.")]
    public required string Sha256 { get; init; }
}

/// <summary>What a provider billed in all, and what was recorded.</summary>
public sealed record ProviderTotal
{
    public required string Provider { get; init; }

    [Description("US dollars by the provider's reports.")]
    public required decimal Reported { get; init; }

    [Description("US dollars by the ledger, earlier adjustments included.")]
    public required decimal Recorded { get; init; }

    [Description("Of recorded: what earlier reconciliations added.")]
    public required decimal Adjusted { get; init; }

    public required decimal Delta { get; init; }
    public required decimal DriftPercent { get; init; }
    public required DriftColour Colour { get; init; }
}

/// <summary>One kind of a model on a day.</summary>
public sealed record DriftRowView
{
    [Description("UTC.")]
    public required string Day { get; init; }

    public required string Provider { get; init; }

    [Description("Absent: all models.")]
    public string? Model { get; init; }

    [Description("Absent: all kinds.")]
    public string? Kind { get; init; }

    [Description("quantity (tokens, calls, seconds) or amount (US dollars).")]
    public required Measure Measure { get; init; }

    public required decimal Reported { get; init; }
    public required decimal Recorded { get; init; }

    [Description("reported − recorded.")]
    public required decimal Delta { get; init; }

    [Description("|delta| / the greater one.")]
    public required decimal DriftPercent { get; init; }

    [Description("green under 1 %, amber to 5 %, red above.")]
    public required DriftColour Colour { get; init; }

    public required IReadOnlyList<DriftCause> Causes { get; init; }
}

/// <summary>A likely cause.</summary>
public sealed record FindingView
{
    public required DriftCause Cause { get; init; }
    public required string Day { get; init; }
    public required string Provider { get; init; }
    public string? Model { get; init; }

    [Description("The kinds whose drift it explains.")]
    public required IReadOnlyList<string> Kinds { get; init; }

    [Description("The figures that show it.")]
    public required IReadOnlyList<string> Evidence { get; init; }

    [Description("What to do.")]
    public required string Fix { get; init; }
}

/// <summary>Dollars added to a day so that it is what was billed.</summary>
public sealed record AdjustmentView
{
    public required string Day { get; init; }
    public required string Provider { get; init; }
    public string? Model { get; init; }
    public string? Kind { get; init; }
    public required decimal Amount { get; init; }
    public required string Reason { get; init; }

    public static AdjustmentView Of(ProviderAdjustment a) => new()
    {
        Day = UtcDays.Text(a.Day),
        Provider = a.Provider,
        Model = a.Model.Length == 0 ? null : a.Model,
        Kind = a.Kind.Length == 0 ? null : a.Kind,
        Amount = a.Amount,
        Reason = a.Reason,
    };
}

/// <summary>How far the ledger and the provider's reports are apart, and why.</summary>
public sealed record ReconcileCostsOutput
{
    [Description("The worst.")]
    public required DriftColour Colour { get; init; }

    public required int Green { get; init; }
    public required int Amber { get; init; }
    public required int Red { get; init; }

    [Description("Dollars per provider; none without a cost report.")]
    public required IReadOnlyList<ProviderTotal> Totals { get; init; }

    [Description("Likely causes, each with its evidence.")]
    public required IReadOnlyList<FindingView> Findings { get; init; }

    [Description("Worst first.")]
    public required IReadOnlyList<DriftRowView> Rows { get; init; }

    public required IReadOnlyList<ReadReport> Reports { get; init; }
    public required IReadOnlyList<string> Notes { get; init; }

    [Description("What adjust would post; absent: nothing.")]
    public string? ShownAs { get; init; }

    [Description("Dollars that adjust would add, or added.")]
    public decimal? Adjustment { get; init; }

    [Description("Posted by this call.")]
    public IReadOnlyList<AdjustmentView>? Adjustments { get; init; }

    [Description("The stored reconciliation (recon_…).")]
    public string? ReconciliationId { get; init; }

    public bool Replayed { get; init; }
}
