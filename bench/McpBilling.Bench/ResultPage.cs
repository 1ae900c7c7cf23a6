using System.Globalization;
using System.Text;
using McpBilling.Bench.Contenders;
using McpBilling.Bench.Load;
using McpBilling.Bench.Scenarios;

namespace McpBilling.Bench;

/// <summary>The results as Markdown.</summary>
internal sealed class ResultPage
{
    private const string LimitName = "limit-sqlidem";
    private readonly List<string> rows = [];
    private readonly List<string> stored = [];
    private readonly List<string> sizes = [];
    private readonly List<string> starts = [];
    private readonly List<string> cold = [];
    private readonly List<string> simulations = [];
    private readonly List<string> costs = [];
    private readonly List<string> holds = [];
    private readonly List<string> margins = [];
    private readonly List<string> growth = [];

    public void AddFigures(IEnumerable<Figures> figures)
    {
        foreach (var group in figures.GroupBy(f => (f.Measure, f.Connections)))
        {
            var limit = group.FirstOrDefault(f => f.Contender == LimitName);
            var product = group.First(f => f.Contender == "product");
            rows.Add($"| {product.Measure} | {product.Connections} | {Rate(limit)} | {Rate(product)} | {Ratio(product, limit)} | {Times(limit)} | {Times(product)} | {P99Ratio(product, limit)} | {group.Sum(f => f.Bad)} |");
        }
    }

    public void AddStored(int events, IEnumerable<Figures> figures)
    {
        foreach (var group in figures.GroupBy(f => (f.Measure, f.Connections)))
        {
            var limit = group.FirstOrDefault(f => f.Contender == LimitName);
            var (empty, full) = (group.First(f => f.Contender == "product"), group.First(f => f.Contender == "product-stored"));
            stored.Add($"| {full.Measure} | {full.Connections} | {events:N0} | {Rate(empty)} | {Rate(full)} | {Ratio(full, empty)} | {Ratio(full, limit)} | {Times(full)} | {group.Sum(f => f.Bad)} |");
        }
    }

    public void AddSeeded(Contender contender, int events, LoadResult result, long bytes) =>
        sizes.Add(Line($"| {contender.Name}: {events:N0} events in batches of 100 | {result.PerSecond:F0} events/s | {bytes / (double)events:F0} bytes per event on disk |"));

    public void AddMemory(string when, Contender contender) =>
        sizes.Add(Line($"| {contender.Name}: after {when} | {contender.Memory / 1048576.0:F0} MiB resident | {contender.BytesOnDisk / 1048576.0:F0} MiB on disk |"));

    public void AddStart(int events, TimeSpan ready, TimeSpan tools) =>
        starts.Add(Line($"| {events:N0} | {ready.TotalMilliseconds:F0} ms | {tools.TotalMilliseconds:F0} ms |"));

    /// <summary>The median of each, and of the ratios of neighbouring turns to the first.</summary>
    public void AddColdStart(IReadOnlyList<(string Name, double[] Milliseconds)> contenders)
    {
        double[] first = contenders[0].Milliseconds;
        cold.AddRange(contenders.Select(c => Line(
            $"| {c.Name} | {c.Milliseconds.Length} | {Median.Of(c.Milliseconds):F0} ms | {c.Milliseconds.Min():F0} ms | **{Median.Of(c.Milliseconds.Zip(first, (own, other) => own / other)):F2}** |")));
    }

    public void AddCosts(List<CostRound> rounds)
    {
        double Of(Func<CostRound, double> figure) => Median.Of(rounds.Select(figure));
        costs.Add(Line(
            $"| {Of(r => r.Paced.PerSecond):F0} | {Of(r => r.Idle.P99.TotalMilliseconds):F2} | {Of(r => r.Beside.P99.TotalMilliseconds):F2} | {Of(r => r.P99Ratio):F2} | {Of(r => r.Idle.PerSecond):F0} | {Of(r => r.Beside.PerSecond):F0} | {Of(r => r.Alone.PerSecond):F0} | {rounds.Sum(r => r.Paced.Bad + r.Beside.Bad + r.Alone.Bad + r.Idle.Bad)} |"));
    }

    public void AddMargins(int events, IEnumerable<MarginTime> times) => margins.AddRange(times.Select(t => Line(
        $"| {t.Report.Replace("&", ", ", StringComparison.Ordinal)} | {events:N0} | {t.First.TotalMilliseconds:F0} ms | {t.Median.TotalMilliseconds:F0} ms | {t.Worst.TotalMilliseconds:F0} ms | {(t.Scan == TimeSpan.Zero ? "" : Line($"{t.Scan.TotalMilliseconds:F0} ms"))} |")));

    public void AddGrowth(IEnumerable<string> marks) => growth.AddRange(marks);

