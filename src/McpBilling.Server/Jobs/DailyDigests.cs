using McpBilling.Ledger;
using McpBilling.Operations;
using McpBilling.Storage;

namespace McpBilling.Server.Jobs;

/// <summary>
/// Takes the digest of the day that is over, in every workspace, soon after its end. Several processes may: a day keeps the first. What was taken is to be
/// fetched and stored elsewhere (GET /v1/ledger-digests); while it lies here alone it proves little.
/// </summary>
internal static class DailyDigests
{
    public static Round Round(IBilling billing, Database file)
    {
        var callers = new WorkspaceCallers(file);
        // Whoever starts the program has other things to wait for.
        return new Round("daily digests", TimeSpan.FromMinutes(10), stop => Jobs.Round.ForEach(
            callers.All(), async caller => await new TakeLedgerDigest().Run(new TakeLedgerDigestInput(), caller, billing, stop), stop))
        { First = TimeSpan.FromMinutes(2) };
    }
}
