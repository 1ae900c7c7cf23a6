using System.Diagnostics.Metrics;

namespace McpBilling.Server.Telemetry;

/// <summary>One metric with all its series. Adding to a series that is known allocates nothing.</summary>
internal sealed class MetricFamily
{
    /// <summary>Beyond it, whatever labels come are counted together: a figure must never eat the memory of what it measures.</summary>
    public const int MostSeries = 1_000;

    private static readonly KeyValuePair<string, object?>[] Overflow = [new("otel_metric_overflow", "true")];
    private static readonly double[] UsualBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Lock gate = new();
    private readonly Dictionary<int, MetricSeries> series = [];
    private readonly string name, help;
    private readonly MetricKind kind;
    private readonly bool isObserved;
    private readonly double[] bounds;
    private int count;

    public MetricFamily(string name, Instrument instrument)
    {
        (this.name, help, kind) = (name, instrument.Description ?? "", KindOf(instrument));
        isObserved = instrument.IsObservable;
        bounds = kind == MetricKind.Histogram ? BoundsOf(instrument) : [];
    }

    /// <summary>As Prometheus wants names: the unit written out at the end, then <c>_total</c> for what only grows.</summary>
    public static string NameOf(Instrument instrument)
    {
        string name = string.Concat(instrument.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        string unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            _ => "",
        };
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        return KindOf(instrument) == MetricKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    /// <summary>A measurement came in, on whatever thread. Measurements of what only grows and of up-down counters are added; so are those of sources with one name.</summary>
    public void Measured(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        lock (gate)
        {
            var of = Find(labels);
            if (kind == MetricKind.Histogram)
            {
                of.Observe(value, bounds);
            }
            else
            {
                // What is observed was forgotten before it is asked anew, so that here, too, several sources of one name add up.
                of.Add(value);
            }
        }
    }

    /// <summary>Forgets what is asked anew at each scrape.</summary>
    public void Forget()
    {
        if (isObserved)
        {
            lock (gate)
            {
                series.Clear();
                count = 0;
            }
        }
    }

    public void Write(ExpositionText text)
    {
        text.Head(name, help, kind);
        lock (gate)
        {
            foreach (var first in series.Values)
            {
                for (var of = first; of is not null; of = of.Next)
                {
                    Write(text, of);
                }
            }
        }
    }

    private void Write(ExpositionText text, MetricSeries of)
    {
        if (kind != MetricKind.Histogram)
        {
            text.Sample(name, of.Labels, of.Value);
            return;
        }
        long below = 0;
        for (int i = 0; i < bounds.Length; i++)
        {
            below += of.Buckets[i];
            text.Bucket(name, of.Labels, ExpositionText.Number(bounds[i]), below);
        }
        text.Bucket(name, of.Labels, "+Inf", of.Count);
        text.Sample(name + "_sum", of.Labels, of.Value);
        text.Sample(name + "_count", of.Labels, of.Count);
    }

    private MetricSeries Find(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        int hash = HashOf(labels);
        series.TryGetValue(hash, out var first);
        for (var at = first; at is not null; at = at.Next)
        {
            if (Same(at.Labels, labels))
            {
                return at;
            }
        }
        if (count >= MostSeries && !Same(Overflow, labels))
        {
            return Find(Overflow);
        }
        count++;
        return series[hash] = new MetricSeries(labels.ToArray(), bounds.Length, first);
    }

    private static int HashOf(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var hash = default(HashCode);
        foreach (var (label, value) in labels)
        {
            hash.Add(label, StringComparer.Ordinal);
            hash.Add(value);
        }
        return hash.ToHashCode();
    }

    private static bool Same(KeyValuePair<string, object?>[] known, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        if (known.Length != labels.Length)
        {
            return false;
        }
        for (int i = 0; i < known.Length; i++)
        {
            if (known[i].Key != labels[i].Key || !Equals(known[i].Value, labels[i].Value))
            {
                return false;
            }
        }
        return true;
    }

    private static MetricKind KindOf(Instrument instrument)
    {
        string type = instrument.GetType().Name;
        return type.StartsWith("Histogram", StringComparison.Ordinal) ? MetricKind.Histogram
            : type.StartsWith("Counter", StringComparison.Ordinal) || type.StartsWith("ObservableCounter", StringComparison.Ordinal) ? MetricKind.Counter
            : MetricKind.Gauge;
    }

    private static double[] BoundsOf(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } advised } => [.. advised],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } advised } => [.. advised.Select(b => (double)b)],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } advised } => [.. advised.Select(b => (double)b)],
        _ => UsualBounds,
    };
}

/// <summary>How Prometheus is told what a metric is.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>A metric with one set of labels.</summary>
internal sealed class MetricSeries(KeyValuePair<string, object?>[] labels, int bounds, MetricSeries? next)
{
    public KeyValuePair<string, object?>[] Labels { get; } = labels;

    /// <summary>Another one whose labels have the same hash.</summary>
    public MetricSeries? Next { get; } = next;

    /// <summary>The sum, or the value.</summary>
    public double Value { get; private set; }

    public long Count { get; private set; }

    /// <summary>How many measurements lie at or below a bound and above the one before it.</summary>
    public long[] Buckets { get; } = new long[bounds];

    public void Add(double value) => Value += value;

    public void Observe(double value, double[] at)
    {
        Count++;
        Value += value;
        int i = Array.BinarySearch(at, value);
        i = i < 0 ? ~i : i;
        if (i < Buckets.Length)
        {
            Buckets[i]++;
        }
    }
}
