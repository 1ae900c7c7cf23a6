using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace McpBilling.Server.Tests.Operations;

/// <summary>Each alert looks at figures that there are, and has a page that says what to do.</summary>
public sealed partial class AlertTests(WatchedShop shop) : IClassFixture<WatchedShop>
{
    private static readonly string[] Words =
    [
        "and", "or", "unless", "by", "without", "on", "ignoring", "offset", "sum", "max", "min", "avg", "count", "rate", "increase", "histogram_quantile", "predict_linear", "time", "abs",
    ];

    [Fact]
    public async Task Every_expression_uses_figures_that_there_are()
    {
        var names = (await shop.Scraped()).Names;
        foreach (var alert in Alerts())
        {
            string[] used = [.. Used(alert.Text("expr")!)];
            Assert.NotEmpty(used);
            // Prometheus' own.
            Assert.All(used, name => Assert.True(name == "up" || names.Contains(name), $"{alert.Text("alert")} uses {name}, which is not told"));
        }
    }

    [Fact]
    public async Task Every_label_that_an_expression_looks_for_is_one_that_is_told()
    {
        var scrape = await shop.Scraped();
        foreach (var alert in Alerts())
        {
            foreach (Match selector in Selector().Matches(alert.Text("expr")!))
            {
                string name = selector.Groups["name"].Value;
                if (name != "up")
                {
                    Assert.All(selector.Groups["label"].Captures, label => Assert.True(!scrape.Has(name) || scrape.Has(name, label.Value + "=\""), $"{alert.Text("alert")}: {name} has no label {label.Value}"));
                }
            }
        }
    }

    [Fact]
    public void The_check_sees_a_figure_however_it_is_used() => Assert.Equal(
        ["a_total", "b_bucket", "c"],
        Used("sum by (le, instance) (rate(a_total{code=~\"5..|b_total\"}[5m])) > 0.5 and histogram_quantile(0.99, b_bucket) or time() - c offset 1d > 2e9"));

    [Fact]
    public void Every_alert_has_a_page_with_its_name_its_expression_and_three_answers()
    {
        foreach (var alert in Alerts())
        {
            string name = alert.Text("alert")!;
            string file = alert.Text("annotations", "runbook_url")!.Split('/')[^1];
            string page = File.ReadAllText(Path.Combine(Pages, file));
            Assert.StartsWith($"# {name}\n", page, StringComparison.Ordinal);
            Assert.Contains("    " + alert.Text("expr")!.Trim(), page, StringComparison.Ordinal);
            Assert.All((string[])["## What it means\n\n", "## How to see it\n\n- ", "## What to do\n\n1. "], part => Assert.Contains(part, page, StringComparison.Ordinal));
            Assert.Contains($"]({file})", File.ReadAllText(Path.Combine(Pages, "README.md")), StringComparison.Ordinal);
            Assert.Contains(alert.Text("labels", "severity"), (string[])["page", "ticket"]);
            Assert.InRange(alert.Text("annotations", "summary")!.Length, 10, 100);
            Assert.InRange(page.Split('\n').Length, 12, 60);
        }
    }

    [Fact]
    public void No_page_is_left_over_from_an_alert_that_is_gone()
    {
        var known = Alerts().Select(a => a.Text("annotations", "runbook_url")!.Split('/')[^1]).ToHashSet();
        Assert.Empty(Directory.EnumerateFiles(Pages, "billing-*.md").Select(f => Path.GetFileName(f)).Except(known));
    }

    [Fact]
    public void Alerts_have_a_name_once() => Assert.Equal(Alerts().Count, Alerts().Select(a => a.Text("alert")).Distinct().Count());

    [Fact]
    public async Task The_page_of_figures_names_every_figure_of_our_own_and_no_other()
    {
        string page = File.ReadAllText(Path.Combine(Pages, "metrics.md"));
        var told = (await shop.Scraped()).Types.Keys.Where(n => n.StartsWith("mcp_", StringComparison.Ordinal)).ToHashSet();
        Assert.Equal(told.Order(), FigureRow().Matches(page).Select(m => m.Groups[1].Value).Order());
    }

    private static string Pages => Path.Combine(Needs.RepositoryFolder, "docs", "operations");

    private static List<YamlNode> Alerts() => [.. Assert.Single(Yaml.Read("prometheus", "alerts.yaml")).List("groups").SelectMany(g => g.List("rules"))];

    // Names that are neither words of the language, nor labels, nor within quotes, nor parts of numbers.
    private static IEnumerable<string> Used(string expression)
    {
        string bare = Grouping().Replace(Braces().Replace(Quoted().Replace(expression, ""), ""), "");
        return Identifier().Matches(bare).Select(m => m.Value).Where(w => !Words.Contains(w)).Distinct();
    }

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]")]
    private static partial Regex Braces();

    [GeneratedRegex(@"\b(by|without|on|ignoring)\s*\([^)]*\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"(?<![\w.])[a-zA-Z_:][\w:]*")]
    private static partial Regex Identifier();

    [GeneratedRegex("""(?<name>[a-zA-Z_:][\w:]*)\{(?:,?\s*(?<label>[a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)\s*"[^"]*")+\}""")]
    private static partial Regex Selector();

    [GeneratedRegex(@"^\| `(mcp_\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex FigureRow();
}
