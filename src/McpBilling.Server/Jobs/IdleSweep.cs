using McpBilling.Operations;
using McpBilling.Server.Telemetry;
using McpBilling.Storage;

namespace McpBilling.Server.Jobs;

/// <summary>
/// Posts what fell due in accounts that nobody touches: expiries, beginnings, ended holds. Figures never depend on it (time comes first in every command
/// and every read); it only brings the ledger's lines up to date.
/// </summary>
internal sealed class IdleSweep : IAsyncDisposable
{
    private const int CustomersPerStep = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public IdleSweep(SqliteBilling billing, DataFile file, TimeProvider time, ILogger log) => _running = Run(billing, new WorkspaceCallers(file), time, log);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task Run(SqliteBilling billing, WorkspaceCallers callers, TimeProvider time, ILogger log)
    {
        JobRuns.Begins(JobRuns.IdleSweep, time);
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    foreach (var caller in callers.Due(time))
                    {
                        while (!_stop.IsCancellationRequested && await billing.BringUp(caller, CustomersPerStep) == CustomersPerStep)
                        {
                        }
                    }
                    JobRuns.Succeeded(JobRuns.IdleSweep, time);
                }
                catch (BillingException e) when (e.Code.Retryable)
                {
                    JobRuns.Failed(JobRuns.IdleSweep);
                    log.LogInformation("The sweep waits for the next turn: {Detail}", e.Detail);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
