using System.Data.Common;
using McpBilling.Customers;

namespace McpBilling.Storage.Writing;

/// <summary>The statement that writes customers' own limits. On the writer's connection, used by its thread only.</summary>
internal sealed class LimitRows(DbConnection db) : IDisposable
{
    private readonly Statement _put = db.Statement("""
        INSERT INTO customer_limit (workspace_id, customer_id, asset, cap, period, period_start, spent, low_balance) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (workspace_id, customer_id, asset) DO UPDATE SET cap = excluded.cap, period = excluded.period, period_start = excluded.period_start,
            spent = excluded.spent, low_balance = excluded.low_balance
        """);

    /// <summary>Writes those that differ from what the file has.</summary>
    public void Put(long workspaceKey, Customer customer, CustomerLimits before)
    {
        if (ReferenceEquals(customer.Limits, before))
        {
            return;
        }
        foreach (var limits in customer.Limits.ByAsset.Values)
        {
            if (before.Of(limits.AssetId) != limits)
            {
                _put.Bind(1, workspaceKey).Bind(2, customer.Key).Bind(3, limits.AssetId).Bind(4, limits.Cap).Bind(5, (long)limits.Period)
                    .Bind(6, limits.PeriodStart.Microseconds).Bind(7, limits.Spent).Bind(8, limits.LowBalance).Run();
            }
        }
    }

    public void Dispose() => _put.Dispose();
}
