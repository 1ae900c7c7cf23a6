using System.Globalization;
using Dapper;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Chains;
using McpBilling.Storage.Reading;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Verifying;

/// <summary>
/// Rebuilds every account, grant, hold and debt from the entries alone and compares them with what is stored; checks that entries form unbroken chains,
/// that every key was used once, that each period's charges are what its price says, and that the ledger is what digests said that it was. Reads one snapshot,
/// while servers may go on writing.
/// </summary>
public sealed class Verifier(Database database) : IVerifier
{
    private const int MaxDifferences = 1000;

    private readonly List<string> _differences = [];

    public Task<Verification> Verify(CancellationToken cancellation) => Verify(ExportedDigests.None, cancellation);

    public Task<Verification> Verify(ExportedDigests exported, CancellationToken cancellation) => Task.Run(() => Run(exported, cancellation), cancellation);

    private Verification Run(ExportedDigests exported, CancellationToken cancellation)
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
            var secrets = DatabaseSecrets.Read(reader.Connection);
            var ids = new PublicIds(BitConverter.ToInt64(secrets.IdSecret));
            var digests = Digests(reader, secrets, exported);
            foreach (long key in reader.Connection.Query<long>("SELECT workspace_id FROM workspace ORDER BY workspace_id").AsList())
            {
                var workspace = pool.Workspace(reader, key);
                var held = digests.Where(d => d.Digest.Workspace == key).ToList();
                var walk = new ChainWalk(reader, workspace, ids, held, Report);
                summary.Add(Workspace(reader, workspace, walk, cancellation) + Words($", {held.Count} digests"));
            }
            return true;
        });
        return new Verification(summary, [.. _differences]);
    }

    // What was exported, and the newest that the database itself keeps: who rewrites entries and does not know of it is found by that one.
    private List<DigestCheck> Digests(PooledReader reader, DatabaseSecrets secrets, ExportedDigests exported)
    {
        using var key = new DigestKey(secrets);
        var modes = reader.Connection.Query<(long Key, string Mode)>("SELECT workspace_id, mode FROM workspace").ToDictionary(w => w.Key, w => Workspaces.ModeOf(w.Mode));
        var checks = exported.Documents
            .Select(d => DigestCheck.Read(d.Name, d.Json, exported.PublicKey, key.PublicKey, secrets.Fingerprint, modes, Report)).OfType<DigestCheck>().ToList();
        foreach (var (workspace, mode) in modes)
        {
            var blank = DigestTable.Blank(secrets.Fingerprint, key, workspace, mode);
            foreach (var kept in DigestTable.Before(reader.Connection, long.MaxValue, 1, blank))
            {
                if (!DigestKey.Signed(kept, key.PublicKey))
                {
                    Report($"{Workspaces.NameOf(mode)} the kept digest of {kept.Day} is not what was signed");
                }
                checks.Add(new DigestCheck("kept", kept));
            }
        }
        return checks;
    }

    private string Workspace(PooledReader reader, WorkspaceRecord workspace, ChainWalk walk, CancellationToken cancellation)
    {
        var replays = Replayed(reader, workspace, walk, cancellation);
        walk.Finish();
        long customers = 0, openHolds = 0, ratings = 0;
        foreach (var record in reader.Ledger.Customers.All(workspace))
        {
            cancellation.ThrowIfCancellationRequested();
            customers++;
            string name = Words($"{Workspaces.NameOf(workspace.Mode)} customer {WalletSession.Shown(record.Customer.Id)}: ");
            var replay = replays.Remove(record.Customer.Key, out var replayed) ? replayed : new Replay();
            foreach (string problem in LedgerComparison.Differences(replay, record.Wallet.Accounts.Values, record.Wallet.Holds.Values))
            {
                Report(name + problem);
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
        return Words($"{Workspaces.NameOf(workspace.Mode)}: {customers} customers, {walk.Entries} entries, {openHolds} open holds, {ratings} rating periods");
    }

    private Dictionary<long, Replay> Replayed(PooledReader reader, WorkspaceRecord workspace, ChainWalk walk, CancellationToken cancellation)
    {
        var replays = new Dictionary<long, Replay>();
        using var s = reader.Connection.Statement($"SELECT {EntryRow.Columns}, hash_1, hash_2, hash_3, hash_4 FROM entry WHERE workspace_id = ? ORDER BY seq");
        s.Bind(1, workspace.Key);
        while (s.Next())
        {
            if (walk.Entries % 10_000 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
            var row = EntryRow.Read(workspace.Key, s);
            walk.Take(row, ChainHash.Read(s, EntryRow.ColumnCount));
            if (!replays.TryGetValue(row.Customer, out var replay))
            {
                replays[row.Customer] = replay = new Replay();
            }
            try
            {
                replay.Take(new Entry(
                    reader.Ledger.Asset(workspace, row.Asset), new Instant(row.At), (EntryKind)row.Kind, (CounterAccount)row.Counter, row.Grant, row.Amount, row.Held, row.BalanceAfter,
                    row.Hold, row.CostBasis));
            }
            catch (Exception e) when (e is InvalidDataException or OverflowException)
            {
                Report(Words($"entry {row.Seq} cannot be replayed: {e.Message}"));
            }
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
