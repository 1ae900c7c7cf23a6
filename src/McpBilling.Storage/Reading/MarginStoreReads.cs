using System.Text.Json;
using Dapper;
using McpBilling.Insights.Margins;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Reading;

/// <summary>The ports of margins on one data file.</summary>
internal sealed class MarginStoreReads(ReaderPool pool, PublicIds ids) : IMarginReads, IMarginAlertReads
{
    public ValueTask<MarginFigures?> Margins(Caller caller, MarginQuestion question, CancellationToken cancellation) =>
        new(pool.AnswerTwice((r, second) => new MarginReader(r, second, pool.Workspace(r, caller.WorkspaceKey, question.CustomerId), cancellation).Read(question)));

    public ValueTask<(IReadOnlyList<MarginAlertView> Alerts, long? Next, long Total)> Alerts(Caller caller, long? before, int limit, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var rows = r.Connection.Query<(long Key, long At, string Document)>(
            "SELECT seq, at, document FROM proof WHERE workspace_id = @ws AND seq < @before AND kind = @kind ORDER BY seq DESC LIMIT @limit",
            new { ws = caller.WorkspaceKey, before = before ?? long.MaxValue, kind = AlertRows.Kind, limit = limit + 1 }).AsList();
        long total = r.Connection.ExecuteScalar<long>("SELECT COUNT(*) FROM proof WHERE workspace_id = @ws AND kind = @kind", new { ws = caller.WorkspaceKey, kind = AlertRows.Kind });
        IReadOnlyList<MarginAlertView> alerts = [.. rows.Take(limit).Select(a => MarginAlertView.Of(
            JsonSerializer.Deserialize(a.Document, BillingJson.TypeInfo<MarginAlert>())!, ids.Format(IdKind.Alert, caller.WorkspaceKey, a.Key, new Instant(a.At)), new Instant(a.At)))];
        return (alerts, rows.Count > limit ? rows[limit - 1].Key : (long?)null, total);
    }));
}
