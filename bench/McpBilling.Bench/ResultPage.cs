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
    private const string ColdTitle = "## Cold start of the package";
    private readonly List<string> rows = [];
    private readonly List<string> stored = [];
    private readonly List<string> sizes = [];
    private readonly List<string> starts = [];
    private readonly List<string> cold = [];

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

    /// <summary>The page with what this run measured put in the place of what it had; the cold start is a section that tells its own machine.</summary>
    public string WriteInto(string page, string machine, string how)
    {
        if (rows.Count + stored.Count + sizes.Count + starts.Count > 0)
        {
            return cold.Count > 0 || !page.Contains(ColdTitle, StringComparison.Ordinal) ? Write(machine, how) : Write(machine, how) + "\n" + page[page.IndexOf(ColdTitle, StringComparison.Ordinal)..];
        }
        int at = page.IndexOf(ColdTitle, StringComparison.Ordinal);
        var written = new StringBuilder((at < 0 ? page : page[..at]).TrimEnd()).AppendLine().AppendLine();
        WriteCold(written, machine);
        return written.ToString().TrimEnd() + "\n";
    }

    public string Write(string machine, string how)
    {
        var page = new StringBuilder();
        page.AppendLine("# Benchmark").AppendLine().AppendLine(machine).AppendLine().AppendLine(how).AppendLine();
        Table(page, "## Beside the limit", "| what | connections | limit/s | product/s | product ÷ limit | limit p50, p99 ms | product p50, p99 ms | p99 ÷ limit's | not good |", rows);
        Table(page, "## With events stored under random ids", "| what | connections | stored | empty/s | full/s | full ÷ empty | full ÷ empty limit | full p50, p99 ms | not good |", stored);
        Table(page, "## Disk and memory", "| what | | |", sizes);
        Table(page, "## Start", "| events stored | to /readyz | stdio to tools/list |", starts);
        WriteCold(page, machine);
        return page.ToString().TrimEnd() + "\n";
    }

    // The last section, so that it can be kept or replaced by itself.
    private void WriteCold(StringBuilder page, string machine) =>
        Table(page, $"{ColdTitle}\n\n{machine} From process start to the answer of tools/list over stdio, in turns; the ratio is the median of neighbouring turns' ratios.",
            "| what | starts | median | least | ÷ server-everything |", cold);

    private static void Table(StringBuilder page, string title, string head, List<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }
        page.AppendLine(title).AppendLine().AppendLine(head).Append('|').AppendLine(string.Concat(Enumerable.Repeat("---|", head.Count(c => c == '|') - 1)));
        lines.ForEach(l => page.AppendLine(l));
        page.AppendLine();
    }

    private static string Rate(Figures? figures) => figures is null ? "" : Line($"{figures.PerSecond:F0}");

    private static string Ratio(Figures figures, Figures? to) => to is null ? "" : Line($"**{figures.RatioTo(to):F2}**");

    private static string Times(Figures? figures) => figures is null ? "" : Line($"{figures.P50.TotalMilliseconds:F2}, {figures.P99.TotalMilliseconds:F2}");

    private static string P99Ratio(Figures figures, Figures? to) => to is null ? "" : Line($"{figures.P99 / to.P99:F2}");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
