using McpBilling.Costs;
using McpBilling.Insights.Margins;

namespace McpBilling.Storage.Reading;

/// <summary>Finds whose cached contexts were read by others in some days: few events have that, and an index of their own.</summary>
internal sealed class SharedContextReader(PooledReader reader, WorkspaceRecord workspace)
{
    private readonly CustomerIds _customers = new(reader, workspace);

    public IReadOnlyList<SharedContext> Read(DayRange days)
    {
        var reads = new SortedDictionary<string, SortedDictionary<string, decimal>>(StringComparer.Ordinal);
        using (var rows = reader.Connection.Statement("SELECT customer_id, context_of, lines FROM cost_event INDEXED BY cost_event_context WHERE workspace_id = ? AND day >= ? AND day < ? AND context_of IS NOT NULL"))
        {
            rows.Bind(1, workspace.Key).Bind(2, days.From).Bind(3, days.To);
            while (rows.Next())
            {
                Add(reads, rows.Text(1), _customers[rows.Long(0)], Read(rows, 2).Tokens);
            }
        }
        return [.. reads.Keys.ToList().Select(owner => Of(owner, reads, days))];
    }

    private SharedContext Of(string owner, SortedDictionary<string, SortedDictionary<string, decimal>> reads, DayRange days)
    {
        var written = Dollars.Zero;
        if (reader.Ledger.Customer(workspace, owner) is { } record)
        {
            using var rows = reader.Connection.Statement($"SELECT lines FROM {CustomerCosts.InBlock} AND context_of IS NULL");
            foreach (var row in reader.Ledger.Costs.OfCustomer.Read(rows, workspace.Key, record.Customer.Key, days.From, days.To - 1))
            {
                var (tokens, cost) = Read(row, 0);
                Add(reads, owner, owner, tokens);
                written += cost;
            }
        }
        return new SharedContext(owner, written, [.. reads[owner].Select(r => (r.Key, r.Value))]);
    }

    private static void Add(SortedDictionary<string, SortedDictionary<string, decimal>> reads, string owner, string customer, decimal tokens)
    {
        if (!reads.TryGetValue(owner, out var of))
        {
            reads[owner] = of = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        }
        of[customer] = of.GetValueOrDefault(customer) + tokens;
    }

    // What was read from a cache, and what writing to one cost.
    private static (decimal Tokens, Dollars Written) Read(Statement rows, int column)
    {
        var lines = CostText.Lines(rows.Utf8(column));
        decimal tokens = lines.Where(l => l.Kind is CostKinds.CacheRead or CostKinds.CacheReadAudio or CostKinds.CacheReadImage).Sum(l => l.Quantity);
        decimal written = lines.Where(l => l.Kind is CostKinds.CacheWrite or CostKinds.CacheWrite5m or CostKinds.CacheWrite1h).Sum(l => l.Amount ?? 0);
        return (tokens, Dollars.From(written));
    }
}
