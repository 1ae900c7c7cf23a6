using System.Collections.Immutable;
using System.Data.Common;
using McpBilling.Costs;
using McpBilling.Costs.Reconciliation;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage.Writing;

/// <summary>The rows of reconciliations, which are only ever added. To be called inside a write transaction.</summary>
internal static class ReconciliationRows
{
    /// <summary>What was posted before for the same documents, on the same figures.</summary>
    public static (long Seq, Instant At)? Find(DbConnection connection, long workspaceKey, KeepReconciliation command)
    {
        using var find = connection.Prepare(
            "SELECT seq, at FROM reconciliation WHERE workspace_id = @ws AND documents_hash = @hash AND shown_as = @shown",
            ("@ws", workspaceKey), ("@hash", command.DocumentsHash), ("@shown", command.Asked));
        using var row = find.ExecuteReader();
        return row.Read() ? (row.GetInt64(0), new Instant(row.GetInt64(1))) : null;
    }

    public static long Last(DbConnection connection, long workspaceKey) =>
        connection.Scalar<long>("SELECT COALESCE(MAX(seq), 0) FROM reconciliation WHERE workspace_id = @ws", ("@ws", workspaceKey));

    public static void Add(DbConnection connection, long workspaceKey, long seq, KeepReconciliation command, Caller caller, Instant now, ImmutableArray<ProviderAdjustment> adjustments)
    {
        connection.Write(
            """
            INSERT INTO reconciliation (workspace_id, seq, at, who, documents_hash, shown_as, from_day, to_day, colour, answer)
            VALUES (@ws, @seq, @at, @who, @hash, @shown, @from, @to, @colour, @answer)
            """,
            ("@ws", workspaceKey), ("@seq", seq), ("@at", now.Microseconds), ("@who", caller.KeyId ?? "local"), ("@hash", command.DocumentsHash), ("@shown", command.Asked),
            ("@from", command.FromDay), ("@to", command.ToDay), ("@colour", (long)command.Colour), ("@answer", command.Answer));
        foreach (var report in command.Reports)
        {
            connection.Write(
                "INSERT INTO reconciled_document (workspace_id, sha256, reconciliation_seq, name, report) VALUES (@ws, @sha, @seq, @name, @report)",
                ("@ws", workspaceKey), ("@sha", report.Sha256), ("@seq", seq), ("@name", report.Name), ("@report", report.Report));
        }
        foreach (var a in adjustments)
        {
            var (whole, part) = CostMoney.Split(a.Amount);
            connection.Write(
                """
                INSERT INTO reconciliation_adjustment (workspace_id, provider, day, reconciliation_seq, model, kind, reason, amount_whole, amount_part)
                VALUES (@ws, @provider, @day, @seq, @model, @kind, @reason, @whole, @part)
                """,
                ("@ws", workspaceKey), ("@provider", a.Provider), ("@day", a.Day), ("@seq", seq), ("@model", a.Model), ("@kind", a.Kind), ("@reason", a.Reason), ("@whole", whole), ("@part", part));
        }
    }
}
