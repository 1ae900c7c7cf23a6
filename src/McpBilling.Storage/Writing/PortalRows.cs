using Dapper;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Portal;
using McpBilling.Storage.Reading;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>Links and sessions of the portal. To be called inside a write transaction, which is what lets a link be used once.</summary>
/// <param name="now">Real time.</param>
internal sealed class PortalRows(WriterSession session, WorkspaceRecord workspace, Instant now, PublicIds ids)
{
    public PortalSession Add(AddPortalLink command, Caller caller)
    {
        long customer = KeyOf(command.CustomerId)
            ?? throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(command.CustomerId)}.", "customer_id");
        long seq = session.Connection.Scalar<long>("SELECT COALESCE(MAX(seq), 0) + 1 FROM portal_session WHERE workspace_id = @ws", ("@ws", workspace.Key));
        var expires = now + PortalSession.LinkTime;
        session.Connection.Write(
            """
            INSERT INTO portal_session (workspace_id, seq, customer_id, who, created_at, link_hash, link_expires_at, return_url, language)
            VALUES (@ws, @seq, @customer, @who, @now, @link, @expires, @return, @language)
            """,
            ("@ws", workspace.Key), ("@seq", seq), ("@customer", customer), ("@who", caller.KeyId ?? "local"), ("@now", now.Microseconds), ("@link", command.LinkHash),
            ("@expires", expires.Microseconds), ("@return", command.ReturnUrl), ("@language", command.Language));
        return new PortalSession(workspace.Key, workspace.Mode, seq, ids.Format(IdKind.PortalSession, workspace.Key, seq, now), command.CustomerId, command.ReturnUrl, command.Language, expires);
    }

    /// <summary>Whoever comes second finds the link used: the transaction is the only one.</summary>
    public PortalEntry Enter(EnterPortal command)
    {
        var expires = now + PortalSession.SessionTime;
        int entered = session.Connection.Execute(
            """
            UPDATE portal_session SET session_hash = @session, entered_at = @now, session_expires_at = @expires
            WHERE workspace_id = @ws AND link_hash = @link AND session_hash IS NULL AND revoked_at IS NULL AND link_expires_at > @now
            """,
            ("@ws", workspace.Key), ("@link", command.LinkHash), ("@session", command.SessionHash), ("@now", now.Microseconds), ("@expires", expires.Microseconds));
        return new PortalEntry(entered == 0 ? null : PortalSessionReader.Find(session.Connection, workspace.Key, command.SessionHash, now, ids));
    }

    public EndedPortalSessions End(EndPortalSessions command)
    {
        long? seq = command.Id is { } id ? ids.Parse(IdKind.PortalSession, workspace.Key, id) : null;
        long? customer = command.CustomerId is { } customerId ? KeyOf(customerId) : null;
        bool found = command.Id is not null
            ? seq is not null && session.Connection.Scalar<long>("SELECT COUNT(*) FROM portal_session WHERE workspace_id = @ws AND seq = @seq", ("@ws", workspace.Key), ("@seq", seq)) == 1
            : customer is not null;
        int count = !found ? 0 : session.Connection.Execute(
            $"""
            UPDATE portal_session SET revoked_at = @now WHERE workspace_id = @ws AND {(seq is null ? "customer_id" : "seq")} = @which AND revoked_at IS NULL
                AND ((session_hash IS NULL AND link_expires_at > @now) OR session_expires_at > @now)
            """,
            ("@ws", workspace.Key), ("@which", seq ?? customer), ("@now", now.Microseconds));
        return new EndedPortalSessions(found, count);
    }

    private long? KeyOf(string customerId) => session.Connection.QuerySingleOrDefault<long?>(
        "SELECT customer_id FROM customer WHERE workspace_id = @ws AND id = @id", new { ws = workspace.Key, id = customerId });
}
