using System.Diagnostics.Metrics;

namespace McpBilling.Server.Telemetry;

/// <summary>
/// The figures of this process for whoever scrapes them. It listens from the first scrape on, so that a server which nobody scrapes measures nothing. Only the meters named
/// here are taken: others label by names that callers choose, such as the hosts of webhooks.
/// </summary>
internal sealed class MetricBook : IDisposable
{
    /// <summary>Of our own, of the web server, and of the runtime.</summary>
    public static readonly IReadOnlyList<string> Meters = [ServerMeter.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    private static readonly Lazy<MetricBook> Process = new(static () => new MetricBook());

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, MetricFamily> families = new(StringComparer.Ordinal);
    private readonly MeterListener listener = new();

    private MetricBook()
    {
        // Their instruments are there before the first measurement.
        System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(ServerMeter).TypeHandle);
        listener.InstrumentPublished = Take;
        listener.SetMeasurementEventCallback<byte>(static (_, value, tags, family) => ((MetricFamily)family!).Measured(value, tags));
        listener.SetMeasurementEventCallback<short>(static (_, value, tags, family) => ((MetricFamily)family!).Measured(value, tags));
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Measured(value, tags));
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Measured(value, tags));
        listener.SetMeasurementEventCallback<float>(static (_, value, tags, family) => ((MetricFamily)family!).Measured(value, tags));
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Measured(value, tags));
        listener.Start();
    }

    /// <summary>The one of this process.</summary>
    public static MetricBook OfProcess => Process.Value;

    /// <summary>All figures as they are now, in Prometheus' text format.</summary>
    public string Text()
    {
        lock (gate)
        {
            // Gauges are asked anew: what is not told any more is gone.
            foreach (var family in families.Values)
            {
                family.Forget();
            }
            listener.RecordObservableInstruments();
            var text = new ExpositionText();
            foreach (var family in families.Values)
            {
                family.Write(text);
            }
            return text.ToString();
        }
    }

    public void Dispose() => listener.Dispose();

    // Meters made later are published later, perhaps while a scrape is under way on another thread.
    private void Take(Instrument instrument, MeterListener of)
    {
        if (!Meters.Contains(instrument.Meter.Name))
        {
            return;
        }
        MetricFamily? family;
        lock (gate)
        {
            string name = MetricFamily.NameOf(instrument);
            if (!families.TryGetValue(name, out family))
            {
                families[name] = family = new MetricFamily(name, instrument);
            }
        }
        of.EnableMeasurementEvents(instrument, family);
    }
}
