using System.Collections.Immutable;
using McpBilling.Costs.Reconciliation.Causes;

namespace McpBilling.Costs.Reconciliation;

/// <summary>
/// Reports held against the ledger: every figure with its drift, and the likely causes of those that are not green. Pure: the same reports and the same
/// ledger give the same answer. A day on which everything agrees has no findings but a batch share that differs, which costs agree with by chance.
/// </summary>
public sealed record ReconciledCosts(ImmutableArray<DriftRow> Rows, ImmutableArray<Finding> Findings)
{
    /// <param name="ledgers">One for each provider of the reports.</param>
    /// <param name="fromDay">Counted from 1970, included.</param>
    /// <param name="toDay">Not included.</param>
    /// <param name="projects">Only these projects or workspaces of the reports; none for all.</param>
    /// <exception cref="Operations.BillingException"><c>invalid_request</c>: two reports tell the same.</exception>
    public static ReconciledCosts Of(IReadOnlyList<ProviderReport> reports, IReadOnlyList<CostLedger> ledgers, long fromDay, long toDay, IReadOnlyList<string> projects)
    {
        Comparison.RequireDisjoint(reports);
        var rows = ImmutableArray.CreateBuilder<DriftRow>();
        var findings = ImmutableArray.CreateBuilder<Finding>();
        foreach (var ledger in ledgers)
        {
            var days = Comparison.Of([.. reports.Where(r => r.Provider == ledger.Provider)], ledger, fromDay, toDay, projects);
            var found = LikelyCauses.Find(days);
            findings.AddRange(found);
            var byDay = found.ToLookup(f => f.Day);
            foreach (var day in days)
            {
                foreach (var measure in (Measure[])[Measure.Quantity, Measure.Amount])
                {
                    rows.AddRange(day.Of(measure).Where(k => k.Value.Reported != 0 || k.Value.Recorded != 0).Select(k => Row(day, k.Key, measure, k.Value, byDay[day.Day])));
                }
            }
        }
        return new ReconciledCosts(rows.ToImmutable(), findings.ToImmutable());
    }

    private static DriftRow Row(ModelDay day, string kind, Measure measure, Figures figures, IEnumerable<Finding> findings)
    {
        var row = new DriftRow(day.Provider, day.Day, day.Model, kind, measure, figures.Reported, figures.Recorded, figures.Adjusted);
        return row.Colour == DriftColour.Green ? row : row with
        {
            Causes = [.. findings.Where(f => f.Measures.Contains(measure) && (day.Model.Length == 0 || f.Model == day.Model) && (kind.Length == 0 || f.Kinds.Contains(kind))).Select(f => f.Cause).Distinct()],
        };
    }
}
