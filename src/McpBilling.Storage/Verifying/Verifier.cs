using System.Globalization;
using Dapper;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Reading;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Verifying;

/// <summary>
/// Rebuilds every account, grant, hold and debt from the entries alone and compares them with what is stored; checks that entries form unbroken chains,
/// that every key was used once, and that each period's charges are what its price says. Reads one snapshot, while servers may go on writing.
/// </summary>
public sealed class Verifier(Database database) : IVerifier
{
    private const int MaxDifferences = 1000;

    private readonly List<string> _differences = [];

    public Task<Verification> Verify(CancellationToken cancellation) => Task.Run(() => Run(cancellation), cancellation);

    private Verification Run(CancellationToken cancellation)
    {
        _differences.Clear();
        var summary = new List<string>();
        using var pool = new ReaderPool(database);
        pool.Read(reader =>
        {
            foreach (string broken in Engine.Of(reader.Connection).Damages(reader.Connection).Take(10))
            {
                Report($"the database is damaged: {broken}");
            }
            foreach (long key in reader.Connection.Query<long>("SELECT workspace_id FROM workspace ORDER BY workspace_id").AsList())
            {
                summary.Add(Workspace(reader, pool.Workspace(reader, key), cancellation));
            }
            return true;
        });
        return new Verification(summary, [.. _differences]);
    }

    private string Workspace(PooledReader reader, WorkspaceRecord workspace, CancellationToken cancellation)
    {
        var replays = Replayed(reader, workspace, out long entries, out var chains, cancellation);
        long customers = 0, openHolds = 0, ratings = 0;
        foreach (long key in reader.Connection.Query<long>("SELECT customer_id FROM customer WHERE workspace_id = @ws", new { ws = workspace.Key }).AsList())
        {
            cancellation.ThrowIfCancellationRequested();
            customers++;
            var record = reader.Ledger.Customer(workspace, key)!;
            string name = Words($"{Workspaces.NameOf(workspace.Mode)} customer {WalletSession.Shown(record.Customer.Id)}: ");
            var replay = replays.Remove(key, out var replayed) ? replayed : new Replay();
            foreach (string problem in LedgerComparison.Differences(replay, record.Wallet.Accounts.Values, record.Wallet.Holds.Values))
            {
                Report(name + problem);
            }
            foreach (var (assetId, chain) in record.Chains)
            {
                var found = chains.GetValueOrDefault((key, chain.AssetKey));
                if ((found.Last, found.Count) != (chain.LastEntry, chain.EntryCount))
                {
                    Report(Words($"{name}the {assetId} account ends at entry {chain.LastEntry} of {chain.EntryCount}; the ledger has {found.Last} of {found.Count}"));
                }
            }
            openHolds += record.Wallet.Holds.Count;
        }
        foreach (long key in replays.Keys)
        {
            Report(Words($"there are entries of customer {key}, who does not exist"));
        }
        foreach (string problem in new RowChecks(reader, workspace).Problems())
        {
            Report(Workspaces.NameOf(workspace.Mode) + " " + problem);
        }
        foreach (string problem in new CostChecks(reader, workspace).Problems())
        {
            Report(Workspaces.NameOf(workspace.Mode) + " " + problem);
        }
        foreach (string problem in new PaymentChecks(reader, workspace).Problems())
        {
            Report(Workspaces.NameOf(workspace.Mode) + " " + problem);
        }
        ratings = Ratings(reader, workspace);
        Keys(reader, workspace);
        return Words($"{Workspaces.NameOf(workspace.Mode)}: {customers} customers, {entries} entries, {openHolds} open holds, {ratings} rating periods");
    }

