using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments.Exporting;
using McpBilling.Storage;

namespace McpBilling.Server.Jobs;

/// <summary>How usage leaves: to whom, by which routes, for the workspaces of which mode.</summary>
/// <param name="Export">Is closed with the job when it can be.</param>
public sealed record ExportPlan(IUsageExport Export, IReadOnlyList<ExportRoute> Routes, Mode Mode);

/// <summary>
/// Tells a biller outside of recorded usage, from the watermark on. What is to be sent is stored before it is sent and what came of it after, so that a stop at any
/// point repeats the same message and makes no other. It has no part in recording: while the biller is away, what is to be told waits.
/// </summary>
internal sealed class UsageExports
{
    // Of one customer and event name one message at a time, as billers want it; so many of different ones at once.
    private const int AtOnce = 8;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly ExportPlan _plan;
    private readonly IBilling _billing;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly WorkspaceCallers _callers;
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    private UsageExports(ExportPlan plan, IBilling billing, Database file, TimeProvider time, ILogger log)
    {
        (_plan, _billing, _time, _log) = (plan, billing, time, log);
        _callers = new WorkspaceCallers(file);
    }

    /// <summary>One for each plan.</summary>
    /// <returns>Their end.</returns>
    public static IAsyncDisposable Start(Rounds rounds, IReadOnlyList<ExportPlan> plans, IBilling billing, Database file, TimeProvider time, ILogger log) =>
        new Running([.. plans.Select(p => (rounds.Start(new UsageExports(p, billing, file, time, log).Round), p))]);

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

    private Round Round => new(
        $"export {_plan.Export.Name} {_plan.Mode.ToString().ToLowerInvariant()}", Interval,
        stop => Jobs.Round.ForEach(_callers.All().Where(c => c.Mode == _plan.Mode), caller => Step(caller, stop), stop));

    private async Task Step(Caller caller, CancellationToken stop)
    {
        await TellOfRoutes(caller);
        int answered = await RunOnce(_plan, _billing, caller, _time, stop);
        if (answered > 0)
        {
            _log.LogInformation("{Count} messages about usage to {Name} in workspace {Workspace}", answered, _plan.Export.Name, caller.WorkspaceKey);
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

    private sealed class Running(IReadOnlyList<(IAsyncDisposable Round, ExportPlan Plan)> jobs) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var (round, plan) in jobs)
            {
                await round.DisposeAsync();
                (plan.Export as IDisposable)?.Dispose();
            }
        }
    }
}
