using McpBilling.Costs;
using McpBilling.Costs.Reconciliation;

namespace McpBilling.Tests.Costs.Reconciliation;

/// <summary>A provider's figures and ours, written down by hand: days are counted from the first, and a day of ours is of even traffic where no hour is named.</summary>
internal sealed class TwoSides(string provider = "anthropic")
{
    private const long First = SyntheticDay.Day;

    private readonly List<ProviderFact> facts = [];
    private readonly List<LedgerLine> lines = [];
    private readonly List<LedgerUnpriced> unpriced = [];
    private int rows;

    public int? DayBegins { get; init; }

    public TwoSides Reported(string model, string kind, decimal? quantity = null, decimal? amount = null, int day = 0, int? hour = null, bool? batch = null)
    {
        facts.Add(new ProviderFact(provider, First + day, model, kind) { Quantity = quantity, Amount = amount, Hour = hour, Batch = batch, RowKey = $"row {rows++}" });
        return this;
    }

    public TwoSides Recorded(string model, string kind, decimal quantity, decimal cost = 0, int day = 0, int? hour = null, bool batch = false, long events = 240)
    {
        if (hour is { } one)
        {
            lines.Add(new LedgerLine((First + day) * 24 + one, model, kind, batch, events, quantity, cost));
            return this;
        }
        for (int h = 0; h < 24; h++)
        {
            lines.Add(new LedgerLine((First + day) * 24 + h, model, kind, batch, events / 24, quantity / 24, cost / 24));
        }
        return this;
    }

    public TwoSides Unpriced(string model, long events)
    {
        unpriced.Add(new LedgerUnpriced(First, model, events));
        return this;
    }

    public ReconciledCosts Reconcile(int days = 1)
    {
        List<ProviderReport> reports = [];
        foreach (var kind in facts.GroupBy(f => f.Amount is null ? ReportKind.Usage : ReportKind.Costs))
        {
            reports.Add(new ProviderReport
            {
                Name = $"{kind.Key}.json",
                Provider = provider,
                Kind = kind.Key,
                Report = (provider, kind.Key) switch
                {
                    ("anthropic", ReportKind.Usage) => "usage_report/messages",
                    ("anthropic", _) => "cost_report",
                    (_, ReportKind.Usage) => "organization/usage/completions",
                    _ => "organization/costs",
                },
                Sha256 = kind.Key.ToString(),
                Facts = [.. kind],
                Days = [.. Enumerable.Range(0, days).Select(d => First + d)],
                DayBegins = DayBegins,
            });
        }
        return ReconciledCosts.Of(reports, [new CostLedger(provider, [.. lines], [.. unpriced], [])], First, First + days, []);
    }
}
