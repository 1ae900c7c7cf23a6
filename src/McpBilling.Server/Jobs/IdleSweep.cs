using McpBilling.Storage;

namespace McpBilling.Server.Jobs;

/// <summary>
/// Posts what fell due in accounts that nobody touches: expiries, beginnings, ended holds. Figures never depend on it (time comes first in every command
/// and every read); it only brings the ledger's lines up to date.
/// </summary>
internal static class IdleSweep
{
    private const int CustomersPerStep = 200;

    public static Round Round(BillingStore billing, Database file, TimeProvider time)
    {
        var callers = new WorkspaceCallers(file);
        return new Round("sweep", TimeSpan.FromSeconds(5), stop => Jobs.Round.ForEach(callers.Due(time), async caller =>
        {
            while (!stop.IsCancellationRequested && await billing.BringUp(caller, CustomersPerStep) == CustomersPerStep)
            {
            }
        }, stop));
    }
}
