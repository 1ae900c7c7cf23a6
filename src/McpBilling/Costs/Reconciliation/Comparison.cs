using McpBilling.Operations;

namespace McpBilling.Costs.Reconciliation;

/// <summary>
/// Lays reports and ledger side by side: by day, and by model and kind as far as the reports are split. Where a report tells an amount for all models or all
/// kinds only, ours are summed the same way. What no report would tell of (a day, an endpoint) is not compared.
/// </summary>
internal sealed class Comparison
{
    private readonly IReadOnlyList<ProviderReport> reports;
    private readonly CostLedger ledger;
    private readonly ModelNames names;
    private readonly List<ProviderFact> facts;
    private readonly Dictionary<(long Day, string Model), ModelDay> days = [];
    private readonly Dictionary<long, long[]> providerEvents = [];

    /// <param name="reports">All of the ledger's provider.</param>
    /// <param name="fromDay">Included.</param>
    /// <param name="toDay">Not included.</param>
    /// <param name="projects">Only these of the reports' projects or workspaces; none for all.</param>
    private Comparison(IReadOnlyList<ProviderReport> reports, CostLedger ledger, long fromDay, long toDay, IReadOnlyList<string> projects)
    {
        this.reports = reports;
        this.ledger = ledger;
        facts = [.. reports.SelectMany(r => r.Facts).Where(f => f.Day >= fromDay && f.Day < toDay && (projects.Count == 0 || projects.Contains(f.Project ?? "")))];
        names = new ModelNames(facts.Select(f => f.Model), ledger.Lines.Select(l => l.Model).Concat(ledger.Unpriced.Select(u => u.Model)));
    }

    /// <summary>By day, then model.</summary>
    public static IReadOnlyList<ModelDay> Of(IReadOnlyList<ProviderReport> reports, CostLedger ledger, long fromDay, long toDay, IReadOnlyList<string> projects)
    {
        var comparison = new Comparison(reports, ledger, fromDay, toDay, projects);
        comparison.CountEvents();
        foreach (var measure in (Measure[])[Measure.Quantity, Measure.Amount])
        {
            comparison.Add(measure, fromDay, toDay);
        }
        comparison.AddCircumstances();
        return [.. comparison.days.Values.OrderBy(d => d.Day).ThenBy(d => d.Model, StringComparer.Ordinal)];
    }

    /// <summary>A row of a report that two documents tell would be counted twice.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>, naming both documents.</exception>
    public static void RequireDisjoint(IReadOnlyList<ProviderReport> reports)
    {
        foreach (var same in reports.GroupBy(r => (r.Provider, r.Report)).Where(g => g.Count() > 1))
        {
            Dictionary<string, ProviderReport> rows = new(StringComparer.Ordinal);
            Dictionary<long, (bool Hourly, ProviderReport Report)> widths = [];
            foreach (var report in same)
            {
                foreach (var fact in report.Facts)
                {
                    if (rows.TryGetValue(fact.RowKey, out var other) && other != report)
                    {
                        throw Twice(report, other, $"the same row of {UtcDays.Text(fact.Day)}");
                    }
                    rows[fact.RowKey] = report;
                    bool hourly = fact.Hour is not null;
                    if (widths.TryGetValue(fact.Day, out var width) && width.Hourly != hourly)
                    {
                        throw Twice(report, width.Report, $"{UtcDays.Text(fact.Day)}, one by the hour and one by the day");
                    }
                    widths[fact.Day] = (hourly, report);
                }
            }
        }
    }

    private static BillingException Twice(ProviderReport report, ProviderReport other, string what) => new(
        ErrorCode.InvalidRequest, $"{report.Name} and {other.Name} ({report.Report}) both tell {what}: it would count twice. Give one of them, or reconcile them one after the other.", "documents");

    private void Add(Measure measure, long fromDay, long toDay)
    {
        var told = facts.Where(f => f.Kind != ProviderKinds.Requests && Figure(f, measure) is not null).ToList();
        var coarse = told.ToLookup(f => f.Day);
        Dictionary<long, Split> splits = [];
        Split SplitOf(long day) => splits.TryGetValue(day, out var split) ? split : splits[day] = new Split(coarse[day], names);

        foreach (var fact in told)
        {
            var (model, kind) = SplitOf(fact.Day).Cell(names.Of(fact.Model), fact.Kind);
            var figures = Day(fact.Day, model).At(measure, kind);
            decimal value = Figure(fact, measure)!.Value;
            figures.Reported += value;
            if (fact.Hour is { } hour)
            {
                figures.ReportedByHour[hour] += value;
            }
            if (fact.Batch is { } batch)
            {
                figures.BatchIsTold = true;
                figures.ReportedBatch += batch ? value : 0;
            }
        }
        var covered = CoveredBy(measure, coarse);
        foreach (var line in ledger.Lines)
        {
            long day = UtcDays.DayOfHour(line.Hour);
            if (day < fromDay || day >= toDay || !covered(day, line.Model, line.Kind))
            {
                continue;
            }
            var (model, kind) = SplitOf(day).Cell(names.Of(line.Model), line.Kind);
            var figures = Day(day, model).At(measure, kind);
            decimal value = measure == Measure.Quantity ? line.Quantity : line.Cost;
            figures.Recorded += value;
            figures.RecordedByHour[UtcDays.HourOfDay(line.Hour)] += value;
            figures.RecordedBatch += line.Batch ? value : 0;
        }
        foreach (var adjustment in measure == Measure.Amount ? ledger.Adjustments : [])
        {
            if (adjustment.Day >= fromDay && adjustment.Day < toDay && covered(adjustment.Day, adjustment.Model, adjustment.Kind))
            {
                var (model, kind) = SplitOf(adjustment.Day).Cell(names.Of(adjustment.Model), adjustment.Kind);
                var figures = Day(adjustment.Day, model).At(measure, kind);
                figures.Recorded += adjustment.Amount;
                figures.Adjusted += adjustment.Amount;
            }
        }
    }

