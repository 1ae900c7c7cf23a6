using Dapper;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Portal;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>The ports of the portal on one data file.</summary>
internal sealed class PortalStoreReads(ReaderPool pool, TimeProvider time, PublicIds ids) : IPortalReads, IPortalSessions
{
    /// <summary>Rows of each kind that one page looks through: a second of a busy customer must not hold a connection for long.</summary>
    internal const int MostRows = 20_000;

    public ValueTask<bool> IsLink(long workspaceKey, string linkHash) => new(pool.Answer(r =>
        r.Connection.ExecuteScalar<long>("SELECT COUNT(*) FROM portal_session WHERE workspace_id = @ws AND link_hash = @hash", new { ws = workspaceKey, hash = linkHash }) > 0));

    public ValueTask<PortalSession?> Find(long workspaceKey, string sessionHash) =>
        new(pool.Answer(r => PortalSessionReader.Find(r.Connection, workspaceKey, sessionHash, Instant.From(time.GetUtcNow()), ids)));

    public ValueTask<StoredActivity?> Activity(Caller caller, string customerId, Func<Instant, CatalogSnapshot, Instant> since, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var workspace = pool.Workspace(r, caller.WorkspaceKey, customerId);
        if (r.Ledger.Customer(workspace, customerId) is not { } record)
        {
            return null;
        }
        var now = workspace.Now(time);
        var from = since(now, workspace.Catalog);
        var entries = new List<ActivityEntry>();
        bool whole = true;
        foreach (var (assetId, chain) in record.Chains)
        {
            whole &= EntriesOf(r, workspace, record.Wallet.Accounts[assetId].Asset, chain.LastEntry, from, entries, cancellation);
        }
        var charges = new List<ActivityCharge>();
        whole &= ChargesOf(r, workspace, record, from, charges, cancellation);
        return new StoredActivity(new StoredWallet(record.Customer, record.Wallet, [], now, ids), workspace.Catalog, entries, charges, whole);
    }));

    public ValueTask<(IReadOnlyList<PaidGrant> Grants, StoredWallet Wallet)?> PaidGrants(Caller caller, string customerId, long? before, int limit, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var workspace = pool.Workspace(r, caller.WorkspaceKey, customerId);
        if (r.Ledger.Customer(workspace, customerId) is not { } record)
        {
            return ((IReadOnlyList<PaidGrant>, StoredWallet)?)null;
        }
        var keys = r.Connection.Query<long>(
            """
            SELECT grant_seq FROM credit_grant WHERE workspace_id = @ws AND customer_id = @customer AND grant_seq < @before AND cost_currency IS NOT NULL
            ORDER BY grant_seq DESC LIMIT @limit
            """, new { ws = workspace.Key, customer = record.Customer.Key, before = before ?? long.MaxValue, limit }).AsList();
        var found = r.Ledger.Grants(workspace, keys).Found;
        IReadOnlyList<PaidGrant> grants = [.. keys.Select(k => new PaidGrant(found[k].Asset, found[k].Grant))];
        return (grants, new StoredWallet(record.Customer, record.Wallet, [], workspace.Now(time), ids));
    }));

    public ValueTask<(PaidGrant? Grant, StoredWallet Wallet)?> PaidGrant(Caller caller, string customerId, string grantId, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var workspace = pool.Workspace(r, caller.WorkspaceKey, customerId);
        if (r.Ledger.Customer(workspace, customerId) is not { } record)
        {
            return ((PaidGrant?, StoredWallet)?)null;
        }
        var grant = ids.Parse(IdKind.Grant, workspace.Key, grantId) is { } key && r.Ledger.Grant(workspace, key) is { Grant.CostBasis: not null } found && found.CustomerKey == record.Customer.Key
            ? new PaidGrant(found.Asset, found.Grant) : null;
        return (grant, new StoredWallet(record.Customer, record.Wallet, [], workspace.Now(time), ids));
    }));

    private static bool EntriesOf(PooledReader reader, WorkspaceRecord workspace, Asset asset, long last, Instant from, List<ActivityEntry> entries, CancellationToken cancellation)
    {
        int left = MostRows;
        foreach (var row in EntryChain.Since(reader.Connection, workspace.Key, last, from))
        {
            if (left-- == 0)
            {
                return false;
            }
            cancellation.ThrowIfCancellationRequested();
            entries.Add(new ActivityEntry(asset, row.Time, row.Amount, row.Spent, row.BalanceAfter));
        }
        return true;
    }

    private static bool ChargesOf(PooledReader reader, WorkspaceRecord workspace, CustomerRecord record, Instant from, List<ActivityCharge> charges, CancellationToken cancellation)
    {
        var charged = new List<StoredEvent>();
        bool whole = true;
        using (var chain = new ChainRows(reader.Connection, "usage_event", EventRow.Columns))
        {
            int left = MostRows;
            foreach (var row in chain.From(workspace.Key, record.LastEvent))
            {
                var stored = EventRow.Read(row.Long(0), row, ChainRows.Columns).Event;
                // Events are in the order of their arrival, which is at most so long before they happened.
                if (stored.At < from - UsageEvent.MaxAhead)
                {
                    break;
                }
                if (left-- == 0)
                {
                    whole = false;
                    break;
                }
                cancellation.ThrowIfCancellationRequested();
                if (stored.Event.Timestamp >= from && stored.Charges.Length > 0)
                {
                    charged.Add(stored);
                }
            }
        }
        var models = ModelsBeside(reader, workspace.Key, charged.Where(e => ModelOf(e) is null));
        foreach (var stored in charged)
        {
            string? model = ModelOf(stored) ?? models.GetValueOrDefault(stored.Key);
            foreach (var charge in stored.Charges)
            {
                var version = workspace.Catalog.Versions[charge.VersionKey];
                // Of a charge that was reversed in part what has not been paid back.
                long amount = stored.WasReversed && charge.Amount > 0 ? charge.Shares.Sum(s => s.Amount) : charge.Amount;
                charges.Add(new ActivityCharge(version.Asset, stored.Event.Timestamp, version.ProductId, stored.Event.Feature, model, amount));
            }
        }
        return whole;
    }

    private static string? ModelOf(StoredEvent stored) => stored.Event.Properties.Values.GetValueOrDefault("model");

    // A cost that came with an event is the row after it.
    private static IReadOnlyDictionary<long, string> ModelsBeside(PooledReader reader, long workspaceKey, IEnumerable<StoredEvent> events)
    {
        using var cost = reader.Connection.Statement("SELECT model FROM cost_event WHERE workspace_id = ? AND seq = ? AND event_seq = ?");
        return new ExpectedRows<string>(events.Select(e => e.Key), key => cost.Bind(1, workspaceKey).Bind(2, key + 1).Bind(3, key), (_, row) => row.Text(0)).Found;
    }
}
