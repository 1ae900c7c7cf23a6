namespace McpBilling.Server.Tests.Commands;

/// <summary>Costs from files, by the program as a shell sees it.</summary>
public sealed class ImportCostsTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_file_is_shown_first_then_recorded_and_a_second_import_adds_nothing()
    {
        string file = Fixture("raw.jsonl");
        var shown = await Run("import-costs", file, "--format", "raw");
        Assert.Equal(1, shown.ExitCode);
        Assert.Contains("6 costs of 4 customers from 2025-09-08T15:44:57Z to 2026-07-29T08:00:00Z: 0.07619823 usd by the shipped prices", shown.Out, StringComparison.Ordinal);
        Assert.Contains("Nothing was recorded.", shown.Out, StringComparison.Ordinal);
        Assert.Contains("line 6: response.usage.prompt_tokens_details.cached_tokens is the number 11", shown.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(DataFile));

        var recorded = await Run("import-costs", file, "--format", "raw", "--yes");
        Assert.Contains("6 recorded, 0 were recorded before, 0 refused, 4 wrong.", recorded.Out, StringComparison.Ordinal);
        var again = await Run("import-costs", file, "--format", "raw", "--yes");
        Assert.Contains("0 recorded, 6 were recorded before, 0 refused, 4 wrong.", again.Out, StringComparison.Ordinal);

        // The gateway logged the first response too: the same key, the same cost. Its other two are new.
        var gateway = await Run("import-costs", Fixture("helicone.jsonl"), "--format", "helicone", "--yes");
        Assert.Contains("2 recorded, 1 were recorded before, 0 refused, 2 wrong.", gateway.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await Run("verify")).ExitCode);
        Assert.DoesNotContain("must not be kept", await File.ReadAllTextAsync(DataFile, System.Text.Encoding.Latin1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing.jsonl", "raw", "cannot be read")]
    [InlineData("raw.jsonl", "langfus", "Did you mean \"langfuse\"?")]
    public async Task What_cannot_be_read_is_said_in_one_line(string file, string format, string words)
    {
        var run = await Run("import-costs", Fixture(file), "--format", format);
        Assert.Equal((1, ""), (run.ExitCode, run.Out));
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Trim().Split('\n'));
    }

    private string DataFile => Path.Combine(folder.FullName, "billing.db");

    private Task<(int ExitCode, string Out, string Error)> Run(params string[] args) => ProgramProcess.Run(DataFile, args);

    private static string Fixture(string name) => Path.Combine(Needs.RepositoryFolder, "tests", "fixtures", "costs", name);
}
