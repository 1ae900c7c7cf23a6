using System.Data.Common;
using System.Text.Json;
using Dapper;
using McpBilling.Insights.Margins;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage.Writing;

/// <summary>
/// Alerts are rows of <c>proof</c>, the table of what was found by looking, one row each: the subject is what makes two of them the same, and the sequence
/// is the order in which whoever is to be told of them can follow.
/// </summary>
internal static class AlertRows
{
    public const string Kind = "margin_alert";

    /// <summary>Adds those that are not there. To be called inside a write transaction.</summary>
    public static IReadOnlyList<MarginAlertView> Add(DbConnection connection, WorkspaceRecord workspace, MarginAlertsCommand command, Caller caller, Instant now, PublicIds ids)
    {
        string SubjectOf(MarginAlert a) => $"{a.Month} {JsonNamingPolicy.SnakeCaseLower.ConvertName(a.Kind.ToString())} {a.CustomerId}";
        var kept = connection.Query<string>("SELECT subject FROM proof WHERE workspace_id = @ws AND kind = @kind", new { ws = workspace.Key, kind = Kind }).ToHashSet(StringComparer.Ordinal);
        long seq = connection.Scalar<long>("SELECT COALESCE(MAX(seq), 0) FROM proof WHERE workspace_id = @ws", ("@ws", workspace.Key));
        var added = new List<MarginAlertView>();
        foreach (var alert in command.Found.Where(a => kept.Add(SubjectOf(a))))
        {
            connection.Write(
                "INSERT INTO proof (workspace_id, seq, at, who, kind, subject, verdict, document) VALUES (@ws, @seq, @at, @who, @kind, @subject, @verdict, @document)",
                ("@ws", workspace.Key), ("@seq", ++seq), ("@at", now.Microseconds), ("@who", caller.KeyId ?? "local"), ("@kind", Kind), ("@subject", SubjectOf(alert)),
                ("@verdict", "alert"), ("@document", JsonSerializer.Serialize(alert, BillingJson.TypeInfo<MarginAlert>())));
            added.Add(MarginAlertView.Of(alert, ids.Format(IdKind.Alert, workspace.Key, seq, now), now));
        }
        return added;
    }
}
