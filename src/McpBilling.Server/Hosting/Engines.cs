using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Server.Jobs;
using McpBilling.Server.Payments;
using McpBilling.Server.Telemetry;
using McpBilling.Storage;

namespace McpBilling.Server.Hosting;

/// <summary>Opens the engine on a data file and starts what runs beside it.</summary>
internal static class Engines
{
    /// <param name="processors">Who takes payments, beside the sandbox and manual.</param>
    public static Engine Open(DataFile file, TimeProvider time, ILoggerFactory logs, IReadOnlyList<IProcessorSource> processors)
    {
        var log = logs.CreateLogger("McpBilling.Writer");
        var billing = new SqliteBilling(file, time, message => log.LogError("{Message}", message));
        var health = new StoreHealth(billing.TryRead, billing.TryWrite, () => billing.LastWrite, billing.WarmUp(), billing.Fingerprint, time);
        var gauges = new EngineGauges(billing, health, time, log);
        var sweep = new IdleSweep(billing, file, time, logs.CreateLogger("McpBilling.Sweep"));
        var margins = new MarginWatch(billing, file, time, logs.CreateLogger("McpBilling.Margins"));
        var notices = new ExpiryNotices(billing, file, time, logs.CreateLogger("McpBilling.Webhooks"));
        var payments = new PaymentDesk(billing, processors, time, logs.CreateLogger("McpBilling.Payments"));
        return new Engine(billing, health, new EngineLifetime(billing, sweep, margins, payments, notices, gauges)) { Payments = payments, Signals = billing.Signals, SharedSecret = billing.SecretFor };
    }

    private sealed class EngineLifetime(SqliteBilling billing, IdleSweep sweep, MarginWatch margins, PaymentDesk payments, ExpiryNotices notices, EngineGauges gauges) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            gauges.Dispose();
            await payments.DisposeAsync();
            await notices.DisposeAsync();
            await margins.DisposeAsync();
            await sweep.DisposeAsync();
            // Waits for the writer's last batch.
            await Task.Run(billing.Dispose);
        }
    }
}
