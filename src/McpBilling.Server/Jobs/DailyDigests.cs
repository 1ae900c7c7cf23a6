using McpBilling.Ledger;
using McpBilling.Operations;
using McpBilling.Storage;

namespace McpBilling.Server.Jobs;

/// <summary>
/// Takes the digest of the day that is over, in every workspace, soon after its end. Several processes may: a day keeps the first. What was taken is to be
/// fetched and stored elsewhere (GET /v1/ledger-digests); while it lies here alone it proves little.
/// </summary>
internal sealed class DailyDigests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    // Whoever starts the program has other things to wait for.
    private static readonly TimeSpan Delay = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public DailyDigests(IBilling billing, Database file, TimeProvider time, ILogger log) => _running = Run(billing, new WorkspaceCallers(file), time, log);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task Run(IBilling billing, WorkspaceCallers callers, TimeProvider time, ILogger log)
    {
        try
        {
            for (var wait = Delay; ; wait = Interval)
            {
                await Task.Delay(wait, time, _stop.Token);
                foreach (var caller in callers.All())
                {
                    await Take(billing, caller, log);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task Take(IBilling billing, Caller caller, ILogger log)
    {
        try
        {
            await new TakeLedgerDigest().Run(new TakeLedgerDigestInput(), caller, billing, _stop.Token);
        }
        catch (BillingException e) when (e.Code.Retryable)
        {
            log.LogInformation("The digest is taken at the next turn: {Detail}", e.Detail);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning("No digest could be taken in workspace {Workspace}; the next turn tries again: {Reason}", caller.WorkspaceKey, e.Message);
        }
    }
}
