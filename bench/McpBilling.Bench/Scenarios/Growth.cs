using System.Diagnostics;
using System.Globalization;
using McpBilling.Bench.Contenders;
using McpBilling.Bench.Load;

namespace McpBilling.Bench.Scenarios;

/// <param name="Ledger">What grows, as <c>--data</c> names it.</param>
/// <param name="Beside">What it is compared with: the same customers, hardly an event; null: a file that goes with the bench.</param>
/// <param name="Marks">Usage events at which it is measured, ascending. What is stored already is not made again.</param>
internal sealed record GrowthOptions(string Ledger, string? Beside, IReadOnlyList<long> Marks);

/// <summary>
/// Fills a ledger through the program, in batches, and at each mark holds what one authorization costs there against the same on a ledger that did not grow, in
/// turns: whatever else makes the machine slow meets both.
/// </summary>
internal static class Growth
{
    public const string Head =
        "| ledger | usage events | batches of 100 of one customer, events/s | CPU per event | bytes per event | start to /readyz | resident | hot: CPU per request (÷ beside) | hot: p50, p99 at the rate | many: CPU (÷ beside) | many: p50, p99 | hot × 64: requests/s (÷ beside) | many × 64: requests/s (÷ beside) |";

    private const int Customers = 20_000;
    private const int BatchSize = 100;
    private const int BatchConnections = 16;
    private const int FullConnections = 64;
    private const int PacedConnections = 2;
    private const double PerSecond = 400;

    public static readonly string About = string.Create(
        CultureInfo.InvariantCulture,
        $"Authorize + capture; hot: one wallet, many: {Customers:N0} at random; the rate is {PerSecond:N0} pairs a second on {PacedConnections} connections, in milliseconds. CPU of the server (and of PostgreSQL, where it is on one); median of rounds, in turns with a ledger beside that has the same customers and did not grow.");

    private sealed record Sort(int Customers, int Connections, double PerSecond);

    private sealed record Cost(LoadResult Load, double Microseconds);

    /// <returns>A line for each mark, also of earlier runs on the same ledger.</returns>
    public static IReadOnlyList<string> Run(BenchOptions options, GrowthOptions growth)
    {
        using var grown = new GrowingProduct("ledger", options.Server, options.Folder, growth.Ledger);
        using var beside = new GrowingProduct("beside", options.Server, options.Folder, growth.Beside ?? Path.Combine(options.Folder, "beside.db"));
        if (grown.IsOnServer != beside.IsOnServer)
        {
            throw new InvalidOperationException("--beside must be on a server as --ledger is: an empty database of its own");
        }
        string notes = grown.IsOnServer ? Path.Combine(Path.GetTempPath(), "mcp-billing-growth-" + growth.Ledger[(growth.Ledger.LastIndexOf('/') + 1)..] + ".rows") : growth.Ledger + ".rows";
        foreach (long mark in growth.Marks)
        {
            grown.GoOn(Customers);
            string filled = Fill(grown, mark);
            grown.Stop();
            string ready = string.Create(CultureInfo.InvariantCulture, $"{grown.Start().TotalMilliseconds:N0} ms");
            beside.GoOn(Customers);
            string row = $"| {(grown.IsOnServer ? "PostgreSQL" : "SQLite")} | {mark.ToString("N0", CultureInfo.InvariantCulture)} | {filled} | {ready} | {Measured(options, grown, beside)} |";
            File.AppendAllLines(notes, [row]);
            Console.Error.WriteLine(row);
            grown.Stop();
            beside.Stop();
        }
        return File.ReadAllLines(notes);
    }

    // Three columns.
    private static string Fill(GrowingProduct ledger, long mark)
    {
        long stored = ledger.Events, missing = (mark - stored) / BatchSize * BatchSize;
        if (missing <= 0)
        {
            return "| |";
        }
        // Without the log: what is in it twice is emptied when the server ends.
        ledger.Stop();
        long bytes = ledger.BytesOnDisk;
        ledger.Start();
        var (processor, clock) = (ledger.Processor, Stopwatch.StartNew());
        var result = ledger.Load(ledger.BatchesOfOne(Customers, BatchSize), BatchConnections, Until.Sent(missing / BatchSize), (ulong)Stopwatch.GetTimestamp());
        if (result.Bad > 0)
        {
            throw new InvalidOperationException($"{result.Bad} batches failed, first {result.FirstBad}");
        }
        double used = (ledger.Processor - processor).TotalMicroseconds / missing;
        Console.Error.WriteLine($"  {missing:N0} events in {clock.Elapsed.TotalSeconds:F0} s");
        ledger.Stop();
        return string.Create(CultureInfo.InvariantCulture, $"{result.PerSecond:N0} | {used:F1} µs | {(ledger.BytesOnDisk - bytes) / (double)missing:N0}");
    }

