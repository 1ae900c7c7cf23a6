using McpBilling.Server.Rest;
using McpBilling.Storage;

namespace McpBilling.Server.Jobs;

/// <summary>
/// Adds to the sums of days what events left to be added later. No figure depends on it, since whoever reads sums adds what waits; it only keeps that little, and writes
/// each sum once for many events.
/// </summary>
internal static class SumFolding
{
    // Reading and sorting what waits takes milliseconds in one piece: on threads that give way.
    public static Round Round(BillingStore billing) => new("sums", TimeSpan.FromSeconds(1), stop => BatchThreads.Run(async () =>
    {
        while (await billing.Sums.Waiting() is { Count: > 0 } callers)
        {
            await Jobs.Round.ForEach(callers, caller => billing.Sums.Fold(caller, stop), stop);
        }
    }));
}
