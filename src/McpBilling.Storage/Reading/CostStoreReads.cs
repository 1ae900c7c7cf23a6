using Dapper;
using McpBilling.Costs;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage.Reading;

/// <summary>The ports of costs on one data file.</summary>
internal sealed class CostStoreReads(ReaderPool pool, TimeProvider time) : ICostReads, IPriceReads
{
    public ValueTask<StoredPrices> Prices(Caller caller) => new(pool.Answer(r =>
    {
        var workspace = pool.Workspace(r, caller.WorkspaceKey);
        return new StoredPrices(workspace.Prices, workspace.OwnPrices.Version, workspace.Now(time));
    }));

    public ValueTask<(IReadOnlyList<CostEventView> Costs, long? Next, long Unpriced)?> Costs(
        Caller caller, string? customerId, bool unpricedOnly, long? before, int limit, CancellationToken cancellation) => new(pool.Answer(r =>
        {
            var workspace = pool.Workspace(r, caller.WorkspaceKey, customerId);
            long? customer = null;
            if (customerId is not null && (customer = r.Ledger.Customer(workspace, customerId)?.Customer.Key) is null)
            {
                return ((IReadOnlyList<CostEventView>, long?, long)?)null;
            }
            string from = unpricedOnly
                ? "cost_unpriced u JOIN cost_event e ON e.workspace_id = u.workspace_id AND e.seq = u.seq WHERE u.workspace_id = @ws AND u.seq < @before"
                : "cost_event e WHERE e.workspace_id = @ws AND e.seq < @before";
            var keys = r.Connection.Query<long>(
                $"SELECT e.seq FROM {from}{(customer is null ? "" : " AND e.customer_id = @customer")} ORDER BY e.seq DESC LIMIT @limit",
                new { ws = caller.WorkspaceKey, before = before ?? long.MaxValue, customer, limit = limit + 1 }).AsList();
            var found = r.Ledger.Costs.Known(workspace.Key, keys.Take(limit));
            var ids = new CustomerIds(r, workspace).Of(found.Select(c => c.CustomerKey));
            IReadOnlyList<CostEventView> costs = [.. found.Select(c => CostEventView.Of(c.Cost, ids[c.CustomerKey]))];
            long unpriced = r.Connection.ExecuteScalar<long>("SELECT COUNT(*) FROM cost_unpriced WHERE workspace_id = @ws", new { ws = caller.WorkspaceKey });
            return (costs, keys.Count > limit ? keys[limit - 1] : null, unpriced);
        }));

    public ValueTask<(IReadOnlyList<StoredCost> Costs, PriceBook Prices)> Repriceable(
        Caller caller, bool all, Instant? from, Instant? to, long after, int limit, CancellationToken cancellation) => new(pool.Answer(r =>
        {
            var workspace = pool.Workspace(r, caller.WorkspaceKey);
            string source = all
                ? "cost_event e WHERE e.workspace_id = @ws AND e.seq > @after"
                : "cost_unpriced u JOIN cost_event e ON e.workspace_id = u.workspace_id AND e.seq = u.seq WHERE u.workspace_id = @ws AND u.seq > @after";
            var keys = r.Connection.Query<long>(
                $"SELECT e.seq FROM {source} AND e.requested_at >= @from AND e.requested_at < @to ORDER BY e.seq LIMIT @limit",
                new { ws = caller.WorkspaceKey, after, from = from?.Microseconds ?? long.MinValue, to = to?.Microseconds ?? long.MaxValue, limit });
            IReadOnlyList<StoredCost> costs = [.. r.Ledger.Costs.Known(workspace.Key, keys).Select(c => c.Cost)];
            return (costs, workspace.Prices);
        }));
}
