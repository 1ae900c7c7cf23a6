using McpBilling.Insights.Margins;
using McpBilling.Operations;
using McpBilling.Server.Telemetry;
using McpBilling.Storage;

namespace McpBilling.Server.Jobs;

/// <summary>
/// Looks through the month that is over for customers that lose money, in every workspace, again and again: late costs and new prices may turn a margin, and
/// what is kept already is not kept twice. It costs one report each time.
/// </summary>
internal sealed class MarginWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(6);

    // Whoever starts the program has other things to wait for.
    private static readonly TimeSpan Delay = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public MarginWatch(IBilling billing, DataFile file, TimeProvider time, ILogger log) => _running = Run(billing, new WorkspaceCallers(file), time, log);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task Run(IBilling billing, WorkspaceCallers callers, TimeProvider time, ILogger log)
    {
        JobRuns.Begins(JobRuns.MarginWatch, time);
        try
        {
            for (var wait = Delay; ; wait = Interval)
            {
                await Task.Delay(wait, time, _stop.Token);
                bool isWhole = true;
                foreach (var caller in callers.All())
                {
                    isWhole &= await Check(billing, caller, log);
                }
                JobRuns.Ended(JobRuns.MarginWatch, time, isWhole);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task<bool> Check(IBilling billing, Caller caller, ILogger log)
    {
        try
        {
            var checkedMonth = await new CheckMargins().Run(new CheckMarginsInput(), caller, billing, _stop.Token);
            if (checkedMonth.Added.Count > 0)
            {
                log.LogInformation("{Count} margin alerts of {Month} in workspace {Workspace}", checkedMonth.Added.Count, checkedMonth.Month, caller.WorkspaceKey);
            }
            return true;
        }
        catch (BillingException e)
        {
            log.LogInformation("Margins are checked at the next turn: {Detail}", e.Detail);
            return false;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning(e, "Margins could not be checked; the next turn tries again");
            return false;
        }
    }
}
