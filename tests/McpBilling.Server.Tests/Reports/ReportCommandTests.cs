using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Reports;

/// <summary><c>mcp-billing report</c> on what a running server has recorded.</summary>
public sealed class ReportCommandTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-report-");
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();
    private LiveServer server = null!;

    public async ValueTask InitializeAsync() => server = await LiveServer.Start();

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Delete(recursive: true);
        output.Dispose();
        error.Dispose();
    }

    [Fact]
    public async Task It_writes_the_page_and_says_where()
    {
        await server.Client.Do("/v1/costs", new { id = "c1", customer_id = "anna", provider = "aws", category = "gpu", amount = new { currency = "usd", amount = "12.5" }, requested_at = "2026-10-05T10:00:00Z" });
        string file = Path.Combine(folder.FullName, "out.html");
        Assert.Equal(0, await Run("report", "--html", file));
        Assert.Equal(file, output.ToString().Trim());
        string page = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Contains("2026-10-05 to 2026-10-05 · workspace test", page, StringComparison.Ordinal);
        Assert.Contains("data-key=\"anna\" data-margin=\"-12.5\"", page, StringComparison.Ordinal);
        Assert.Equal(0, await Run("report", "--html", file, "--from", "2026-09-01", "--to", "2026-10-01"));
        Assert.DoesNotContain("anna", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_REST_the_same_figures_and_a_margin_of_every_group()
    {
        await server.Client.Do("/v1/costs", new { id = "c1", customer_id = "anna", provider = "aws", category = "gpu", amount = new { currency = "usd", amount = "12.5" }, requested_at = "2026-10-05T10:00:00Z", feature = "chat" });
        foreach (var (by, key) in new[] { ("customer", "anna"), ("feature", "chat"), ("model", "aws/gpu"), ("period", "2026-10-05") })
        {
            var answer = await server.Client.Get($"/v1/margins?group_by={by}&from=2026-10-01T00:00:00Z&to=2026-11-01");
            Assert.True(answer.Status == 200, answer.Text);
            var row = Assert.Single(answer.Json.GetProperty("rows").EnumerateArray());
            Assert.Equal((key, "12.5", "-12.5"), (row.GetProperty("key").GetString(), row.GetProperty("cost").GetString(), row.GetProperty("margin").GetString()));
        }
        var report = await server.Client.Get("/v1/margins/report?from=2026-10-01&to=2026-11-01");
        Assert.Equal(31, report.Json.GetProperty("days").GetArrayLength());
        Assert.Equal("not_supported_yet", (await server.Client.Get("/v1/margins?group_by=plan")).Code);
        Assert.Equal("group_by", (await server.Client.Get("/v1/margins?group_by=moon")).Field);
    }

    [Theory]
    [InlineData("report", 2, "--html")]
    [InlineData("report --html x.html --customers 1", 2, "2 to 200")]
    [InlineData("report --html /no/such/folder/x.html", 1, "cannot be written")]
    [InlineData("report --html x.html --from monday", 1, "must be a date such as 2026-11-01")]
    [InlineData("report --html x.html --workspace prod", 2, "test or live")]
    public async Task What_is_wrong_is_said_in_a_line(string line, int exitCode, string words)
    {
        Assert.Equal(exitCode, await Run(line.Split(' ')));
        Assert.Contains(words, error.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    private Task<int> Run(params string[] args)
    {
        output.GetStringBuilder().Clear();
        var terminal = new Terminal(output, error, name => name == "MCP_BILLING_DATA" ? server.DatabaseFiles().Single(f => f.EndsWith("billing.db", StringComparison.Ordinal)) : null);
        return CommandLine.Run(args, Parts.OfProgram(), terminal, inputIsPiped: false);
    }
}