    public void AddSimulation(bool withDraft, int events, int customers, List<TimeSpan> times, long before, long peak)
    {
        double median = Median.Of(times.Select(t => t.TotalSeconds));
        simulations.Add(Line(
            $"| {(withDraft ? "present and draft" : "present")} | {events:N0} | {customers:N0} | {times[0].TotalSeconds:F2} s | {median:F2} s | {events / median:F0} | {before / 1048576.0:F0} MiB | {peak / 1048576.0:F0} MiB |"));
    }

    public void AddHolds(IEnumerable<HoldFigures> figures) => holds.AddRange(figures.Select(f => Line(
        $"| {f.Name} | **{f.TiedUp:F2}** | **{f.ShortPercent:F1} %** | {f.MissingPercent:F1} % | {f.DeniedPercent(HoldPolicies.FewCents):F1} % |")));

    /// <summary>The page with the sections that this run measured put in the place of what they were; the others stay, with the machine they tell of.</summary>
    public string WriteInto(string page, string machine, string how)
    {
        var sections = Sections(machine).ToDictionary(s => s.Title, s => s.Text, StringComparer.Ordinal);
        string[] parts = page.Split("\n## ");
        string head = rows.Count + stored.Count + sizes.Count + starts.Count > 0 ? Head(machine, how) : parts[0].TrimEnd() + "\n";
        var kept = parts.Skip(1).Select(p => (Title: p.Split('\n', 2)[0], Text: "## " + p.TrimEnd() + "\n")).ToList();
        var written = kept.Select(k => sections.Remove(k.Title, out string? anew) ? anew : k.Text).Concat(sections.Values);
        return string.Join('\n', written.Prepend(head));
    }

    public string Write(string machine, string how) => string.Join('\n', Sections(machine).Select(s => s.Text).Prepend(Head(machine, how)));

    private static string Head(string machine, string how) => $"# Benchmark\n\n{machine}\n\n{how}\n";

    private IEnumerable<(string Title, string Text)> Sections(string machine) => new[]
    {
        Section("Beside the limit", null, "| what | connections | limit/s | product/s | product ÷ limit | limit p50, p99 ms | product p50, p99 ms | p99 ÷ limit's | not good |", rows),
        Section("With events stored under random ids", null, "| what | connections | stored | empty/s | full/s | full ÷ empty | full ÷ empty limit | full p50, p99 ms | not good |", stored),
        Section("Disk and memory", null, "| what | | |", sizes),
        Section("Start", null, "| events stored | to /readyz | stdio to tools/list |", starts),
        Section("Simulating recorded usage", machine, "| prices | events | customers | first | median | events/s (median) | resident before | peak |", simulations),
        Section("Costs beside authorizations", machine, "| costs/s in batches of 100, 10,000 customers | authorize p99 idle, ms | beside, ms | ratio (median of rounds) | authorizations/s idle | beside | costs/s alone | not good |", costs),
        Section("How much to hold", "6,400 model calls of 100 customers at cost + 30 %, 64 in flight (bench/README.md, The workload of holds). Amounts, not times: the same on every machine.",
            Line($"| hold policy | usd held per usd charged | calls that came to more than held | of all charges, not held | denied with {HoldPolicies.FewCents} usd left though it was enough |"), holds),
        Section("Margins from sums of days", $"{machine} A month of {Scenarios.MarginSeed.Customers:N0} customers, over REST; the scan is one statement over the events in the same file, which must come to the same total.",
            "| report | cost events | first | median | worst | scan of the events |", margins),
        Section("A ledger that grows", $"{machine} {Growth.About}", Growth.Head, growth),
        Section("Cold start of the package", $"{machine} From process start to the answer of tools/list over stdio, in turns; the ratio is the median of neighbouring turns' ratios.",
            "| what | starts | median | least | ÷ server-everything |", cold),
    }.OfType<(string, string)>();

    private static (string Title, string Text)? Section(string title, string? about, string head, List<string> lines) => lines.Count == 0
        ? null
        : (title, $"## {title}\n\n{(about is null ? "" : about + "\n\n")}{head}\n|{string.Concat(Enumerable.Repeat("---|", head.Count(c => c == '|') - 1))}\n{string.Join('\n', lines)}\n");

    private static string Rate(Figures? figures) => figures is null ? "" : Line($"{figures.PerSecond:F0}");

    private static string Ratio(Figures figures, Figures? to) => to is null ? "" : Line($"**{figures.RatioTo(to):F2}**");

    private static string Times(Figures? figures) => figures is null ? "" : Line($"{figures.P50.TotalMilliseconds:F2}, {figures.P99.TotalMilliseconds:F2}");

    private static string P99Ratio(Figures figures, Figures? to) => to is null ? "" : Line($"{figures.P99 / to.P99:F2}");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
