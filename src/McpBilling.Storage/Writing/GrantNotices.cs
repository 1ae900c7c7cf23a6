using System.Data.Common;
using Dapper;
using McpBilling.Money;
using McpBilling.Wallets;
using McpBilling.Webhooks;

namespace McpBilling.Storage.Writing;

/// <summary>
/// Tells of grants before they expire, once each: in order of expiry, up to a mark that only moves on. A grant whose whole life is shorter than the notice may
/// begin behind the mark, and is not told of.
/// </summary>
internal sealed class GrantNotices(Batch batch, WriterSession session)
{
    private const string Due =
        """
        FROM credit_grant g LEFT JOIN grant_notice n ON n.workspace_id = g.workspace_id
        WHERE g.workspace_id = @ws AND g.expires_at > @now AND g.expires_at <= @until AND g.remaining > 0
            AND (g.expires_at > COALESCE(n.expires_at, 0) OR (g.expires_at = n.expires_at AND g.grant_seq > n.grant_seq))
        """;

    /// <summary>Whether there is one to tell of. As it is stored; for whoever only looks.</summary>
    public static bool Any(DbConnection connection, WorkspaceRecord workspace, Instant now) =>
        workspace.Catalog.GrantNotice is { } notice
        && connection.Query<long>($"SELECT g.grant_seq {Due} LIMIT 1", new { ws = workspace.Key, now = now.Microseconds, until = (now + notice).Microseconds }).Any();

    public ToldGrants Tell(WorkspaceRecord workspace, Instant now, int most)
    {
        if (workspace.Catalog.GrantNotice is not { } notice || !workspace.Listeners.Wants(MessageTypes.GrantExpiring))
        {
            return new ToldGrants(0);
        }
        var due = session.Connection.Query<(long Customer, long Key, long ExpiresAt)>(
            $"SELECT g.customer_id, g.grant_seq, g.expires_at {Due} ORDER BY g.expires_at, g.grant_seq LIMIT @most",
            new { ws = workspace.Key, now = now.Microseconds, until = (now + notice).Microseconds, most }).AsList();
        batch.Customers.Of(workspace, due.Select(d => d.Customer));
        foreach (var (customer, key, _) in due)
        {
            Tell(workspace, customer, key, now);
        }
        if (due.Count > 0)
        {
            session.Connection.Write(
                "INSERT INTO grant_notice (workspace_id, expires_at, grant_seq) VALUES (@ws, @expires, @key) ON CONFLICT (workspace_id) DO UPDATE SET expires_at = excluded.expires_at, grant_seq = excluded.grant_seq",
                ("@ws", workspace.Key), ("@expires", due[^1].ExpiresAt), ("@key", due[^1].Key));
        }
        return new ToldGrants(due.Count);
    }

    // As the batch has it by now: an earlier command may have used it up or taken it back.
    private void Tell(WorkspaceRecord workspace, long customerKey, long grantKey, Instant now)
    {
        if (batch.Customers.ByKey(workspace, customerKey) is not { } record)
        {
            return;
        }
        foreach (var account in record.Wallet.Accounts.Values)
        {
            if (account.Grants.FirstOrDefault(g => g.Key == grantKey) is { Remaining: > 0, Status: GrantStatus.Active or GrantStatus.Scheduled } grant)
            {
                batch.Outbox.Tell(workspace, WalletMessages.Expiring(record.Customer.Id, GrantView.Of(grant, account.Asset, batch.Ids, workspace.Key), now));
            }
        }
    }
}
