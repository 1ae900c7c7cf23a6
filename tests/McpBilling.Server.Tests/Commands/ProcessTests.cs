namespace McpBilling.Server.Tests.Commands;

/// <summary>The program as a process, as a shell sees it.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Processes_that_start_at_the_same_moment_on_a_fresh_file_all_work()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Run("keys", "create", "--name", $"app {i}")));
        Assert.All(runs, run => Assert.Equal((0, 1), (run.ExitCode, run.Out.Trim().Split('\n').Length)));
        Assert.Equal(6, runs.Select(r => r.Out).Distinct().Count());
        var list = await Run("keys", "list");
        Assert.Equal(6, list.Out.Trim().Split('\n').Length);
    }

    [Fact]
    public async Task The_version_is_one_line()
    {
        var run = await Run("--version");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+\S*$", run.Out.Trim());
    }

    [Fact]
    public async Task A_wrong_command_line_ends_with_two()
    {
        var run = await Run("serve", "--prot", "80");
        Assert.Equal((2, ""), (run.ExitCode, run.Out));
        Assert.Contains("--prot", run.Error, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Out, string Error)> Run(params string[] args) => ProgramProcess.Run(Path.Combine(folder.FullName, "billing.db"), args);
}
