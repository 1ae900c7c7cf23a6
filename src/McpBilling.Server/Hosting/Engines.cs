using McpBilling.Operations;
using McpBilling.Server.Jobs;
using McpBilling.Server.Payments;
using McpBilling.Storage;

namespace McpBilling.Server.Hosting;

/// <summary>Opens the engine on a data file and starts what runs beside it.</summary>
internal static class Engines
{
    public static Engine Open(DataFile file, TimeProvider time, ILoggerFactory logs)
    {
        var log = logs.CreateLogger("McpBilling.Writer");
        var billing = new SqliteBilling(file, time, message => log.LogError("{Message}", message));
        var health = new EngineHealth(billing.WarmUp(), billing.Fingerprint);
        var sweep = new IdleSweep(billing, file, time, logs.CreateLogger("McpBilling.Sweep"));
        var margins = new MarginWatch(billing, file, time, logs.CreateLogger("McpBilling.Margins"));
        var payments = new PaymentDesk(billing, [], time, logs.CreateLogger("McpBilling.Payments"));
        return new Engine(billing, health, new EngineLifetime(billing, sweep, margins, payments)) { Payments = payments, Signals = billing.Signals, SharedSecret = billing.SecretFor };
    }

    private sealed class EngineHealth(Task warm, string data) : IHealth
    {
        public string? Data => data;

        public bool Ready => warm.IsCompletedSuccessfully;

        public string? Reason => Ready ? null : warm.IsFaulted ? "the data file cannot be written to" : "the keys of earlier requests are being read";
    }

    private sealed class EngineLifetime(SqliteBilling billing, IdleSweep sweep, MarginWatch margins, PaymentDesk payments) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await payments.DisposeAsync();
            await margins.DisposeAsync();
            await sweep.DisposeAsync();
            // Waits for the writer's last batch.
            await Task.Run(billing.Dispose);
        }
    }
}
