using System.Globalization;
using McpBilling.Insights.Margins;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Tests.Reports;

/// <summary>A month of a business with a heavy tail, the same on every run.</summary>
internal static class SampleReport
{
    private static readonly DayRange Month = DayRange.Read("2026-10-01", "2026-11-01");

    private static readonly (string Model, double Weight)[] Models =
    [
        ("openai/gpt-5", 5), ("anthropic/claude-sonnet-4-5", 4), ("google/gemini-2.5-flash", 1.5), ("openai/gpt-5-mini", 1), ("mistral/mistral-large", 0.4), ("cohere/embed-v4", 0.1), ("xai/grok-4", 0.2),
    ];

    private static readonly string[] Names = ["acme", "birch-labs", "cobalt", "dune", "ember-health", "fjord", "granite", "harbor", "iris", "juniper", "kestrel", "lumen"];

    /// <param name="customers">How many.</param>
    /// <param name="renamed">Other ids for the first of them.</param>
    public static Task<MarginReportOutput> Make(int customers, params string[] renamed)
    {
        var random = new Random(20261001);
        var sums = new List<MarginSum>();
        for (int i = 0; i < customers; i++)
        {
            // Few are heavy: a Pareto tail. Prices were made for the middle.
            double weight = Math.Pow(1 - random.NextDouble(), -1 / 1.6);
            decimal cost = Math.Round((decimal)(weight * 3.1), 9), revenue = Math.Round((decimal)(Math.Min(weight, 6) * 5.2 + random.NextDouble() * 4), 2);
            string id = i < renamed.Length ? renamed[i] : i < Names.Length ? Names[i] : $"customer-{i:00000}";
            sums.Add(new MarginSum(id, null, 40 + (long)(weight * 90), i % 9 == 0 ? 2 : 0, i % 7 == 0 ? 1 : 0, 0, Dollars.From(cost), 30, Dollars.From(revenue)));
        }
        sums.Add(MarginSum.Nothing(MarginKeys.Internal) with { Events = 40, Cost = Dollars.Parse("4.25") });
        sums.Add(MarginSum.Nothing(MarginKeys.Unattributed) with { Events = 25, Cost = Dollars.Parse("2.125") });
        sums.Add(MarginSum.Nothing(MarginKeys.Socialized) with { Events = 12, Cost = Dollars.Parse("1.5") });
        sums.Add(MarginSum.Nothing(MarginKeys.WrittenOff) with { Events = 7, Cost = Dollars.Parse("0.75") });
        var total = sums.Aggregate(MarginSum.Nothing(""), (sum, c) => sum + c);
        var figures = new MarginFigures { Recorded = Month, Total = total, Customers = sums, Rows = [], ModelDays = [.. Days(random, total.Cost)] };
        return Ask(figures);
    }

    public static Task<MarginReportOutput> Ask(MarginFigures figures) =>
        new GetMarginReport().Run(new GetMarginReportInput { From = "2026-10-01", To = "2026-11-01" }, new Caller(1, Mode.Test, Scopes.All), new Desk(figures), CancellationToken.None).AsTask();

    public static string Page(MarginReportOutput report) => new ReportPage(report, "test", Instant.From(new DateTimeOffset(2026, 11, 2, 9, 30, 0, TimeSpan.Zero))).Write();

    // The models' days sum up to the total, as they do in the ledger.
    private static IEnumerable<ModelDay> Days(Random random, Dollars total)
    {
        var weights = Enumerable.Range(Month.From, Month.Count).SelectMany(day => Models.Select(m =>
            (Day: day, m.Model, Weight: (decimal)(m.Weight * (day % 7 < 2 ? 0.45 : 1) * (0.8 + 0.4 * random.NextDouble()) * (1 + (day - Month.From) / 60.0))))).ToList();
        decimal all = weights.Sum(w => w.Weight);
        var left = total;
        foreach (var (day, model, weight) in weights.Skip(1))
        {
            var cost = Dollars.From(Math.Round(decimal.Parse(total.ToString(), CultureInfo.InvariantCulture) * weight / all, 9));
            left -= cost;
            yield return new ModelDay(day, model, cost);
        }
        yield return new ModelDay(weights[0].Day, weights[0].Model, left);
    }

    private sealed class Desk(MarginFigures figures) : IBilling, IMarginReads
    {
        public ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation) => throw new NotSupportedException();

        public TPort Reads<TPort>() where TPort : class => this as TPort ?? throw new NotSupportedException(typeof(TPort).Name);

        public ValueTask<MarginFigures?> Margins(Caller caller, MarginQuestion question, CancellationToken cancellation) => new(figures);
    }
}
