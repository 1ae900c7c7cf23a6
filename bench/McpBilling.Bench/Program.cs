using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using McpBilling.Bench;
using McpBilling.Bench.Scenarios;

var limit = new Option<string?>("--limit") { Description = "limit.dll: dotnet build ../shared/checks/perf/limit -c Release -o DIR. Without it there are no ratios." };
var server = new Option<string>("--server") { Description = "mcp-billing.dll.", DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "mcp-billing.dll") };
var rounds = new Option<int>("--rounds") { Description = "Turns per measure.", DefaultValueFactory = _ => 5 };
var seconds = new Option<int>("--seconds") { Description = "Length of a turn.", DefaultValueFactory = _ => 5 };
var stored = new Option<int>("--stored") { Description = "Events stored beforehand, in stored and start.", DefaultValueFactory = _ => 1_000_000 };
var connections = new Option<int[]>("--connections") { Description = "On the hot wallet.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 16, 64, 256] };
var scenarios = new Option<string[]>("--scenario") { Description = "Default: all.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => Bench.Names };
scenarios.AcceptOnlyFromAmong(Bench.Names);
var output = new Option<string?>("--out") { Description = "Writes the page there too, such as bench/results/latest.md." };
var program = new Option<string?>("--program") { Description = "The published mcp-billing, for cold." };
var everything = new Option<string?>("--everything") { Description = "dist/index.js of npm's @modelcontextprotocol/server-everything, for cold." };
var node = new Option<string>("--node") { Description = "With which that is started.", DefaultValueFactory = _ => "node" };
var starts = new Option<int>("--starts") { Description = "Starts of each, in cold.", DefaultValueFactory = _ => 21 };
var ledger = new Option<string?>("--ledger") { Description = "For growth: the data file, or postgres://… of an empty database, that grows. It is kept, and gone on with." };
var small = new Option<string?>("--beside") { Description = "For growth on a server: postgres://… of another empty database, which stays small. Default: a file." };
var growTo = new Option<long[]>("--grow-to") { Description = "For growth: at how many usage events it is measured.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [0, 1_000_000, 2_000_000, 5_000_000, 10_000_000] };
var command = new RootCommand("The speed of mcp-billing serve beside the least code that still does the work, in turns under the same load.")
{
    limit, server, rounds, seconds, stored, connections, scenarios, output, program, everything, node, starts, ledger, small, growTo,
};
command.SetAction(line =>
{
    var folder = Directory.CreateTempSubdirectory("mcp-billing-bench-");
    try
    {
        string? limitDll = line.GetValue(limit);
        var options = new BenchOptions(
            limitDll is null ? null : Path.GetFullPath(limitDll), Path.GetFullPath(line.GetValue(server)!), folder.FullName, line.GetValue(rounds), line.GetValue(seconds), line.GetValue(stored), line.GetValue(connections)!,
            line.GetValue(program) is { } packaged && line.GetValue(everything) is { } beside ? new ColdStartOptions(Path.GetFullPath(packaged), line.GetValue(node)!, Path.GetFullPath(beside), line.GetValue(starts)) : null,
            line.GetValue(ledger) is { } grows ? new GrowthOptions(grows, line.GetValue(small), line.GetValue(growTo)!) : null);
        if (options.Limit is null)
        {
            Console.Error.WriteLine("No --limit: the ratios, which are what counts, are left out (bench/README.md).");
        }
        var page = new ResultPage();
        var bench = new Bench(options, page);
        foreach (string scenario in line.GetValue(scenarios)!)
        {
            bench.Run(scenario);
        }
        string how = $"{options.Rounds} rounds of {options.Seconds} s in turns, load generator on the same machine. {(options.Limit is null ? "Run without the limit: no ratios." : "Only ratios of one run count.")}";
        string text = page.Write(Machine(), how);
        Console.Write(text);
        if (line.GetValue(output) is { } file)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            File.WriteAllText(file, File.Exists(file) ? page.WriteInto(File.ReadAllText(file), Machine(), how) : text);
        }
    }
    finally
    {
        folder.Delete(recursive: true);
    }
});
return command.Parse(args).Invoke();

static string Machine()
{
    string processor = File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "" : "";
    string memory = (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30).ToString(CultureInfo.InvariantCulture);
    string date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    return $"{date}, {Environment.ProcessorCount} cores, {processor}, {memory} GiB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}.";
}