    private Dictionary<long, Replay> Replayed(
        PooledReader reader, WorkspaceRecord workspace, out long entries, out Dictionary<(long, long), (long Last, long Count, long At)> chains, CancellationToken cancellation)
    {
        entries = 0;
        chains = [];
        var replays = new Dictionary<long, Replay>();
        using var s = reader.Connection.Statement("""
            SELECT seq, customer_id, asset_id, previous, at, kind, counter, grant_seq, amount, held, balance_after, hold_seq, cost_basis FROM entry
            WHERE workspace_id = ? ORDER BY seq
            """);
        s.Bind(1, workspace.Key);
        while (s.Next())
        {
            if (++entries % 10_000 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
            long seq = s.Long(0), customer = s.Long(1);
            var chain = (customer, s.Long(2));
            var (last, count, at) = chains.GetValueOrDefault(chain, (0, 0, long.MinValue));
            if (s.Long(3) != last)
            {
                Report(Words($"entry {seq} follows {s.Long(3)}; the account's entry before it is {last}"));
            }
            // What was due is posted at its time before anything later (wallets.md, Time comes first).
            if (s.Long(4) < at)
            {
                Report(Words($"entry {seq} is of {new Instant(s.Long(4))}; the account's entry before it is of {new Instant(at)}"));
            }
            chains[chain] = (seq, count + 1, s.Long(4));
            if (!replays.TryGetValue(customer, out var replay))
            {
                replays[customer] = replay = new Replay();
            }
            replay.Take(new Entry(
                reader.Ledger.Asset(workspace, s.Long(2)), new Instant(s.Long(4)), (EntryKind)s.Int(5), (CounterAccount)s.Int(6), s.LongOrNull(7), s.Long(8), s.Long(9), s.Long(10),
                s.LongOrNull(11), s.Long(12)));
        }
        return replays;
    }

    // Law 8: what a period was charged is the price of its net quantity.
    private long Ratings(PooledReader reader, WorkspaceRecord workspace)
    {
        long count = 0;
        foreach (var (customer, version, state, charged) in reader.Connection.Query<(long, long, string, long)>(
            "SELECT customer_id, price_version_id, state, charged FROM rating WHERE workspace_id = @ws", new { ws = workspace.Key }))
        {
            count++;
            if (!workspace.Catalog.Versions.TryGetValue(version, out var price))
            {
                Report(Words($"customer {customer} was rated by price version {version}, which does not exist"));
                continue;
            }
            var period = RatingRow.Parse(state, charged).State;
            // Models that price the period as a whole say again what its quantity costs; those that price each event have no such second witness.
            if (!price.Price.PricesEachEvent
                && price.Price.Add(period, period.Quantity, EventProperties.None.Values, price.Asset) is { } again && again.After.Total != period.Total)
            {
                Report(Words($"customer {customer} has {period.Quantity} in a period of price {price.PriceId}, whose total is not that quantity's"));
            }
            long owed = price.Price.Charged(period, price.Asset);
            if (owed != charged)
            {
                Report(Words($"customer {customer} was charged {charged} by price {price.PriceId}; its quantity costs {owed}"));
            }
        }
        return count;
    }

    private void Keys(PooledReader reader, WorkspaceRecord workspace)
    {
        foreach (var (customer, kind, key) in reader.Connection.Query<(long, long, string)>(
            """
            SELECT customer_id, kind, idempotency_key FROM operation WHERE workspace_id = @ws AND idempotency_key <> ''
            GROUP BY customer_id, kind, idempotency_key HAVING COUNT(*) > 1 LIMIT 100
            """, new { ws = workspace.Key }))
        {
            Report(Words($"customer {customer} has the idempotency key {WalletSession.Shown(key)} twice for {(CommandKind)kind}"));
        }
        foreach (var (customer, id) in reader.Connection.Query<(long, string)>(
            "SELECT customer_id, id FROM usage_event WHERE workspace_id = @ws GROUP BY customer_id, id HAVING COUNT(*) > 1 LIMIT 100", new { ws = workspace.Key }))
        {
            Report(Words($"customer {customer} has the event {WalletSession.Shown(id)} twice"));
        }
    }

    private void Report(string difference)
    {
        if (_differences.Count < MaxDifferences)
        {
            _differences.Add(difference);
        }
    }

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
