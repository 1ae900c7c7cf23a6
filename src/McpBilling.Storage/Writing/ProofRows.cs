using System.Data.Common;
using McpBilling.Integration;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage.Writing;

/// <summary>The rows of <c>proof</c>, which are only ever added.</summary>
internal static class ProofRows
{
    /// <summary>Adds one and answers its id. To be called inside a write transaction.</summary>
    public static string Add(DbConnection connection, WorkspaceRecord workspace, ProofCommand command, Caller caller, Instant now, PublicIds ids)
    {
        long seq = connection.Scalar<long>("SELECT COALESCE(MAX(seq), 0) + 1 FROM proof WHERE workspace_id = @ws", ("@ws", workspace.Key));
        connection.Write(
            "INSERT INTO proof (workspace_id, seq, at, who, kind, subject, verdict, document) VALUES (@ws, @seq, @at, @who, @kind, @subject, @verdict, @document)",
            ("@ws", workspace.Key), ("@seq", seq), ("@at", now.Microseconds), ("@who", caller.KeyId ?? "local"), ("@kind", command.Kind), ("@subject", command.Subject),
            ("@verdict", command.Verdict), ("@document", command.Document));
        return ids.Format(IdKind.Proof, workspace.Key, seq, now);
    }
}
