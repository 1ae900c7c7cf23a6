using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Server.Jobs;
using McpBilling.Server.Payments;
using McpBilling.Storage;

namespace McpBilling.Server.Hosting;

/// <summary>Opens the engine on a data file and starts what runs beside it.</summary>
internal static class Engines
{
    /// <param name="processors">Who takes payments, beside the sandbox and manual.</param>
    public static Engine Open(Database file, TimeProvider time, ILoggerFactory logs, IReadOnlyList<IProcessorSource> processors)
    {
        var log = logs.CreateLogger("McpBilling.Writer");
        var billing = new SqliteBilling(file, time, message => log.LogError("{Message}", message));
        var health = new EngineHealth(billing.WarmUp(), billing.Fingerprint);
        var sweep = new IdleSweep(billing, file, time, logs.CreateLogger("McpBilling.Sweep"));
        var margins = new MarginWatch(billing, file, time, logs.CreateLogger("McpBilling.Margins"));
        var notices = new ExpiryNotices(billing, file, time, logs.CreateLogger("McpBilling.Webhooks"));
        var payments = new PaymentDesk(billing, processors, time, logs.CreateLogger("McpBilling.Payments"));
        var digests = new DailyDigests(billing, file, time, logs.CreateLogger("McpBilling.Digests"));
        return new Engine(billing, health, new EngineLifetime(billing, sweep, margins, payments, notices, digests)) { Payments = payments, Signals = billing.Signals, SharedSecret = billing.SecretFor };
    }

    private sealed class EngineHealth(Task warm, string data) : IHealth
    {
        public string? Data => data;

        public bool Ready => warm.IsCompletedSuccessfully;

        public string? Reason => Ready ? null : warm.IsFaulted ? "the data file cannot be written to" : "the keys of earlier requests are being read";
    }

    private sealed class EngineLifetime(SqliteBilling billing, IdleSweep sweep, MarginWatch margins, PaymentDesk payments, ExpiryNotices notices, DailyDigests digests) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await digests.DisposeAsync();
            await payments.DisposeAsync();
            await notices.DisposeAsync();
            await margins.DisposeAsync();
            await sweep.DisposeAsync();
            // Waits for the writer's last batch.
            await Task.Run(billing.Dispose);
        }
    }
}
