using System.Diagnostics.Metrics;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Storage;
using McpBilling.Storage.Reading;

namespace McpBilling.Server.Telemetry;

/// <summary>Figures of the engine that are looked up when somebody asks for them: the store's state and size, webhooks that wait.</summary>
internal sealed class EngineGauges : IDisposable
{
    // Several scrapers, or a scraper in a hurry, must not become load.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly Meter meter = new(ServerMeter.Name);
    private readonly SqliteBilling billing;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Lock gate = new();
    private readonly StoreHealth health;
    private DeliveryBacklog backlog = new(0, null);
    private long readAt;

    public EngineGauges(SqliteBilling billing, StoreHealth health, TimeProvider time, ILogger log)
    {
        (this.billing, this.health, this.time, this.log) = (billing, health, time, log);
        meter.CreateObservableGauge("mcp_billing.store.readable", () => Look().Readable ? 1 : 0, null, "1 when the store could be read when it was last looked at, else 0.");
        meter.CreateObservableGauge("mcp_billing.store.writable", () => Look().Writable ? 1 : 0, null, "1 when the store took the last write, else 0.");
        meter.CreateObservableGauge("mcp_billing.webhook.deliveries.waiting", () => Backlog().Waiting, "{delivery}", "Deliveries to endpoints that are turned on, which were not delivered and not given up.");
        meter.CreateObservableGauge("mcp_billing.webhook.deliveries.overdue", Overdue, "s", "How long ago the oldest waiting delivery should have been tried.");
        string data = billing.File.Path;
        meter.CreateObservableGauge("mcp_billing.store.size", () => Sizes(data), "By", "Bytes of the data file and of its log.");
        meter.CreateObservableGauge("mcp_billing.store.free", () => Free(data), "By", "Bytes that are free where the data file lies.");
    }

    public void Dispose() => meter.Dispose();

    // A scrape does not wait for the store: it begins a look, of which the next one tells.
    private Readiness Look()
    {
        _ = health.Look().AsTask();
        return health.Last;
    }

    private double Overdue()
    {
        long? due = Backlog().OldestDue?.Microseconds;
        return due is null ? 0 : Math.Max(0, (Instant.From(time.GetUtcNow()).Microseconds - due.Value) / 1e6);
    }

    private DeliveryBacklog Backlog()
    {
        lock (gate)
        {
            if (readAt == 0 || time.GetElapsedTime(readAt) > Fresh)
            {
                try
                {
                    backlog = billing.DeliveryBacklog();
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    // The figure stays as it was; the store's own gauge tells that it cannot be read.
                    log.LogInformation("Waiting webhooks could not be counted: {Problem}", e.GetType().Name);
                }
                readAt = time.GetTimestamp();
            }
            return backlog;
        }
    }

    private static IEnumerable<Measurement<long>> Sizes(string data)
    {
        foreach (var (part, path) in new[] { ("data", data), ("log", data + "-wal") })
        {
            var file = new FileInfo(path);
            if (file.Exists)
            {
                yield return new Measurement<long>(file.Length, new KeyValuePair<string, object?>("part", part));
            }
        }
    }

    private static IEnumerable<Measurement<long>> Free(string data)
    {
        long free;
        try
        {
            free = new DriveInfo(Path.GetDirectoryName(data)!).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            yield break;
        }
        yield return new Measurement<long>(free);
    }
}