    private static string Measured(BenchOptions options, GrowingProduct grown, GrowingProduct beside)
    {
        Sort[] sorts = [new(1, PacedConnections, PerSecond), new(Customers, PacedConnections, PerSecond), new(1, FullConnections, 0), new(Customers, FullConnections, 0)];
        // Another for every run: the ledger knows each key that it was ever sent.
        ulong seed = (ulong)Stopwatch.GetTimestamp();
        // Code is compiled, and customers are in the writer's memory.
        foreach (var ledger in (GrowingProduct[])[beside, grown])
        {
            foreach (var sort in sorts[2..])
            {
                Turn(ledger, sort, TimeSpan.FromSeconds(3), seed++);
            }
        }
        long resident = grown.Memory;
        var found = sorts.Select(sort =>
        {
            var turns = new List<(Cost Beside, Cost Grown)>();
            for (int round = 0; round < options.Rounds; round++)
            {
                var time = TimeSpan.FromSeconds(options.Seconds);
                var first = Turn(beside, sort, time, seed++);
                turns.Add((first, Turn(grown, sort, time, seed++)));
            }
            Console.Error.WriteLine($"  {sort}: {string.Join("; ", turns.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Beside.Microseconds:F0} → {t.Grown.Microseconds:F0} µs, {t.Beside.Load.PerSecond:F0} → {t.Grown.Load.PerSecond:F0}/s, p99 {t.Beside.Load.P99.TotalMilliseconds:F2} → {t.Grown.Load.P99.TotalMilliseconds:F2} ms")))}");
            return turns;
        }).ToList();
        string Used(int sort) => string.Create(CultureInfo.InvariantCulture, $"{Of(found[sort], t => t.Grown.Microseconds):F0} µs (**{Of(found[sort], t => t.Grown.Microseconds / t.Beside.Microseconds):F2}**)");
        string Times(int sort) => string.Create(
            CultureInfo.InvariantCulture,
            $"{Of(found[sort], t => t.Grown.Load.P50.TotalMilliseconds):F2}, {Of(found[sort], t => t.Grown.Load.P99.TotalMilliseconds):F2} (beside {Of(found[sort], t => t.Beside.Load.P50.TotalMilliseconds):F2}, {Of(found[sort], t => t.Beside.Load.P99.TotalMilliseconds):F2})");
        string Rate(int sort) => string.Create(CultureInfo.InvariantCulture, $"{Of(found[sort], t => t.Grown.Load.PerSecond):N0} (**{Of(found[sort], t => t.Grown.Load.PerSecond / t.Beside.Load.PerSecond):F2}**)");
        return string.Create(CultureInfo.InvariantCulture, $"{resident >> 20} MiB | {Used(0)} | {Times(0)} | {Used(1)} | {Times(1)} | {Rate(2)} | {Rate(3)}");
    }

    private static double Of(IEnumerable<(Cost Beside, Cost Grown)> turns, Func<(Cost Beside, Cost Grown), double> figure) => Median.Of(turns.Select(figure));

    private static Cost Turn(GrowingProduct ledger, Sort sort, TimeSpan time, ulong seed)
    {
        var before = ledger.Processor;
        var result = ledger.Load(ledger.AuthorizeAndCapture(sort.Customers), sort.Connections, Until.Elapsed(time) with { RequestsPerSecond = sort.PerSecond }, seed);
        if (result.Bad > 0)
        {
            throw new InvalidOperationException($"{ledger.Name}: {result.Bad} not good, first {result.FirstBad}");
        }
        return new Cost(result, (ledger.Processor - before).TotalMicroseconds / result.Good);
    }
}
