using System.Globalization;
using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Insights.Margins;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>
/// What one customer cost and brought in, by feature, model or product: these are not summed up for each customer, so its own events are added up anew. What it
/// does not bear (written off, socialized) is left out, as in its row among the customers.
/// </summary>
internal sealed class CustomerMarginScan(PooledReader reader, WorkspaceRecord workspace, string customerId, CancellationToken cancellation)
{
    private readonly CostSums _sums = new();

    /// <summary>The sums by one dimension, over days by which anything is recorded.</summary>
    public IReadOnlyList<MarginSum> Sums(CostDimension dimension, DayRange? recorded)
    {
        if (recorded is not { } days || reader.Ledger.Customer(workspace, customerId) is not { } record)
        {
            return [];
        }
        AddCosts(record.Customer.Key, days);
        AddRevenue(record, days);
        return
        [
            .. _sums.Days.Where(d => d.Key.Dimension == dimension && d.Key.Day >= days.From && d.Key.Day < days.To).GroupBy(d => d.Key.Key, StringComparer.Ordinal)
                .Select(g => (g.Key, Sum: g.Aggregate(default(CostDaySum), (sum, d) => sum + d.Value)))
                .Select(g => new MarginSum(
                    g.Key, null, g.Sum.Events, g.Sum.Unpriced, g.Sum.Incomplete, g.Sum.NoUsage, Dollars.From(g.Sum.Cost), g.Sum.Charges, Dollars.From(g.Sum.Revenue))),
        ];
    }

    private void AddCosts(long customerKey, DayRange days)
    {
        var keys = new List<long>();
        using (var rows = Statement("SELECT seq FROM cost_event INDEXED BY cost_event_customer WHERE workspace_id = ? AND customer_id = ? AND day >= ? AND day < ?"))
        {
            rows.Bind(1, workspace.Key).Bind(2, customerKey).Bind(3, days.From).Bind(4, days.To);
            while (rows.Next())
            {
                keys.Add(rows.Long(0));
            }
        }
        foreach (long key in keys)
        {
            cancellation.ThrowIfCancellationRequested();
            var row = reader.Ledger.Costs.Find(workspace.Key, key)!.Value;
            var e = row.Cost.Event;
            if (e.BorneBy(customerId) == customerId)
            {
                // As it is now: the first price and its adjustments come to the same.
                _sums.Add(e with { Cost = row.Cost.Now }, customerId, row.Product);
            }
        }
    }

    private void AddRevenue(CustomerRecord record, DayRange days)
    {
        var earned = Earned(record, days);
        var models = ModelsOf(record.Customer.Key);
        var byId = new Dictionary<string, StoredEvent>(StringComparer.Ordinal);
        for (long seq = record.LastEvent; seq > 0 && reader.Ledger.Event(workspace.Key, seq) is { } found; seq = found.Previous)
        {
            cancellation.ThrowIfCancellationRequested();
            byId[found.Event.Event.Id] = found.Event;
            earned.Remove(seq, out var own);
            bool isCharged = !found.Event.FirstCharges.IsEmpty;
            if (isCharged || own.Dollars != 0)
            {
                Add(found.Event, own.Dollars, models.GetValueOrDefault(seq), isNew: true, isCharged ? 1 : 0);
            }
        }
        foreach (var (cause, (dollars, at)) in earned.Where(e => e.Value.Dollars != 0))
        {
            if (ReversedBy(cause) is { } id && byId.TryGetValue(id, out var reversed))
            {
                Add(reversed, dollars, null, isNew: false, 0);
            }
            else
            {
                _sums.AddRevenue(CostEvent.DayOf(at), customerId, null, null, null, 0, dollars, []);
            }
        }
    }

    private void Add(StoredEvent stored, decimal dollars, string? model, bool isNew, long charges)
    {
        var e = stored.Event;
        _sums.AddRevenue(
            CostEvent.DayOf(e.Timestamp), customerId, e.Subject, e.Feature, model, charges, dollars, [.. Earnings.ByProduct(stored.FirstCharges, dollars, workspace.Catalog, isNew)]);
    }

    /// <summary>What each cause earned, by the chains of the customer's accounts; 0 is time alone.</summary>
    private Dictionary<long, (decimal Dollars, Instant At)> Earned(CustomerRecord record, DayRange days)
    {
        var earned = new Dictionary<long, (decimal Dollars, Instant At)>();
        // An event arrives at most so much before it is said to happen.
        long first = (DayRange.Start(days.From) - UsageEvent.MaxAhead).Microseconds;
        using var row = Statement("SELECT previous, at, kind, counter, grant_seq, amount, cost_basis, cause_seq FROM entry WHERE workspace_id = ? AND seq = ?");
        foreach (var (assetId, chain) in record.Chains)
        {
            var asset = workspace.Catalog.RequireAsset(assetId);
            for (long seq = chain.LastEntry; seq != 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                row.Bind(1, workspace.Key).Bind(2, seq);
                if (!row.Next() || row.Long(1) < first)
                {
                    row.Reset();
                    break;
                }
                var entry = new Entry(asset, new Instant(row.Long(1)), (EntryKind)row.Int(2), (CounterAccount)row.Int(3), row.LongOrNull(4), row.Long(5), 0, 0, null, row.Long(6));
                var (previous, cause) = (row.Long(0), row.Long(7));
                row.Reset();
                decimal dollars = Earnings.Of(entry, grant => reader.Ledger.Grant(workspace, grant)?.Grant.CostBasis);
                if (dollars != 0)
                {
                    earned[cause] = (earned.GetValueOrDefault(cause).Dollars + dollars, entry.Time);
                }
                seq = previous;
            }
        }
        return earned;
    }

    // What usage cost was told with it: its revenue counts as that model's.
    private Dictionary<long, string> ModelsOf(long customerKey)
    {
        var models = new Dictionary<long, string>();
        using var rows = Statement("SELECT event_seq, provider, model FROM cost_event INDEXED BY cost_event_customer WHERE workspace_id = ? AND customer_id = ? AND event_seq IS NOT NULL");
        rows.Bind(1, workspace.Key).Bind(2, customerKey);
        while (rows.Next())
        {
            models[rows.Long(0)] = string.Create(CultureInfo.InvariantCulture, $"{rows.Text(1)}/{rows.Text(2)}");
        }
        return models;
    }

    private string? ReversedBy(long cause)
    {
        if (cause == 0 || reader.Ledger.Operation(workspace.Key, cause) is not { } operation || (CommandKind)operation.Kind != CommandKind.Reverse)
        {
            return null;
        }
        using var answer = JsonDocument.Parse(operation.Outcome);
        return answer.RootElement.GetProperty("event_id").GetString();
    }

    private SqliteStatement Statement(string sql) => new(reader.Connection.Handle!, sql);
}
