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
    public static Engine Open(Database file, TimeProvider time, ILoggerFactory logs, IReadOnlyList<IProcessorSource> processors)
    {
        var log = logs.CreateLogger("McpBilling.Writer");
        var billing = new BillingStore(file, time, message => log.LogError("{Message}", message));
        var health = new StoreHealth(billing.TryRead, billing.TryWrite, () => billing.LastWrite, billing.WarmUp(), () => billing.Fingerprint, time);
        var payments = new PaymentDesk(billing, processors, time, logs.CreateLogger("McpBilling.Payments"));
        var rounds = new Rounds(new Leases(billing, time), time, logs.CreateLogger("McpBilling.Rounds"));
        var gauges = new EngineGauges(billing, health, rounds.Watch, time, log);
        Round[] all =
        [
            IdleSweep.Round(billing, file, time), SumFolding.Round(billing), MarginWatch.Round(billing, file, logs.CreateLogger("McpBilling.Margins")), ExpiryNotices.Round(billing, file), DailyDigests.Round(billing, file), .. payments.Rounds,
        ];
        foreach (var round in all)
        {
            rounds.Start(round);
        }
        return new Engine(billing, health, new EngineLifetime(billing, rounds, payments, gauges)) { Payments = payments, Rounds = rounds, Signals = billing.Signals, SharedSecret = billing.SecretFor };
    }

    private sealed class EngineLifetime(BillingStore billing, Rounds rounds, PaymentDesk payments, EngineGauges gauges) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            gauges.Dispose();
            await rounds.DisposeAsync();
            await payments.DisposeAsync();
            // Waits for the writer's last batch.
            await Task.Run(billing.Dispose);
        }
    }
}
