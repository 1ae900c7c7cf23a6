using McpBilling.Operations;
using McpBilling.Server.Telemetry;
using McpBilling.Storage;
using McpBilling.Webhooks;

namespace McpBilling.Server.Jobs;

/// <summary>Finds the grants that are about to expire, in the time of each workspace, and has them told of. Where nobody listens it costs a read a minute.</summary>
internal sealed class ExpiryNotices : IAsyncDisposable
{
    private const int GrantsPerStep = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public ExpiryNotices(IBilling billing, DataFile file, TimeProvider time, ILogger log) => _running = Run(billing, new WorkspaceCallers(file), time, log);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task Run(IBilling billing, WorkspaceCallers callers, TimeProvider time, ILogger log)
    {
        JobRuns.Begins(JobRuns.ExpiryNotices, time);
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    foreach (var caller in callers.All())
                    {
                        while (await billing.Reads<IWebhookReads>().AnyExpiring(caller, _stop.Token)
                            && (await billing.Commit(new TellExpiringGrants(GrantsPerStep), caller, _stop.Token)).Looked == GrantsPerStep)
                        {
                        }
                    }
                    JobRuns.Succeeded(JobRuns.ExpiryNotices, time);
                }
                catch (BillingException e)
                {
                    JobRuns.Failed(JobRuns.ExpiryNotices);
                    log.LogInformation("Grants that expire are told of at the next turn: {Detail}", e.Detail);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    JobRuns.Failed(JobRuns.ExpiryNotices);
                    log.LogWarning(e, "Grants that expire could not be looked for; the next turn tries again");
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
