using Dapper;
using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Insights;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>The read-only ports of the core on one data file. Every query begins with the caller's workspace.</summary>
internal sealed class StoreReads(ReaderPool pool, TimeProvider time, PublicIds ids) : ICatalogReads, ICustomerReads, IWalletReads, IClockReads, IUsageReads, IUsageHistory, ICatalogEffects
{
    private const int MaxOverGrants = 100;

    public ValueTask<CatalogSnapshot> Current(Caller caller) => new(pool.Answer(r => pool.Workspace(r, caller.WorkspaceKey).Catalog));

    public ValueTask<TestClockOutput> Clock(Caller caller, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var workspace = pool.Workspace(r, caller.WorkspaceKey);
        return new TestClockOutput { Now = workspace.Now(time), Real = workspace.TestClock is null };
    }));

    public ValueTask<(IReadOnlyList<CustomerLine> Customers, long? Before, long Total)> List(
        Caller caller, string? idPrefix, long? before, int limit, CancellationToken cancellation) => new(pool.Answer(r =>
        {
            // A prefix is a range of ids: from itself up to itself followed by the greatest character an id may have.
            var range = new { ws = caller.WorkspaceKey, before = before ?? long.MaxValue, limit = limit + 1, low = idPrefix ?? "", high = (idPrefix ?? "") + "\uFFFF" };
            var rows = r.Connection.Query<(long Key, string Id, string? Name, string? Email, long Frozen, long CreatedAt)>(
                """
                SELECT customer_id, id, name, email, frozen, created_at FROM customer
                WHERE workspace_id = @ws AND customer_id < @before AND id >= @low AND id < @high ORDER BY customer_id DESC LIMIT @limit
                """, range).AsList();
            long total = r.Connection.ExecuteScalar<long>("SELECT COUNT(*) FROM customer WHERE workspace_id = @ws AND id >= @low AND id < @high", range);
            IReadOnlyList<CustomerLine> lines =
                [.. rows.Take(limit).Select(c => new CustomerLine { Id = c.Id, Name = c.Name, Email = c.Email, Frozen = c.Frozen != 0, CreatedAt = new Instant(c.CreatedAt) })];
            return (lines, rows.Count > limit ? rows[limit - 1].Key : (long?)null, total);
        }));

    public ValueTask<StoredWallet?> Wallet(Caller caller, string customerId, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        r.Ledger.ExpectOverGrants(caller.WorkspaceKey, customerId, MaxOverGrants);
        var workspace = pool.Workspace(r, caller.WorkspaceKey, customerId);
        return r.Ledger.Customer(workspace, customerId) is { } record
            ? new StoredWallet(record.Customer, record.Wallet, [.. r.Ledger.OverGrants(workspace, customerId, MaxOverGrants)], workspace.Now(time), ids)
            : null;
    }));

    public ValueTask<EntryPage?> Entries(Caller caller, string customerId, string? asset, IReadOnlyList<long>? from, int limit, CancellationToken cancellation) =>
        new(pool.Answer(r => new EntryPages(r, pool.Workspace(r, caller.WorkspaceKey, customerId), ids).Page(customerId, asset, from, limit)));

    public ValueTask<(IReadOnlyList<UsageEventView> Events, long? Next, long Total)?> Events(
        Caller caller, ListUsageInput query, long? from, CancellationToken cancellation) =>
        new(pool.Answer(r => new UsagePages(r, pool.Workspace(r, caller.WorkspaceKey, query.CustomerId)).Page(query, from)));

    public ValueTask<(Hold Hold, string CustomerId, PublicIds Ids)?> Hold(Caller caller, string holdId, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var workspace = pool.Workspace(r, caller.WorkspaceKey);
        if (ids.Parse(IdKind.Hold, caller.WorkspaceKey, holdId) is not { } key || r.Ledger.Hold(workspace, key) is not { } found)
        {
            return ((Hold, string, PublicIds)?)null;
        }
        var owner = r.Ledger.Customer(workspace, found.CustomerKey)!;
        return (found.Hold.AsOf(workspace.Now(time)), owner.Customer.Id, ids);
    }));

    public ValueTask<IRecordedUsage> Open(Caller caller, UsagePeriod period, CancellationToken cancellation) => new(pool.Answer(IRecordedUsage (r) =>
    {
        var workspace = pool.Workspace(r, caller.WorkspaceKey);
        return RecordedUsage.Open(pool, r, workspace, ids, workspace.Now(time), period, cancellation);
    }));

    public async ValueTask<(long Version, CatalogEffects? Effects)> Of(
        Caller caller, System.Text.Json.JsonElement document, long? expectedVersion, CancellationToken cancellation)
    {
        var (present, now) = await pool.Answer(r =>
        {
            var workspace = pool.Workspace(r, caller.WorkspaceKey);
            return (workspace.Catalog, workspace.Now(time));
        });
        return (present.Version, await EffectsOfChange.Of(this, caller, present, document, expectedVersion, now, cancellation));
    }
}
