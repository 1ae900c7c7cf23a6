using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments.Exporting;
using McpBilling.Server.Telemetry;
using McpBilling.Storage;

namespace McpBilling.Server.Jobs;

/// <summary>How usage leaves: to whom, by which routes, for the workspaces of which mode.</summary>
/// <param name="Export">Is closed with the job when it can be.</param>
public sealed record ExportPlan(IUsageExport Export, IReadOnlyList<ExportRoute> Routes, Mode Mode);

/// <summary>
/// Tells a biller outside of recorded usage, from the watermark on. What is to be sent is stored before it is sent and what came of it after, so that a stop at any
/// point repeats the same message and makes no other. It has no part in recording: while the biller is away, what is to be told waits.
/// </summary>
internal sealed class UsageExports : IAsyncDisposable
{
    // Of one customer and event name one message at a time, as billers want it; so many of different ones at once.
    private const int AtOnce = 8;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly ExportPlan _plan;
    private readonly IBilling _billing;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    public UsageExports(ExportPlan plan, IBilling billing, DataFile file, TimeProvider time, ILogger log)
    {
        (_plan, _billing, _time, _log) = (plan, billing, time, log);
        _running = Run(new WorkspaceCallers(file));
    }

    /// <summary>One for each plan.</summary>
    public static IAsyncDisposable Start(IReadOnlyList<ExportPlan> plans, IBilling billing, DataFile file, TimeProvider time, ILogger log) =>
        new Running([.. plans.Select(p => new UsageExports(p, billing, file, time, log))]);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        (_plan.Export as IDisposable)?.Dispose();
    }

    /// <summary>Goes on in one workspace until nothing is left to do now.</summary>
    /// <returns>How many messages were answered.</returns>
    public static async Task<int> RunOnce(ExportPlan plan, IBilling billing, Caller caller, TimeProvider time, CancellationToken cancellation)
    {
        for (int answered = 0; ;)
        {
            var taken = await billing.Commit(new TakeExport(plan.Export, plan.Routes, Instant.From(time.GetUtcNow())), caller, cancellation);
            if (taken.Begun.Count > 0)
            {
                var answers = await Send(plan.Export, taken.Begun, cancellation);
                // Kept also when the program is being stopped: what was answered must not be asked again.
                answered += (await billing.Commit(new FinishExport(plan.Export.Name, answers, Instant.From(time.GetUtcNow())), caller, CancellationToken.None)).Kept;
            }
            if (!taken.IsBehind || cancellation.IsCancellationRequested)
            {
                return answered;
            }
        }
    }

    private static async Task<IReadOnlyList<(ExportItem, ExportAnswer)>> Send(IUsageExport export, IReadOnlyList<BegunExport> begun, CancellationToken cancellation)
    {
        var answers = new List<(ExportItem, ExportAnswer)>(begun.Count);
        var rows = begun.GroupBy(b => (b.Message.Customer, b.Message.EventName));
        await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (row, _) =>
        {
            foreach (var (item, message) in row)
            {
                try
                {
                    var answer = await export.Send(message, cancellation);
                    lock (answers)
                    {
                        answers.Add((item, answer));
                    }
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    // The program stops: what got no answer stays begun, and is told again as it was.
                    return;
                }
            }
        });
        return answers;
    }

    private async Task Run(WorkspaceCallers callers)
    {
        JobRuns.Begins(JobRuns.UsageExport, _time);
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                bool isWhole = true;
                foreach (var caller in callers.All().Where(c => c.Mode == _plan.Mode))
                {
                    isWhole &= await Step(caller);
                }
                JobRuns.Ended(JobRuns.UsageExport, _time, isWhole);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task<bool> Step(Caller caller)
    {
        try
        {
            await TellOfRoutes(caller);
            int answered = await RunOnce(_plan, _billing, caller, _time, _stop.Token);
            if (answered > 0)
            {
                _log.LogInformation("{Count} messages about usage to {Name} in workspace {Workspace}", answered, _plan.Export.Name, caller.WorkspaceKey);
            }
            return true;
        }
        catch (BillingException e)
        {
            _log.LogInformation("Usage is exported at the next turn: {Detail}", e.Detail);
            return false;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _log.LogWarning(e, "Usage could not be exported; the next turn tries again");
            return false;
        }
    }

    // A mistake in the configuration is said once, not every five seconds.
    private async Task TellOfRoutes(Caller caller)
    {
        var catalog = await _billing.Reads<Catalog.ICatalogReads>().Current(caller);
        foreach (var route in _plan.Routes)
        {
            var meter = catalog.Document.Meters.FirstOrDefault(m => m.Id == route.MeterId);
            string? wrong = meter is null ? $"there is no meter {route.MeterId}" : ExportRoute.Refuses(meter);
            if (wrong is not null && _told.Add($"{caller.WorkspaceKey} {wrong}"))
            {
                _log.LogWarning("Nothing is exported to {Name} as {EventName}: {Wrong}", _plan.Export.Name, route.EventName, wrong);
            }
        }
    }

    private sealed class Running(IReadOnlyList<UsageExports> jobs) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var job in jobs)
            {
                await job.DisposeAsync();
            }
        }
    }
}
