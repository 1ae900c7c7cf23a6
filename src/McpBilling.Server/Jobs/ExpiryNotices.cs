using McpBilling.Operations;
using McpBilling.Storage;
using McpBilling.Webhooks;

namespace McpBilling.Server.Jobs;

/// <summary>Finds the grants that are about to expire, in the time of each workspace, and has them told of. Where nobody listens it costs a read a minute.</summary>
internal static class ExpiryNotices
{
    private const int GrantsPerStep = 200;

    public static Round Round(IBilling billing, Database file)
    {
        var callers = new WorkspaceCallers(file);
        return new Round("expiry notices", TimeSpan.FromMinutes(1), stop => Jobs.Round.ForEach(callers.All(), async caller =>
        {
            while (await billing.Reads<IWebhookReads>().AnyExpiring(caller, stop)
                && (await billing.Commit(new TellExpiringGrants(GrantsPerStep), caller, stop)).Looked == GrantsPerStep)
            {
            }
        }, stop));
    }
}
