using System.Globalization;
using Dapper;
using McpBilling.Money;
using McpBilling.Storage.Reading;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Verifying;

/// <summary>
/// Rows that repeat what others say, or point at others, compared with them: stored balances, when something falls due, chains of events, what caused an
/// entry, whose rows they are, and which grants paid a period. A row that was taken away or slipped in shows here when the ledger itself still adds up.
/// </summary>
internal sealed class RowChecks(PooledReader reader, WorkspaceRecord workspace)
{
    public IEnumerable<string> Problems() => [.. Customers(), .. Events(), .. Causes(), .. Strays(), .. Trails()];

    private IEnumerable<string> Customers()
    {
        var balances = reader.Connection.Query<(long Customer, long Asset, long Balance)>("SELECT customer_id, asset_id, balance FROM account WHERE workspace_id = @ws", new { ws = workspace.Key })
            .ToDictionary(a => (a.Customer, a.Asset), a => a.Balance);
        foreach (var record in reader.Ledger.Customers.All(workspace))
        {
            string name = $"customer {WalletSession.Shown(record.Customer.Id)}: ";
            if (record.NextDue != record.Wallet.NextDue)
            {
                yield return Words($"{name}the next thing to happen is due at {Time(record.Wallet.NextDue)}; stored is {Time(record.NextDue)}");
            }
            foreach (var (assetId, chain) in record.Chains)
            {
                long stored = balances[(record.Customer.Key, chain.AssetKey)];
                if (stored != record.Wallet.Accounts[assetId].Balance)
                {
                    yield return Words($"{name}the {assetId} balance is stored as {stored}; its grants and debt make {record.Wallet.Accounts[assetId].Balance}");
                }
            }
        }
    }

    private IEnumerable<string> Events()
    {
        var chains = new Dictionary<long, (long Last, long Count)>();
        using (var s = reader.Connection.Statement("SELECT seq, customer_id, previous FROM usage_event WHERE workspace_id = ? ORDER BY seq"))
        {
            s.Bind(1, workspace.Key);
            while (s.Next())
            {
                var (last, count) = chains.GetValueOrDefault(s.Long(1));
                if (s.Long(2) != last)
                {
                    yield return Words($"event {s.Long(0)} follows {s.Long(2)}; the customer's event before it is {last}");
                }
                chains[s.Long(1)] = (s.Long(0), count + 1);
            }
        }
        foreach (var (key, id, last, count) in reader.Connection.Query<(long, string, long, long)>(
            "SELECT customer_id, id, last_event_seq, event_count FROM customer WHERE workspace_id = @ws", new { ws = workspace.Key }))
        {
            if (chains.GetValueOrDefault(key) is var found && found != (last, count))
            {
                yield return Words($"customer {WalletSession.Shown(id)} ends at event {last} of {count}; stored are {found.Count}, the last {found.Last}");
            }
        }
    }

    // Without its cause a retry of the command would be carried out again.
    private IEnumerable<string> Causes() => Keys(
        """
        SELECT e.seq FROM entry e WHERE e.workspace_id = @ws AND e.cause_seq <> 0
            AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.workspace_id = e.workspace_id AND o.seq = e.cause_seq)
            AND NOT EXISTS (SELECT 1 FROM usage_event u WHERE u.workspace_id = e.workspace_id AND u.seq = e.cause_seq)
            AND NOT EXISTS (SELECT 1 FROM cost_event c WHERE c.workspace_id = e.workspace_id AND c.seq = e.cause_seq)
        LIMIT 100
        """).Select(seq => Words($"entry {seq} has no operation, event or cost that caused it"));

    private static readonly string[] CustomerTables = ["account", "credit_grant", "hold", "operation", "usage_event", "cost_event", "rating", "meter_item", "top_up", "refund", "dispute", "payment_fact", "processor_account"];

    private IEnumerable<string> Strays() => CustomerTables.SelectMany(table => Keys(
        $"""
        SELECT DISTINCT t.customer_id FROM {table} t WHERE t.workspace_id = @ws
            AND NOT EXISTS (SELECT 1 FROM customer c WHERE c.workspace_id = t.workspace_id AND c.customer_id = t.customer_id)
        LIMIT 100
        """).Select(key => Words($"the table {table} has rows of customer {key}, who does not exist")));

    // What a period was charged is what its grants paid and did not get back.
    private IEnumerable<string> Trails()
    {
        foreach (var (customer, version, state, charged) in reader.Connection.Query<(long, long, string, long)>(
            "SELECT customer_id, price_version_id, state, charged FROM rating WHERE workspace_id = @ws", new { ws = workspace.Key }))
        {
            long paid = UseTrail.Read(state[(state.IndexOf('|', StringComparison.Ordinal) + 1)..]).Sum(u => u.Amount);
            if (paid != charged)
            {
                yield return Words($"customer {customer} was charged {charged} by price version {version}; its grants paid {paid}");
            }
        }
    }

    private List<long> Keys(string sql) => reader.Connection.Query<long>(sql, new { ws = workspace.Key }).AsList();

    private static string Time(Instant time) => time == Instant.Never ? "never" : time.ToString();

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
