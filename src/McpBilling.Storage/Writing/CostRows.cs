using System.Data.Common;
using McpBilling.Costs;
using McpBilling.Money;
using McpBilling.Storage.Reading;

namespace McpBilling.Storage.Writing;

/// <summary>The statements that write costs and their sums. All of it runs on the writer's thread.</summary>
internal sealed class CostRows : IDisposable
{
    private readonly Statement _insertEvent, _insertAdjustment, _insertUnpriced, _deleteUnpriced, _addDay, _addHour;
    private readonly RowJson _json = new();

    public CostRows(DbConnection db)
    {
        _insertEvent = db.Statement("""
            INSERT INTO cost_event (workspace_id, seq, customer_id, id, input_hash, at, requested_at, completed_at, day, provider, api, requested_model, model, operation_id, attempt, outcome,
                policy, end_user, session, task, feature, context, inside, status, reason, lines, cost_whole, cost_part, event_seq, product, context_of, partial)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """);
        _insertAdjustment = db.Statement("""
            INSERT INTO cost_adjustment (workspace_id, seq, cost_seq, at, day, reason, old_rows, new_rows, status, lines, cost_whole, cost_part)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """);
        _insertUnpriced = db.Statement("INSERT INTO cost_unpriced (workspace_id, seq) VALUES (?, ?)");
        _deleteUnpriced = db.Statement("DELETE FROM cost_unpriced WHERE workspace_id = ? AND seq = ?");
        _addDay = db.Statement("""
            INSERT INTO cost_day (workspace_id, dimension, day, key, events, unpriced, incomplete, no_usage, cost_whole, cost_part, charges, revenue_whole, revenue_part)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (workspace_id, dimension, day, key) DO UPDATE SET events = cost_day.events + excluded.events, unpriced = cost_day.unpriced + excluded.unpriced,
                incomplete = cost_day.incomplete + excluded.incomplete, no_usage = cost_day.no_usage + excluded.no_usage, cost_whole = cost_day.cost_whole + excluded.cost_whole,
                cost_part = cost_day.cost_part + excluded.cost_part, charges = cost_day.charges + excluded.charges, revenue_whole = cost_day.revenue_whole + excluded.revenue_whole,
                revenue_part = cost_day.revenue_part + excluded.revenue_part
            """);
        _addHour = db.Statement("""
            INSERT INTO cost_line_hour (workspace_id, hour, provider, model, kind, batch, events, quantity_whole, quantity_part, cost_whole, cost_part)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (workspace_id, hour, provider, model, kind, batch) DO UPDATE SET events = cost_line_hour.events + excluded.events, quantity_whole = cost_line_hour.quantity_whole + excluded.quantity_whole,
                quantity_part = cost_line_hour.quantity_part + excluded.quantity_part, cost_whole = cost_line_hour.cost_whole + excluded.cost_whole, cost_part = cost_line_hour.cost_part + excluded.cost_part
            """);
    }

    /// <param name="usage">The usage event that it came with, and what that was charged for.</param>
    public void Insert(long workspaceKey, long seq, long customerKey, long inputHash, Instant at, CostEvent e, (long Seq, string? Product)? usage)
    {
        var cost = e.Cost.Amount is { } amount ? CostMoney.Split(amount) : ((long Whole, long Part)?)null;
        _insertEvent.Bind(1, workspaceKey).Bind(2, seq).Bind(3, customerKey).Bind(4, e.Id).Bind(5, inputHash).Bind(6, at.Microseconds).Bind(7, e.RequestedAt.Microseconds)
            .Bind(8, e.CompletedAt?.Microseconds).Bind(9, e.Day).Bind(10, e.Provider).Bind(11, e.Api).Bind(12, e.RequestedModel).Bind(13, e.Model).Bind(14, e.OperationId)
            .Bind(15, e.Attempt).Bind(16, (long)e.Outcome).Bind(17, (long)e.Policy).Bind(18, e.Subject?.EndUser).Bind(19, e.Subject?.Session).Bind(20, e.Subject?.Task)
            .Bind(21, e.Feature).Bind(22, CostText.Context(e.Context)).Bind(23, CostText.Inside(e.Inside)).Bind(24, (long)e.Cost.Status).Bind(25, e.Cost.Reason)
            .BindUtf8(26, _json.Of(e.Cost.Lines, CostText.Write)).Bind(27, cost?.Whole).Bind(28, cost?.Part).Bind(29, usage?.Seq).Bind(30, usage?.Product).Bind(31, e.ContextOf).Bind(32, e.Partial).Run();
        if (e.Cost.Status == CostStatus.Unpriced)
        {
            _insertUnpriced.Bind(1, workspaceKey).Bind(2, seq).Run();
        }
    }

    public void Insert(long workspaceKey, long seq, StoredCost before, Instant at, CostAdjustment adjustment)
    {
        var (whole, part) = CostMoney.Split(adjustment.Delta);
        _insertAdjustment.Bind(1, workspaceKey).Bind(2, seq).Bind(3, before.Key).Bind(4, at.Microseconds).Bind(5, before.Event.Day).Bind(6, adjustment.Reason)
            .Bind(7, CostText.Rows(before.Now.Lines)).Bind(8, CostText.Rows(adjustment.Cost.Lines)).Bind(9, (long)adjustment.Cost.Status)
            .BindUtf8(10, _json.Of(adjustment.Cost.Lines, CostText.Write)).Bind(11, whole).Bind(12, part).Run();
        if (before.Now.Status == CostStatus.Unpriced && adjustment.Cost.Status != CostStatus.Unpriced)
        {
            _deleteUnpriced.Bind(1, workspaceKey).Bind(2, before.Key).Run();
        }
    }

    public void Add(long workspaceKey, CostDayKey key, CostDaySum sum)
    {
        var (cost, revenue) = (CostMoney.Split(sum.Cost), CostMoney.Split(sum.Revenue));
        _addDay.Bind(1, workspaceKey).Bind(2, (long)key.Dimension).Bind(3, key.Day).Bind(4, key.Key).Bind(5, sum.Events).Bind(6, sum.Unpriced).Bind(7, sum.Incomplete)
            .Bind(8, sum.NoUsage).Bind(9, cost.Whole).Bind(10, cost.Part).Bind(11, sum.Charges).Bind(12, revenue.Whole).Bind(13, revenue.Part).Run();
    }

    public void Add(long workspaceKey, CostHourKey key, CostHourSum sum)
    {
        var cost = CostMoney.Split(sum.Cost);
        // A quantity's whole is units, not 10^-9 of them.
        long units = (long)decimal.Floor(sum.Quantity);
        _addHour.Bind(1, workspaceKey).Bind(2, key.Hour).Bind(3, key.Provider).Bind(4, key.Model).Bind(5, key.Kind).Bind(6, key.Batch ? 1 : 0L).Bind(7, sum.Events)
            .Bind(8, units).Bind(9, (long)((sum.Quantity - units) * 1_000_000_000m)).Bind(10, cost.Whole).Bind(11, cost.Part).Run();
    }

    public void Dispose()
    {
        foreach (var statement in (Statement[])[_insertEvent, _insertAdjustment, _insertUnpriced, _deleteUnpriced, _addDay, _addHour])
        {
            statement.Dispose();
        }
        _json.Dispose();
    }
}
