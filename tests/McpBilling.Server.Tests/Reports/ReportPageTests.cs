using System.Globalization;
using System.Text.Json;
using McpBilling.Insights.Margins;
using McpBilling.Server.Reports;
using Microsoft.Playwright;

namespace McpBilling.Server.Tests.Reports;

/// <summary>The page of <c>mcp-billing report</c> as a person's browser shows it.</summary>
public sealed class ReportPageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private static readonly string[] Hostile =
    [
        "\"><script>window.hacked=1</script>", "<img/src=x/onerror=alert(1)>", "'><svg/onload=alert(2)>", "</style><script>alert(3)</script>", "</title><h1>x</h1>", "javascript:alert(4)", "&lt;b&gt;&amp;", new string('W', 128),
    ];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-report-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData(12, ColorScheme.Light)]
    [InlineData(12, ColorScheme.Dark)]
    [InlineData(10_000, ColorScheme.Light)]
    [InlineData(10_000, ColorScheme.Dark)]
    public async Task It_asks_for_nothing_and_complains_of_nothing(int customers, ColorScheme scheme)
    {
        await using var look = await Open(await SampleReport.Make(customers), scheme);
        await look.Picture($"report-{customers}-{scheme.ToString().ToLowerInvariant()}");
        Assert.Equal("file", new Uri(Assert.Single(look.Requests)).Scheme);
        Assert.Empty(look.Complaints);
        Assert.Equal(0, await look.Page.EvaluateAsync<int>("document.querySelectorAll('script,iframe,object,embed,img,form,base').length"));
        // Whatever would fetch something: none is there.
        Assert.Equal(0, await look.Page.EvaluateAsync<int>("[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^(src|srcset|href|xlink:href|action|data|poster)$/.test(a.name) && !a.value.startsWith('data:') && !a.value.startsWith('#'))).length"));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(10_000)]
    public async Task Bars_are_sorted_and_as_long_as_their_figures_and_the_table_beside_says_the_same(int customers)
    {
        var report = await SampleReport.Make(customers);
        await using var look = await Open(report);
        var bars = await look.Page.EvaluateAsync<JsonElement>("[...document.querySelectorAll('g.bar')].map(g => ({key: g.dataset.key, margin: g.dataset.margin, width: g.querySelector('rect').getBoundingClientRect().width}))");
        var drawn = bars.EnumerateArray().Select(b => (Key: b.GetProperty("key").GetString()!, Margin: Dollars.Parse(b.GetProperty("margin").GetString()!), Width: b.GetProperty("width").GetDouble())).ToList();
        Assert.Equal(report.Customers.Select(c => (c.Key, Dollars.Parse(c.Margin))), drawn.Select(b => (b.Key, b.Margin)));
        Assert.Equal(drawn.OrderByDescending(b => b.Margin).Select(b => b.Key), drawn.Select(b => b.Key));
        Assert.Equal(Math.Min(customers, 40), drawn.Count);
        // Each picture has its own scale; a dot is the least that a bar is drawn with.
        foreach (var half in customers > 40 ? [drawn[..20], drawn[20..]] : new[] { drawn })
        {
            var longest = half.MaxBy(b => Math.Abs(b.Margin.Rounded(9)));
            Assert.All(half, b => Assert.InRange(b.Width - longest.Width * (double)(Math.Abs(b.Margin.Rounded(9)) / Math.Abs(longest.Margin.Rounded(9))), -1.5, 1.5));
        }

        var shown = await look.Page.EvaluateAsync<string[][]>("[...document.querySelectorAll('section:nth-of-type(1) tbody tr')].map(r => [...r.cells].map(c => c.textContent))");
        var text = MoneyColumn.For(report.Customers.Concat<MarginFigure>([report.Totals]).SelectMany(c => new[] { c.Revenue, c.Cost, c.Margin }).Select(Dollars.Parse));
        Assert.Equal(
            report.Customers.Select(c => string.Join(' ', c.Key, text.Text(Dollars.Parse(c.Revenue)), text.Text(Dollars.Parse(c.Cost)), text.Text(Dollars.Parse(c.Margin)))),
            shown.Select(cells => string.Join(' ', cells[..4])));
        // What is not in the list is told together.
        Assert.Equal(customers > 40, (await look.Page.InnerTextAsync("section:nth-of-type(1)")).Contains("9,960 customers lie between", StringComparison.Ordinal));
        Assert.Equal(
            Dollars.Parse(report.Totals.Revenue), Dollars.Sum(report.Customers.Select(c => Dollars.Parse(c.Revenue))) + Dollars.Parse(report.Others?.Revenue ?? "0"));
    }

    [Fact]
    public async Task Columns_stand_for_the_costs_of_the_table_and_sum_up_to_the_total()
    {
        var report = await SampleReport.Make(12);
        await using var look = await Open(report);
        var all = Dollars.Sum(report.Days.SelectMany(d => d.Costs).Select(Dollars.Parse));
        Assert.Equal(Dollars.Parse(report.Totals.Cost), all);
        Assert.Equal(31, report.Days.Count);
        Assert.Equal(["openai/gpt-5", "anthropic/claude-sonnet-4-5", "google/gemini-2.5-flash", "openai/gpt-5-mini", "mistral/mistral-large", "other"], report.Models);
        var sums = report.Models.Select((m, i) => Dollars.Sum(report.Days.Select(d => Dollars.Parse(d.Costs[i])))).ToList();
        var text = MoneyColumn.For(sums);
        var rows = await look.Page.EvaluateAsync<string[][]>("[...document.querySelectorAll('section:nth-of-type(2) .split tbody tr')].map(r => [...r.cells].map(c => c.textContent))");
        Assert.Equal(report.Models.Zip(sums, (m, s) => $"{m} {text.Text(s)}"), rows.Select(r => $"{r[0]} {r[1]}"));
        // The drawn heights of a model's parts are to each other as their costs.
        var heights = await look.Page.EvaluateAsync<double[]>("[0,1,2,3,4,5].map(m => [...document.querySelectorAll('section:nth-of-type(2) svg rect.m' + m)].reduce((sum, r) => sum + Number(r.getAttribute('height')), 0))");
        double whole = heights.Sum();
        Assert.All(sums.Zip(heights), p => Assert.InRange(p.Second / whole - (double)(p.First.Rounded(9) / all.Rounded(9)), -0.01, 0.01));
    }

    [Fact]
    public async Task Percentiles_and_shares_are_the_reports()
    {
        var report = await SampleReport.Make(10_000);
        await using var look = await Open(report);
        string text = await look.Page.InnerTextAsync("main");
        var (cost, margin) = (report.Distribution.Cost, report.Distribution.Margin);
        var money = MoneyColumn.For(new[] { cost.P50, cost.P75, cost.P90, cost.P99, margin.P50, margin.P75, margin.P90, margin.P99 }.Select(Dollars.Parse));
        Assert.Contains($"p99\t{money.Text(Dollars.Parse(cost.P99))}\t{money.Text(Dollars.Parse(margin.P99))}", text, StringComparison.Ordinal);
        Assert.Contains($"500 customers cause {decimal.Parse(report.Alerts.TopCost.CostPercent!, CultureInfo.InvariantCulture).ToString("0.0", CultureInfo.InvariantCulture)} % of all costs", text, StringComparison.Ordinal);
        Assert.Contains("Unattributed", text, StringComparison.Ordinal);
        Assert.Contains("Unpriced: no price for the model or kind", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hostile_id_is_text_and_nothing_else()
    {
        await using var look = await Open(await SampleReport.Make(12, Hostile));
        await look.Picture("report-hostile");
        Assert.Empty(look.Complaints);
        Assert.Single(look.Requests);
        Assert.False(await look.Page.EvaluateAsync<bool>("'hacked' in window"));
        Assert.Equal(1, await look.Page.EvaluateAsync<int>("document.querySelectorAll('h1').length"));
        string[] keys = await look.Page.EvaluateAsync<string[]>("[...document.querySelectorAll('g.bar')].map(g => g.dataset.key)");
        Assert.All(Hostile, id => Assert.Contains(id, keys));
        Assert.Empty(Hostile.Except(await look.Texts("section:nth-of-type(1) tbody td:first-child")));
    }

    [Fact]
    public void What_turns_text_around_or_controls_is_not_put_on_the_page()
    {
        string html = new Html().Add($"<p>{"a\u202Eb\u0000c\u2028d"}</p>").ToString();
        Assert.Equal("<p>a\uFFFDb\uFFFDc\uFFFDd</p>", html);
    }

    [Theory]
    [InlineData(390)]
    [InlineData(820)]
    [InlineData(1280)]
    public async Task It_fits_the_screen(int width)
    {
        await using var look = await Open(await SampleReport.Make(10_000, Hostile), width: width);
        await look.Picture($"report-{width}");
        Assert.Equal(width, await look.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Text_stands_out_from_what_is_behind_it(ColorScheme scheme)
    {
        await using var look = await Open(await SampleReport.Make(12), scheme);
        // WCAG's contrast of each text's colour to the card that it stands on.
        double least = await look.Page.EvaluateAsync<double>(
            """
            () => {
              const light = c => { const [r, g, b] = c.match(/[\d.]+/g).map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
              const card = light(getComputedStyle(document.querySelector('section')).backgroundColor);
              const contrast = c => (Math.max(c, card) + 0.05) / (Math.min(c, card) + 0.05);
              return Math.min(...[...document.querySelectorAll('section td, section th, section p, section h2, svg text')].map(e => contrast(light(e instanceof SVGElement ? getComputedStyle(e).fill : getComputedStyle(e).color))));
            }
            """);
        Assert.InRange(least, 4.5, 21);
        string background = await look.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        Assert.Equal(scheme == ColorScheme.Dark ? "rgb(14, 17, 20)" : "rgb(247, 247, 245)", background);
    }

    [Fact]
    public async Task It_prints_light_and_whole()
    {
        await using var look = await Open(await SampleReport.Make(10_000), ColorScheme.Dark);
        await look.Page.EmulateMediaAsync(new() { Media = Media.Print });
        await look.Picture("report-print");
        Assert.Equal("rgb(255, 255, 255)", await look.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        // Nothing is left in a box that only scrolls.
        Assert.Equal(0, await look.Page.EvaluateAsync<int>("[...document.querySelectorAll('.scroll')].filter(e => e.scrollHeight > e.clientHeight + 1).length"));
        byte[] pdf = await look.Page.PdfAsync(new() { Format = "A4" });
        Assert.Equal("%PDF", System.Text.Encoding.ASCII.GetString(pdf, 0, 4));
    }

    [Fact]
    public async Task Nothing_recorded_is_a_page_too()
    {
        var nothing = new MarginFigures { Recorded = null, Total = MarginSum.Nothing(""), Customers = [], Rows = [] };
        await using var look = await Open(await SampleReport.Ask(nothing));
        await look.Picture("report-nothing");
        Assert.Empty(look.Complaints);
        Assert.Equal(0, await look.Page.EvaluateAsync<int>("document.querySelectorAll('svg').length"));
    }

    private async Task<Look> Open(MarginReportOutput report, ColorScheme scheme = ColorScheme.Light, int width = 1280)
    {
        string file = Path.Combine(folder.FullName, "out.html");
        await File.WriteAllTextAsync(file, SampleReport.Page(report), TestContext.Current.CancellationToken);
        return await chromium.Open(file, scheme, width);
    }
}