    // Costs come with quantities too; where a usage report tells them, its are taken.
    private decimal? Figure(ProviderFact fact, Measure measure) =>
        measure == Measure.Amount ? fact.Amount
        : fact.Amount is null ? fact.Quantity
        : fact.Quantity is not null && !reports.Any(r => r.Kind == ReportKind.Usage && r.Days.Contains(fact.Day) && r.Covers(fact.Model, fact.Kind)) ? fact.Quantity
        : null;

    private Func<long, string, string, bool> CoveredBy(Measure measure, ILookup<long, ProviderFact> told) => (day, model, kind) =>
        measure == Measure.Amount
            ? reports.Any(r => r.Kind == ReportKind.Costs && r.Days.Contains(day))
            : reports.Any(r => r.Kind == ReportKind.Usage && r.Days.Contains(day) && r.Covers(model, kind)) || (!ProviderKinds.IsTool(kind) && told[day].Any(f => f.Amount is not null));

    private ModelDay Day(long day, string model)
    {
        if (!days.TryGetValue((day, model), out var found))
        {
            days[(day, model)] = found = new ModelDay(ledger.Provider, day, model) { ProviderEventsByHour = providerEvents.GetValueOrDefault(day) ?? new long[24] };
        }
        return found;
    }

    // A call has several lines: the calls of an hour are those of its most frequent kind.
    private void CountEvents()
    {
        foreach (var hour in ledger.Lines.GroupBy(l => l.Hour))
        {
            long day = UtcDays.DayOfHour(hour.Key);
            if (!providerEvents.TryGetValue(day, out long[]? events))
            {
                providerEvents[day] = events = new long[24];
            }
            events[UtcDays.HourOfDay(hour.Key)] = hour.GroupBy(l => l.Model, StringComparer.Ordinal).Sum(MostFrequent);
        }
    }

    private void AddCircumstances()
    {
        var events = ledger.Lines.GroupBy(l => (UtcDays.DayOfHour(l.Hour), names.Of(l.Model))).ToDictionary(g => g.Key, g =>
        {
            long[] byHour = new long[24];
            foreach (var hour in g.GroupBy(l => l.Hour))
            {
                byHour[UtcDays.HourOfDay(hour.Key)] = hour.GroupBy(l => l.Model, StringComparer.Ordinal).Sum(MostFrequent);
            }
            return byHour;
        });
        var requests = facts.Where(f => f.Kind == ProviderKinds.Requests).ToLookup(f => (f.Day, names.Of(f.Model)));
        var usage = facts.Where(f => f.Amount is null && f.Quantity is not null).ToLookup(f => (f.Day, names.Of(f.Model)));
        foreach (var ((day, model), found) in days)
        {
            // What is not split by model is about the calls of all of them.
            found.EventsByHour = model.Length == 0 ? found.ProviderEventsByHour : events.GetValueOrDefault((day, model)) ?? found.EventsByHour;
            found.Requests = requests[(day, model)].Any() ? requests[(day, model)].Sum(f => f.Quantity) : null;
            found.UnpricedEvents = ledger.Unpriced.Where(u => u.Day == day && (model.Length == 0 || names.Of(u.Model) == model)).Sum(u => u.Events);
            found.IsHourly = usage[(day, model)].Any() && usage[(day, model)].All(f => f.Hour is not null);
            found.DayBegins = reports.FirstOrDefault(r => r.DayBegins is not null && r.Days.Contains(day))?.DayBegins;
        }
    }

    private static long MostFrequent(IEnumerable<LedgerLine> lines) => lines.GroupBy(l => l.Kind, StringComparer.Ordinal).Max(k => k.Sum(l => l.Events));

    /// <summary>How far a day's figures are split.</summary>
    private sealed class Split(IEnumerable<ProviderFact> facts, ModelNames names)
    {
        private readonly bool isWhole = facts.Any(f => f.Model.Length == 0 && f.Kind.Length == 0);
        private readonly HashSet<string> modelsWithoutKinds = [.. facts.Where(f => f.Kind.Length == 0).Select(f => names.Of(f.Model))];
        private readonly HashSet<string> kindsWithoutModels = [.. facts.Where(f => f.Model.Length == 0).Select(f => f.Kind)];

        public (string Model, string Kind) Cell(string model, string kind) =>
            isWhole ? ("", "") : modelsWithoutKinds.Contains(model) ? (model, "") : kindsWithoutModels.Contains(kind) ? ("", kind) : (model, kind);
    }
}
