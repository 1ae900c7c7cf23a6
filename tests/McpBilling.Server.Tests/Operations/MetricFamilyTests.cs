using System.Diagnostics.Metrics;
using McpBilling.Operations;
using McpBilling.Server.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpBilling.Server.Tests.Operations;

/// <summary>How figures are added up and written.</summary>
public sealed class MetricFamilyTests : IDisposable
{
    private readonly Meter meter = new("tests");

    public void Dispose() => meter.Dispose();

    [Theory]
    [InlineData("a.b", "s", "a_b_seconds_total")]
    [InlineData("a.b", "By", "a_b_bytes_total")]
    [InlineData("a.b", "{thing}", "a_b_total")]
    [InlineData("a.seconds", "s", "a_seconds_total")]
    public void Names_end_with_the_unit_and_what_only_grows_with_total(string name, string unit, string expected) =>
        Assert.Equal(expected, MetricFamily.NameOf(meter.CreateCounter<long>(name, unit)));

    [Fact]
    public void Measurements_of_the_same_labels_are_one_series_and_texts_are_escaped()
    {
        var family = Family(meter.CreateCounter<long>("taken", "{thing}", "Lines\nand \\ slashes."));
        family.Measured(1, [new("of", "a \"b\"\\\n")]);
        family.Measured(2, [new("of", "a \"b\"\\\n")]);
        family.Measured(5, [new("of", null)]);
        Assert.Equal("# HELP taken_total Lines\\nand \\\\ slashes.\n# TYPE taken_total counter\ntaken_total{of=\"a \\\"b\\\"\\\\\\n\"} 3\ntaken_total 5\n", Sorted(Text(family)));
    }

    [Fact]
    public void A_histogram_counts_what_lies_at_or_below_each_bound()
    {
        var family = Family(meter.CreateHistogram("took", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] }));
        foreach (double value in (double[])[0.5, 1, 1.5, 7])
        {
            family.Measured(value, []);
        }
        var scrape = Scrape.Read(Text(family));
        Assert.Equal("2 3 4", string.Join(' ', ((string[])["1", "2", "+Inf"]).Select(b => scrape.Sum("took_seconds_bucket", $"le=\"{b}\""))));
        Assert.Equal((4, 10), (scrape.Sum("took_seconds_count"), scrape.Sum("took_seconds_sum")));
    }

    [Fact]
    public void Labels_without_end_are_counted_together()
    {
        var family = Family(meter.CreateCounter<long>("names"));
        for (int i = 0; i < 3 * MetricFamily.MostSeries; i++)
        {
            family.Measured(1, [new("name", $"n{i}")]);
        }
        var scrape = Scrape.Read(Text(family));
        Assert.Equal(3 * MetricFamily.MostSeries, scrape.Sum("names_total"));
        Assert.Equal(2 * MetricFamily.MostSeries, scrape.Value("names_total", "otel_metric_overflow=\"true\""));
    }

    [Fact]
    public void A_known_series_is_added_to_without_a_byte()
    {
        var family = Family(meter.CreateCounter<long>("hot"));
        string kind = "record_usage";
        family.Measured(1, [new("kind", kind)]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            family.Measured(1, [new("kind", kind)]);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Where_nobody_listens_a_request_is_watched_without_a_byte()
    {
        var watch = new RequestWatch(NullLogger.Instance, TimeProvider.System);
        var context = new DefaultHttpContext();
        watch.End(context, watch.Begin(context));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            watch.End(context, watch.Begin(context));
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Names_of_errors_are_told_before_the_first_occurs()
    {
        var tally = new Tally("code", ErrorCode.Internal.Name);
        tally.Add("try_again");
        tally.Add("try_again");
        Assert.Equal(["internal_error 0", "try_again 2"], tally.Read().Select(m => $"{m.Tags[0].Value} {m.Value}").Order());
    }

    private static MetricFamily Family(Instrument instrument) => new(MetricFamily.NameOf(instrument), instrument);

    private static string Text(MetricFamily family)
    {
        var text = new ExpositionText();
        family.Write(text);
        return text.ToString();
    }

    // Series have no order.
    private static string Sorted(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return string.Join('\n', lines[..2].Concat(lines[2..].Order(StringComparer.Ordinal).Reverse())) + "\n";
    }
}
