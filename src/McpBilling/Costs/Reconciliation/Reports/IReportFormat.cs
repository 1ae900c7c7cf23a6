namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>One documented report of a provider: how its rows become facts.</summary>
internal interface IReportFormat
{
    string Provider { get; }

    ReportKind Kind { get; }

    /// <summary>Whether a table with this row is this report's.</summary>
    bool Recognizes(ReportRow row);

    /// <summary>The report's name for this row (<see cref="ProviderReport.Report"/>).</summary>
    string NameOf(ReportRow row);

    /// <summary>The facts of a row; none where the row only says that nothing was used.</summary>
    /// <exception cref="Operations.BillingException"><c>invalid_request</c>, naming place and field.</exception>
    IEnumerable<ProviderFact> Facts(ReportRow row, Bucket bucket);
}
