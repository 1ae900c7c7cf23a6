using System.Diagnostics.Metrics;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Jobs;
using McpBilling.Storage;
using McpBilling.Storage.Reading;

namespace McpBilling.Server.Telemetry;

/// <summary>Figures of the engine that are looked up when somebody asks for them: the store's state and size, webhooks that wait.</summary>
internal sealed class EngineGauges : IDisposable
{
    // Several scrapers, or a scraper in a hurry, must not become load.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly Meter meter = new(ServerMeter.Name);
    private readonly BillingStore billing;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Lock gate = new();
    private readonly StoreHealth health;
    private volatile DeliveryBacklog backlog = new(0, null);
    private long readAt;

    /// <param name="rounds">Periodic work; its label is <c>name</c>, since Prometheus keeps <c>job</c> for itself.</param>
    public EngineGauges(BillingStore billing, StoreHealth health, RoundsWatch rounds, TimeProvider time, ILogger log)
    {
        (this.billing, this.health, this.time, this.log) = (billing, health, time, log);
        meter.CreateObservableGauge("mcp_billing.store.readable", () => Look().Readable ? 1 : 0, null, "1 when the store could be read when it was last looked at, else 0.");
        meter.CreateObservableGauge("mcp_billing.store.writable", () => Look().Writable ? 1 : 0, null, "1 when the store took the last write, else 0.");
        meter.CreateObservableGauge("mcp_billing.webhook.deliveries.waiting", () => Backlog().Waiting, "{delivery}", "Deliveries to endpoints that are turned on, which were not delivered and not given up.");
        meter.CreateObservableGauge("mcp_billing.webhook.deliveries.overdue", Overdue, "s", "How long ago the oldest waiting delivery should have been tried.");
        double started = Seconds(time.GetUtcNow());
        meter.CreateObservableCounter("mcp_billing.job.runs", () => rounds.States.SelectMany(Runs), "{run}", "Turns of periodic work in this process, by name and outcome.");
        meter.CreateObservableGauge("mcp_billing.job.last_success", () => rounds.States.Select(s => Of(s.LastDone is { } at ? Seconds(at) : started, s)), "s", "When a turn last ended well in this process (or the process began), in Unix seconds.");
        meter.CreateObservableGauge("mcp_billing.job.held", () => rounds.States.Select(s => Of(s.IsHeld ? 1 : 0, s)), null, "1 where this process is the one of all on the same data that does the work, else 0.");
        // What lies on a server is watched there.
        if (billing.Database is DataFile file)
        {
            meter.CreateObservableGauge("mcp_billing.store.size", () => Sizes(file.Path), "By", "Bytes of the data file and of its log.");
            meter.CreateObservableGauge("mcp_billing.store.free", () => Free(file.Path), "By", "Bytes that are free where the data file lies.");
        }
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

    // As with the store's state: where the answer is not there at once, the next scrape tells.
    private DeliveryBacklog Backlog()
    {
        lock (gate)
        {
            if (readAt == 0 || time.GetElapsedTime(readAt) > Fresh)
            {
                readAt = time.GetTimestamp();
                _ = ReadBacklog();
            }
        }
        return backlog;
    }

    private async Task ReadBacklog()
    {
        try
        {
            backlog = await billing.DeliveryBacklog();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The figure stays as it was; the store's own gauge tells that it cannot be read.
            log.LogInformation("Waiting webhooks could not be counted: {Problem}", e.GetType().Name);
        }
    }

    private static IEnumerable<Measurement<long>> Runs(RoundState state) =>
    [
        new(state.Done, new("name", state.Name), new("outcome", "done")),
        new(state.Failed, new("name", state.Name), new("outcome", "failed")),
    ];

    private static Measurement<T> Of<T>(T value, RoundState state)
        where T : struct => new(value, new KeyValuePair<string, object?>("name", state.Name));

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;

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
