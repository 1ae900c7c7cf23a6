using McpBilling.Integration;
using McpBilling.Money;
using McpBilling.Operations;
using Microsoft.Data.Sqlite;

namespace McpBilling.Storage.Writing;

/// <summary>The rows of <c>proof</c>, which are only ever added.</summary>
internal static class ProofRows
{
    /// <summary>To be called inside a write transaction.</summary>
    public static StoredProof Add(SqliteConnection connection, WorkspaceRecord workspace, ProofCommand command, Caller caller, Instant now, PublicIds ids)
    {
        long seq = connection.Scalar<long>("SELECT COALESCE(MAX(seq), 0) + 1 FROM proof WHERE workspace_id = $ws", ("$ws", workspace.Key));
        string who = caller.KeyId ?? "local";
        connection.Execute(
            "INSERT INTO proof (workspace_id, seq, at, who, kind, subject, verdict, document) VALUES ($ws, $seq, $at, $who, $kind, $subject, $verdict, $document)",
            ("$ws", workspace.Key), ("$seq", seq), ("$at", now.Microseconds), ("$who", who), ("$kind", command.Kind), ("$subject", command.Subject),
            ("$verdict", command.Verdict), ("$document", command.Document));
        return new StoredProof(seq, ids.Format(IdKind.Proof, workspace.Key, seq, now), now, who, command.Kind, command.Subject, command.Verdict, command.Document);
    }
}
