using System.Text.Json;
using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Server.Tests.Commands;

/// <summary><c>mcp-billing reconcile</c> on a data file.</summary>
public sealed class ReconcileCommandTests : IDisposable
{
    private const string Invoice = "start_time,end_time,amount_value,amount_currency,line_item\n1795478400,1795564800,0.25,usd,\"gpt-5, input\"\n1795478400,1795564800,0.75,usd,\"gpt-5, output\"\n";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-test-");
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    public void Dispose()
    {
        folder.Delete(recursive: true);
        output.Dispose();
        error.Dispose();
    }

    [Fact]
    public async Task Drift_is_printed_with_its_cause_and_its_fix()
    {
        await Run("keys", "list");
        Assert.Equal(0, await Run("reconcile", File("costs.csv", Invoice)));
        string text = output.ToString();
        Assert.Contains("costs.csv: openai organization/costs, 2026-11-24 to 2026-11-24, 2 figures", text, StringComparison.Ordinal);
        Assert.Contains("openai: reported 1 usd, recorded 0, delta 1, 100 % red", text, StringComparison.Ordinal);
        Assert.Contains("red   2026-11-24 gpt-5 output usd: reported 0.75, recorded 0, 100 % ← model_not_recorded", text, StringComparison.Ordinal);
        Assert.Contains("nothing of gpt-5 was recorded on 2026-11-24", text, StringComparison.Ordinal);
        Assert.Contains("  fix: ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adjusting_prints_the_drift_first_and_happens_once()
    {
        await Run("keys", "list");
        string file = File("costs.csv", Invoice);
        Assert.Equal(0, await Run("reconcile", file, "--adjust"));
        Assert.Matches("(?s)100 % red.*adjusted 2026-11-24 openai gpt-5 input by 0.25 usd.*recon_[0-9a-f-]+: 1 usd\n", output.ToString().ReplaceLineEndings("\n"));
        output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run("reconcile", file, "--adjust"));
        Assert.Contains("recorded 1 (of that 1 by earlier adjustments), delta 0", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("nothing to adjust", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_the_answer_as_JSON()
    {
        await Run("keys", "list");
        output.GetStringBuilder().Clear();
        Assert.Equal(0, await Run("reconcile", File("costs.csv", Invoice), "--from", "2026-11-24", "--to", "2026-11-25", "--all", "--json"));
        using var answer = JsonDocument.Parse(output.ToString());
        Assert.Equal(("red", 2), (answer.RootElement.GetProperty("colour").GetString(), answer.RootElement.GetProperty("rows").GetArrayLength()));
    }

    [Theory]
    [InlineData("reconcile", 2, "")]
    [InlineData("reconcile x.csv --from 24.11.2026", 2, "--from must be a day such as 2026-11-24")]
    [InlineData("reconcile no-such.csv", 1, "no-such.csv cannot be read")]
    [InlineData("serve --reconcile-folder no-such-folder", 2, "there is no folder")]
    public async Task A_failure_is_one_line_and_an_exit_code(string line, int exitCode, string words)
    {
        await Run("keys", "list");
        Assert.Equal(exitCode, await Run(line.Split(' ')));
        Assert.Contains(words, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_report_is_named_with_its_place_and_changes_nothing()
    {
        await Run("keys", "list");
        Assert.Equal(1, await Run("reconcile", File("costs.csv", Invoice.Replace("0.75", "lots", StringComparison.Ordinal)), "--adjust"));
        Assert.Contains("costs.csv, line 3: amount.value is \"lots\"", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await Run("reconcile", File("costs.csv", Invoice)));
        Assert.Contains("recorded 0, delta 1", output.ToString(), StringComparison.Ordinal);
    }

    private string File(string name, string text)
    {
        string path = Path.Combine(folder.FullName, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    private Task<int> Run(params string[] args)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero));
        string data = Path.Combine(folder.FullName, "billing.db");
        return CommandLine.Run(args, Parts.OfProgram() with { Time = time }, new Terminal(output, error, name => name == "MCP_BILLING_DATA" ? data : null), inputIsPiped: false);
    }
}
