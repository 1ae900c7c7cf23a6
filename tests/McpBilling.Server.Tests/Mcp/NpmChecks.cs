using System.Diagnostics;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>
/// The check scripts of the project's shared folder (<c>checks/mcp</c>), which drive a server with the official npm clients. They are found through
/// <c>MCP_BILLING_SHARED</c> or beside the clone; their tools come from the npm registry once, into a cache folder. Where they cannot be had the test is
/// skipped with the reason, except in CI, where it fails.
/// </summary>
internal static class NpmChecks
{
    private static readonly Lazy<Task<string?>> Ready = new(Prepare);

    private static string Scripts => Path.Combine(Environment.GetEnvironmentVariable("MCP_BILLING_SHARED") ?? Repository.PathTo("..", "shared"), "checks", "mcp");

    private static string Tools => Environment.GetEnvironmentVariable("MCP_CHECKS_TOOLS")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "mcp-billing", "mcp-checks");

    public static async Task RequireTools()
    {
        if (await Ready.Value is { } reason)
        {
            Needs.Absent(reason);
        }
    }

    /// <summary>Runs a line of shell in the scripts' environment; fails with the lines that say FAIL.</summary>
    public static async Task Run(string line, string output, params (string Name, string Value)[] environment)
    {
        var (exit, said) = await Shell($". '{Scripts}/env.sh'; {line.Replace("@", Scripts + "/", StringComparison.Ordinal)}", output, TimeSpan.FromMinutes(8), environment);
        string bad = string.Join('\n', said.Split('\n').Where(l => l.StartsWith("FAIL", StringComparison.Ordinal)));
        Assert.True(exit == 0, bad.Length > 0 ? bad : said);
    }

    private static async Task<string?> Prepare()
    {
        if (!File.Exists(Path.Combine(Scripts, "ts_client.mjs")))
        {
            return $"{Scripts} is absent; set MCP_BILLING_SHARED.";
        }
        string output = Directory.CreateTempSubdirectory("mcp-checks-").FullName;
        try
        {
            var (node, _) = await Shell("node --version", output, TimeSpan.FromSeconds(30));
            if (node != 0)
            {
                return "There is no node.";
            }
            if (File.Exists(Path.Combine(Tools, "ready")))
            {
                return null;
            }
            var (exit, said) = await Shell($"bash '{Scripts}/bootstrap.sh'", output, TimeSpan.FromMinutes(10));
            if (exit != 0)
            {
                return $"The npm tools cannot be installed: {said}";
            }
            await File.WriteAllTextAsync(Path.Combine(Tools, "ready"), "");
            return null;
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    private static async Task<(int Exit, string Said)> Shell(string line, string output, TimeSpan limit, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(line);
        start.Environment["MCP_CHECKS_TOOLS"] = Tools;
        start.Environment["MCP_OUT"] = output;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var said = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var stop = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (-1, $"took longer than {limit}: {line}");
        }
        return (process.ExitCode, await said + await errors);
    }
}
