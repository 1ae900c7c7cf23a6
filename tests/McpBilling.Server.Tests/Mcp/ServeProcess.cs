using System.Diagnostics;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>The real program on a fresh data file: its <c>serve</c> on a free port, and what it takes to start its <c>stdio</c>.</summary>
internal sealed class ServeProcess : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "mcp-billing.dll");

    private readonly Process process;
    private readonly DirectoryInfo folder;

    private ServeProcess(Process process, DirectoryInfo folder, string url) => (this.process, this.folder, Url) = (process, folder, url);

    public string Url { get; }

    /// <summary>Where scripts may write.</summary>
    public string Output => folder.CreateSubdirectory("out").FullName;

    public string StdioCommand => $"dotnet {Program} stdio --no-http --data {DataIn(folder)}-stdio";

    public static async Task<ServeProcess> Start(params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("mcp-billing-npm-");
        var process = Launch(["serve", "--urls", "http://127.0.0.1:0", "--data", DataIn(folder), .. options]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        List<string> said = [];
        while (await process.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            said.Add(line);
            int at = line.IndexOf("http://127.0.0.1:", StringComparison.Ordinal);
            if (at >= 0 && line.Contains("listens on", StringComparison.Ordinal))
            {
                // Nobody reads further; a full pipe must not stop the server.
                _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return new ServeProcess(process, folder, line[at..].Split(',', ' ')[0]);
            }
        }
        process.Dispose();
        folder.Delete(recursive: true);
        throw new InvalidOperationException("serve did not start: " + string.Join('\n', said));
    }

    public async Task<string> CreateKey()
    {
        using var keys = Launch(["keys", "create", "--name", "checks", "--data", DataIn(folder)]);
        string key = (await keys.StandardOutput.ReadToEndAsync()).Trim();
        await keys.WaitForExitAsync();
        Assert.Equal(0, keys.ExitCode);
        return key;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        folder.Delete(recursive: true);
    }

    private static string DataIn(DirectoryInfo folder) => Path.Combine(folder.FullName, "billing.db");

    private static Process Launch(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Program);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        return Process.Start(start)!;
    }
}
