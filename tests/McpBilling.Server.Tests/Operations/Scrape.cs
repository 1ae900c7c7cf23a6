using System.Globalization;
using System.Text.RegularExpressions;

namespace McpBilling.Server.Tests.Operations;

/// <summary>A scrape, read as strictly as Prometheus' text format is written down: what is not of the format fails the test.</summary>
internal sealed partial class Scrape
{
    private readonly Dictionary<string, double> samples = new(StringComparer.Ordinal);

    private Scrape()
    {
    }

    /// <summary>Types by the name of the family.</summary>
    public Dictionary<string, string> Types { get; } = new(StringComparer.Ordinal);

    /// <summary>Every name that an expression may use.</summary>
    public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

    public static Scrape Read(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var scrape = new Scrape();
        string family = "";
        foreach (string line in text.Split('\n')[..^1])
        {
            if (Help().Match(line) is { Success: true } help)
            {
                family = help.Groups[1].Value;
                continue;
            }
            if (Type().Match(line) is { Success: true } type)
            {
                Assert.Equal(family, type.Groups[1].Value);
                Assert.True(scrape.Types.TryAdd(family, type.Groups[2].Value), $"{family} has two types");
                scrape.Names.UnionWith(type.Groups[2].Value == "histogram" ? [family + "_bucket", family + "_sum", family + "_count"] : [family]);
                continue;
            }
            var sample = Sample().Match(line);
            Assert.True(sample.Success, $"not of the format: {line}");
            Assert.Contains(sample.Groups["name"].Value, scrape.Names);
            Assert.StartsWith(family, sample.Groups["name"].Value, StringComparison.Ordinal);
            string[] labels = [.. sample.Groups["label"].Captures.Select(c => c.Value)];
            Assert.Equal(labels.Length, labels.Distinct().Count());
            string series = sample.Groups["name"].Value + "{" + string.Join(',', labels.Zip(sample.Groups["value"].Captures, (l, v) => $"{l}=\"{v.Value}\"").Order(StringComparer.Ordinal)) + "}";
            Assert.True(scrape.samples.TryAdd(series, Number(sample.Groups["number"].Value)), $"twice: {series}");
        }
        scrape.RequireWholeHistograms();
        return scrape;
    }

    /// <summary>The sum of all series of a name that have these labels, written <c>kind="x"</c>.</summary>
    public double Sum(string name, params string[] labels) =>
        samples.Where(s => s.Key.StartsWith(name + "{", StringComparison.Ordinal) && labels.All(l => s.Key.Contains(l, StringComparison.Ordinal))).Sum(s => s.Value);

    public bool Has(string name, params string[] labels) => samples.Keys.Any(s => s.StartsWith(name + "{", StringComparison.Ordinal) && labels.All(l => s.Contains(l, StringComparison.Ordinal)));

    public double? Value(string name, params string[] labels) => Has(name, labels) ? Sum(name, labels) : null;

    private void RequireWholeHistograms()
    {
        foreach (string family in Types.Where(t => t.Value == "histogram").Select(t => t.Key))
        {
            var buckets = samples.Where(s => s.Key.StartsWith(family + "_bucket{", StringComparison.Ordinal)).Select(s => (Of: Le().Replace(s.Key, static le => le.Value[0] == ',' && le.Value[^1] == ',' ? "," : ""), At: Number(Le().Match(s.Key).Groups[1].Value), s.Value));
            foreach (var series in buckets.GroupBy(b => b.Of))
            {
                var inOrder = series.OrderBy(b => b.At).ToArray();
                Assert.Equal(double.PositiveInfinity, inOrder[^1].At);
                Assert.Equal(inOrder.Select(b => b.Value).Order(), inOrder.Select(b => b.Value));
                string labels = series.Key[(family + "_bucket").Length..];
                Assert.Equal(inOrder[^1].Value, samples[family + "_count" + labels]);
                Assert.Contains(family + "_sum" + labels, samples.Keys);
            }
        }
    }

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\]|\\\\|\\n)*$")]
    private static partial Regex Help();

    [GeneratedRegex(@"^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex Type();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(?:[^"\\]|\\\\|\\"|\\n)*)"(?:,(?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(?:[^"\\]|\\\\|\\"|\\n)*)")*\})? (?<number>[+-]?Inf|NaN|-?[0-9.]+(?:[eE][+-]?[0-9]+)?)$""")]
    private static partial Regex Sample();

    [GeneratedRegex(""",?le="([^"]+)",?""")]
    private static partial Regex Le();
}
