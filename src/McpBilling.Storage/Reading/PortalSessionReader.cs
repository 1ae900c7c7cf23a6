using System.Data.Common;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Portal;

namespace McpBilling.Storage.Reading;

/// <summary>Sessions of the portal, by the hash of their cookie.</summary>
internal static class PortalSessionReader
{
    /// <summary>Null unless it lasts: unknown, over and revoked are the same to whoever asks.</summary>
    /// <param name="now">Real time.</param>
    public static PortalSession? Find(DbConnection connection, long workspaceKey, string sessionHash, Instant now, PublicIds ids)
    {
        using var command = connection.Prepare(
            """
            SELECT w.mode, p.seq, p.created_at, c.id, p.return_url, p.language, p.session_expires_at FROM portal_session p
            JOIN workspace w ON w.workspace_id = p.workspace_id
            JOIN customer c ON c.workspace_id = p.workspace_id AND c.customer_id = p.customer_id
            WHERE p.workspace_id = @ws AND p.session_hash = @hash AND p.revoked_at IS NULL AND p.session_expires_at > @now
            """,
            ("@ws", workspaceKey), ("@hash", sessionHash), ("@now", now.Microseconds));
        using var row = command.ExecuteReader();
        if (!row.Read())
        {
            return null;
        }
        long seq = row.GetInt64(1);
        return new PortalSession(
            workspaceKey, Workspaces.ModeOf(row.GetString(0)), seq, ids.Format(IdKind.PortalSession, workspaceKey, seq, new Instant(row.GetInt64(2))), row.GetString(3),
            row.IsDBNull(4) ? null : row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5), new Instant(row.GetInt64(6)));
    }
}
