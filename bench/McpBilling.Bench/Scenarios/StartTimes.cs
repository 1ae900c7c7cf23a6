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
    public static TimeSpan ToolsList(Product product) => MedianOf(() => ToolsList("dotnet", product.StdioCommand));

    /// <summary>The same once, of any stdio server.</summary>
    public static TimeSpan ToolsList(string program, IEnumerable<string> arguments)
    {
        long started = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        // Nobody reads what it says there; a full pipe must not stop it.
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        process.StandardInput.WriteLine("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}""");
        process.StandardInput.Flush();
        WaitFor(process, "\"id\":1");
        process.StandardInput.WriteLine("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        process.StandardInput.WriteLine("""{"jsonrpc":"2.0","id":2,"method":"tools/list"}""");
        process.StandardInput.Flush();
        WaitFor(process, "\"id\":2");
        var time = Stopwatch.GetElapsedTime(started);
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
        return time;
    }

    // Between the answers a server may send notifications.
    private static void WaitFor(Process process, string id)
    {
        string? line;
        do
        {
            line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{process.StartInfo.FileName} ended before it answered");
        }
        while (!line.Contains(id, StringComparison.Ordinal));
    }

    private static TimeSpan MedianOf(Func<TimeSpan> once) => TimeSpan.FromMilliseconds(Median.Of(Enumerable.Range(0, Times).Select(_ => once().TotalMilliseconds)));
}
