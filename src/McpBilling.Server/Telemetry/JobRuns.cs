using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace McpBilling.Server.Telemetry;

/// <summary>
/// When each job last did what it is for: a job that stands still is seen by nobody else. Named here once and counted for the process as a whole. (The label is
/// <c>name</c>: Prometheus keeps <c>job</c> for itself.)
/// </summary>
internal static class JobRuns
{
    public const string IdleSweep = "idle_sweep", ExpiryNotices = "expiry_notices", MarginWatch = "margin_watch", RechargeRounds = "recharge_rounds", PaymentLookup = "payment_lookup",
        Webhooks = "webhooks", UsageExport = "usage_export", ReconcileFolder = "reconcile_folder";

    private static readonly ConcurrentDictionary<string, Run> Jobs = new(StringComparer.Ordinal);

    /// <summary>The job runs from now on.</summary>
    public static void Begins(string job, TimeProvider time) => Jobs[job] = new Run { LastSuccess = Seconds(time) };

    /// <summary>A turn of the job ended as it should.</summary>
    public static void Succeeded(string job, TimeProvider time)
    {
        var run = Jobs.GetOrAdd(job, static _ => new Run());
        Volatile.Write(ref run.LastSuccess, Seconds(time));
        Interlocked.Increment(ref run.Done);
    }

    /// <summary>A turn of the job broke off; the next one tries again.</summary>
    public static void Failed(string job) => Interlocked.Increment(ref Jobs.GetOrAdd(job, static _ => new Run()).Failed);

    /// <param name="isWhole">Whether the turn ended as it should.</param>
    public static void Ended(string job, TimeProvider time, bool isWhole)
    {
        if (isWhole)
        {
            Succeeded(job, time);
        }
        else
        {
            Failed(job);
        }
    }

    public static IEnumerable<Measurement<long>> Counts() => Jobs.SelectMany(j => new[]
    {
        new Measurement<long>(Interlocked.Read(ref j.Value.Done), new("name", j.Key), new("outcome", "done")),
        new Measurement<long>(Interlocked.Read(ref j.Value.Failed), new("name", j.Key), new("outcome", "failed")),
    });

    public static IEnumerable<Measurement<double>> LastSuccesses() =>
        Jobs.Select(j => new Measurement<double>(Volatile.Read(ref j.Value.LastSuccess), new KeyValuePair<string, object?>("name", j.Key)));

    private static double Seconds(TimeProvider time) => time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    private sealed class Run
    {
        public double LastSuccess;
        public long Done, Failed;
    }
}
