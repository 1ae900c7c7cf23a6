using System.Collections.Immutable;
using McpBilling.Money;

namespace McpBilling.Costs.Reconciliation;

/// <summary>Makes the answer of a reconciliation, and says which differences an adjustment may take.</summary>
internal sealed class ReconciliationAnswer(IReadOnlyList<ProviderReport> reports, ReconciledCosts costs, Instant now)
{
    private const int PercentDigits = 2;

    // What would be added now comes a second time when its price arrives.
    private static readonly DriftCause[] Waits = [DriftCause.UnpricedModel];

    /// <summary>Amounts that differ on days that are over, whose report is whole, and that do not wait for a price.</summary>
    public ImmutableArray<ProviderAdjustment> Adjustable { get; } = [.. costs.Rows
        .Where(r => r.Measure == Measure.Amount && r.Delta != 0 && UtcDays.StartOf(r.Day + 1) <= now && !r.Causes.Any(Waits.Contains) && !reports.Any(p => p.LacksPages && p.Provider == r.Provider))
        .Select(r => new ProviderAdjustment(r.Provider, r.Day, r.Model, r.Kind, r.Delta, Reason(r)))];

    public DriftColour Colour => costs.Rows.Length == 0 ? DriftColour.Green : costs.Rows.Max(r => r.Colour);

    public ReconcileCostsOutput Output(ReconcileCostsInput input, long basis, IEnumerable<string> notes)
    {
        var rows = costs.Rows.Where(r => input.Green || r.Colour != DriftColour.Green)
            .OrderByDescending(r => r.Colour).ThenBy(r => r.Measure).ThenByDescending(r => Math.Abs(r.Delta)).ThenBy(r => r.Day).ThenBy(r => r.Model, StringComparer.Ordinal).ThenBy(r => r.Kind, StringComparer.Ordinal).ToList();
        bool isSome = Adjustable.Length > 0;
        return new ReconcileCostsOutput
        {
            Colour = Colour,
            Green = costs.Rows.Count(r => r.Colour == DriftColour.Green),
            Amber = costs.Rows.Count(r => r.Colour == DriftColour.Amber),
            Red = costs.Rows.Count(r => r.Colour == DriftColour.Red),
            Totals = [.. costs.Rows.Where(r => r.Measure == Measure.Amount).GroupBy(r => r.Provider, StringComparer.Ordinal).Select(Total)],
            Findings = [.. costs.Findings.OrderBy(f => f.Day).ThenBy(f => f.Model, StringComparer.Ordinal).Take(input.Limit).Select(View)],
            Rows = [.. rows.Take(input.Limit).Select(View)],
            Reports = [.. reports.Select(View)],
            Notes = [.. notes, .. Notes(rows.Count, input.Limit)],
            ShownAs = isSome ? KeepReconciliation.Token(reports, Adjustable, basis) : null,
            Adjustment = isSome ? Adjustable.Sum(a => a.Amount) : null,
        };
    }

    private static string Reason(DriftRow row) =>
        $"reported {CostMoney.Format(row.Reported)}, recorded {CostMoney.Format(row.Recorded)}{(row.Causes.Length == 0 ? "" : ": " + string.Join(", ", row.Causes.Select(c => c.ToString())))}";

    private IEnumerable<string> Notes(int rows, int limit)
    {
        if (rows > limit || costs.Findings.Length > limit)
        {
            yield return $"{Math.Max(0, rows - limit)} rows and {Math.Max(0, costs.Findings.Length - limit)} findings are left out: raise limit, or narrow from and to.";
        }
        foreach (var report in reports.Where(r => r.LacksPages))
        {
            yield return $"{report.Name} says that more pages follow (has_more): get them too. Nothing of {report.Provider} is adjusted by a report that is not whole.";
        }
        if (costs.Rows.Any(r => UtcDays.StartOf(r.Day + 1) > now))
        {
            yield return "The last day is not over: reports lag behind, and it is not adjusted.";
        }
        if (costs.Rows.Any(r => r.Causes.Any(Waits.Contains)))
        {
            yield return "Costs that wait for a price are not adjusted: set the price instead, or they would count twice.";
        }
        if (reports.All(r => r.Kind == ReportKind.Usage))
        {
            yield return "Only usage was reported: give the cost report too, to hold dollars against dollars.";
        }
    }

    private static ProviderTotal Total(IGrouping<string, DriftRow> rows)
    {
        decimal reported = rows.Sum(r => r.Reported), recorded = rows.Sum(r => r.Recorded);
        return new ProviderTotal
        {
            Provider = rows.Key,
            Reported = reported,
            Recorded = recorded,
            Adjusted = rows.Sum(r => r.Adjusted),
            Delta = reported - recorded,
            DriftPercent = Percent(Drift.Of(reported, recorded)),
            Colour = Drift.Colour(reported, recorded),
        };
    }

    private static DriftRowView View(DriftRow r) => new()
    {
        Day = UtcDays.Text(r.Day),
        Provider = r.Provider,
        Model = Said(r.Model),
        Kind = Said(r.Kind),
        Measure = r.Measure,
        Reported = r.Reported,
        Recorded = r.Recorded,
        Delta = r.Delta,
        DriftPercent = Percent(r.Drift),
        Colour = r.Colour,
        Causes = r.Causes,
    };

    private static FindingView View(Finding f) => new()
    {
        Cause = f.Cause,
        Day = UtcDays.Text(f.Day),
        Provider = f.Provider,
        Model = Said(f.Model),
        Kinds = [.. f.Kinds.Where(k => k.Length > 0)],
        Evidence = f.Evidence,
        Fix = f.Fix,
    };

    private static ReadReport View(ProviderReport r) => new()
    {
        Name = r.Name,
        Provider = r.Provider,
        Report = r.Report,
        FirstDay = UtcDays.Text(r.Days[0]),
        LastDay = UtcDays.Text(r.Days[^1]),
        Figures = r.Facts.Length,
        Sha256 = r.Sha256,
    };

    private static string? Said(string text) => text.Length == 0 ? null : text;

    private static decimal Percent(decimal drift) => Math.Round(drift * 100, PercentDigits, MidpointRounding.ToEven);
}
