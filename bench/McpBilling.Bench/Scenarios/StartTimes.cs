using System.Diagnostics;
using McpBilling.Bench.Contenders;

namespace McpBilling.Bench.Scenarios;

/// <summary>How long a person waits for the program.</summary>
internal static class StartTimes
{
    private const int Times = 5;

    /// <summary>Process start to 200 at /readyz; median.</summary>
    public static TimeSpan Ready(Product product) => MedianOf(() =>
    {
        var time = product.Start();
        product.Stop();
        return time;
    });

    /// <summary>Process start to the answer of tools/list over stdio; median.</summary>
    public static TimeSpan ToolsList(Product product) => MedianOf(() =>
    {
        long started = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo("dotnet", product.StdioCommand) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardInput.WriteLine("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}""");
        process.StandardInput.Flush();
        process.StandardOutput.ReadLine();
        process.StandardInput.WriteLine("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        process.StandardInput.WriteLine("""{"jsonrpc":"2.0","id":2,"method":"tools/list"}""");
        process.StandardInput.Flush();
        string? answer;
        do
        {
            answer = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("stdio ended: " + process.StandardError.ReadToEnd());
        }
        while (!answer.Contains("\"id\":2", StringComparison.Ordinal));
        var time = Stopwatch.GetElapsedTime(started);
        process.StandardInput.Close();
        process.WaitForExit();
        return time;
    });

    private static TimeSpan MedianOf(Func<TimeSpan> once) => TimeSpan.FromMilliseconds(Median.Of(Enumerable.Range(0, Times).Select(_ => once().TotalMilliseconds)));
}
