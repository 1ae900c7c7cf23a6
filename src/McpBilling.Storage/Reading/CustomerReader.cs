using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Payments;
using McpBilling.Storage.Chains;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Reading;

/// <summary>Reads customers with their wallets: one or many in two questions, and of one that is known only what has changed. Belongs to one connection and one thread at a time.</summary>
internal sealed class CustomerReader : IDisposable
{
    private const string CustomerColumns = "customer_id, id, name, email, metadata, frozen, created_at, next_due_at, last_event_seq, event_count";

    // Rows that are asked for by their keys, so many in one question, or so few: each has its part of the plan. A key that is 0 is no row's.
    private const int AtOnce = 20, Few = 2;

    // Customers that are read together where all are read.
    private const int Page = 500;

    private readonly Statements _statements;
    private readonly Statement _keysAfter, _customerById, _customerByKey, _accounts, _liveGrants, _openHolds, _autoRecharges, _limits;
    private readonly (Statement Many, Statement Few) _liveGrantsOf, _holds;

    // What is read of a customer beside its own row, each by workspace and customer: all, and where grants and holds are known but for some.
    private readonly Statement[] _ofCustomer, _ofKnown;
    private readonly Func<WorkspaceRecord, long, Asset> _assetOf;

    /// <param name="assetOf">The asset of a key.</param>
    public CustomerReader(DbConnection db, Func<WorkspaceRecord, long, Asset> assetOf)
    {
        _assetOf = assetOf;
        _statements = new Statements(db);
        _keysAfter = _statements.Prepare($"SELECT customer_id FROM customer WHERE workspace_id = ? AND customer_id > ? ORDER BY customer_id LIMIT {Page.ToString(CultureInfo.InvariantCulture)}");
        _customerById = _statements.Prepare($"SELECT {CustomerColumns} FROM customer WHERE workspace_id = ? AND id = ?");
        _customerByKey = _statements.Prepare($"SELECT {CustomerColumns} FROM customer WHERE workspace_id = ? AND customer_id = ?");
        _accounts = _statements.Prepare("SELECT asset_id, debt, overdraft_limit, overdraft_held, settled, last_entry_seq, entry_count, chained_after, head_1, head_2, head_3, head_4 FROM account WHERE workspace_id = ? AND customer_id = ?");
        // Grants that are over stay out of the state: not scheduled, and nothing remaining.
        _liveGrants = _statements.Prepare($"SELECT {LedgerReader.GrantColumns} FROM credit_grant WHERE workspace_id = ? AND customer_id = ? AND (status = 0 OR remaining > 0)");
        _liveGrantsOf = PrepareOfKeys($"SELECT {LedgerReader.GrantColumns} FROM credit_grant WHERE workspace_id = ?1 AND customer_id = ?2 AND grant_seq = ? AND (status = 0 OR remaining > 0)");
        // Without statistics SQLite prefers the primary key, by which it reads every hold that the workspace ever had.
        _openHolds = _statements.Prepare($"SELECT {LedgerReader.HoldColumns} FROM hold INDEXED BY hold_open WHERE workspace_id = ? AND customer_id = ? AND status = 0");
        _holds = PrepareOfKeys($"SELECT {LedgerReader.HoldColumns} FROM hold WHERE workspace_id = ?1 AND seq = ?");
        _autoRecharges = _statements.Prepare($"SELECT {AutoRechargeTable.Columns} FROM auto_recharge WHERE workspace_id = ? AND customer_id = ? ORDER BY asset");
        _limits = _statements.Prepare("SELECT asset, cap, period, period_start, spent, low_balance FROM customer_limit WHERE workspace_id = ? AND customer_id = ?");
        _ofKnown = [_limits, _accounts, _autoRecharges];
        _ofCustomer = [.. _ofKnown, _liveGrants, _openHolds];
    }

    /// <summary>All customers of a workspace, some at a time.</summary>
    public IEnumerable<CustomerRecord> All(WorkspaceRecord workspace)
    {
        for (long last = 0; ;)
        {
            var keys = new List<WantedCustomer>(Page);
            _keysAfter.Bind(1, workspace.Key).Bind(2, last);
            while (_keysAfter.Next())
            {
                last = _keysAfter.Long(0);
                keys.Add(new WantedCustomer(null, last, null));
            }
            foreach (var record in Read(workspace, keys))
            {
                yield return record;
            }
            if (keys.Count < Page)
            {
                yield break;
            }
        }
    }

    /// <summary>Says that this customer will be read by its id, and no other before.</summary>
    public void Expect(long workspaceKey, string id) => BindOwn(workspaceKey, new WantedCustomer(id, 0, null)).Expect();

    /// <summary>The customer; null where there is none.</summary>
    public CustomerRecord? Read(WorkspaceRecord workspace, WantedCustomer wanted) => Read(workspace, [wanted]) is [var found] ? found : null;

    /// <summary>Those of the customers that there are: by their keys in one question however many they are, by their ids in two.</summary>
    public List<CustomerRecord> Read(WorkspaceRecord workspace, IReadOnlyCollection<WantedCustomer> wanted)
    {
        // In the order in which the rest can be asked for, in which it is read as well.
        var ordered = wanted.OrderBy(one => one.Id is not null).ToList();
        foreach (var one in ordered)
        {
            // One alone may have been expected before.
            if (one.Id is null || ordered.Count > 1)
            {
                BindOwn(workspace.Key, one).Expect();
            }
            if (one.Id is null)
            {
                ExpectRest(workspace, one.Key, one.Known);
            }
        }
        List<(WantedCustomer Wanted, OwnRow Row)> found = [.. from one in ordered let row = Row(BindOwn(workspace.Key, one)) where row is not null select (one, row)];
        foreach (var (one, row) in found.Where(f => f.Wanted.Id is not null))
        {
            ExpectRest(workspace, row.Customer.Key, one.Known);
        }
        return [.. found.Select(f => Whole(workspace, f.Row, f.Wanted.Known))];
    }

    public void Dispose()
    {
        _statements.Dispose();
    }

    private void ExpectRest(WorkspaceRecord workspace, long customerKey, KnownCustomer? known)
    {
        foreach (var statement in known is null ? _ofCustomer : _ofKnown)
        {
            statement.Bind(1, workspace.Key).Bind(2, customerKey).Expect();
        }
        if (known is { Changed: var changed })
        {
            foreach (var statement in ChangedGrants(workspace, customerKey, changed).Concat(ChangedHolds(workspace, changed)))
            {
                statement.Expect();
            }
        }
    }

    private Statement BindOwn(long workspaceKey, WantedCustomer one) =>
        one.Id is { } id ? _customerById.Bind(1, workspaceKey).Bind(2, id) : _customerByKey.Bind(1, workspaceKey).Bind(2, one.Key);

    // Bound anew for each some of the keys.
    private IEnumerable<Statement> ChangedGrants(WorkspaceRecord workspace, long customerKey, CustomerRows rows) =>
        rows.Grants.Chunk(AtOnce).Select(keys => BindKeys(_liveGrantsOf, keys, workspace.Key, customerKey));

    private IEnumerable<Statement> ChangedHolds(WorkspaceRecord workspace, CustomerRows rows) => rows.Holds.Keys.Chunk(AtOnce).Select(keys => BindKeys(_holds, keys, workspace.Key));

    private static OwnRow? Row(Statement row)
    {
        if (!row.Next())
        {
            return null;
        }
        var found = new OwnRow(
            new Customer(row.Long(0), row.Text(1), row.TextOrNull(2), row.TextOrNull(3), row.TextOrNull(4), row.Long(5) != 0, new Instant(row.Long(6))),
            row.LongOrNull(7) is { } next ? new Instant(next) : Instant.Never, row.Long(8), row.Long(9));
        row.Reset();
        return found;
    }

    private CustomerRecord Whole(WorkspaceRecord workspace, OwnRow own, KnownCustomer? known)
    {
        var customer = own.Customer with { Limits = LimitsOf(workspace, own.Customer.Key) };

        var grants = new Dictionary<string, ImmutableArray<Grant>.Builder>(StringComparer.Ordinal);
        if (known is null)
        {
            AddGrants(grants, workspace, _liveGrants.Bind(1, workspace.Key).Bind(2, customer.Key));
        }
        else
        {
            foreach (var account in known.Before.Wallet.Accounts.Values)
            {
                GrantsOf(grants, account.Asset).AddRange(account.Grants.Where(g => !known.Changed.Grants.Contains(g.Key)));
            }
            foreach (var statement in ChangedGrants(workspace, customer.Key, known.Changed))
            {
                AddGrants(grants, workspace, statement);
            }
        }
        var accounts = new List<Account>();
        var chains = ImmutableDictionary.CreateBuilder<string, AccountChain>(StringComparer.Ordinal);
        _accounts.Bind(1, workspace.Key).Bind(2, customer.Key);
        while (_accounts.Next())
        {
            var asset = _assetOf(workspace, _accounts.Long(0));
            accounts.Add(new Account(
                asset, grants.TryGetValue(asset.Id, out var held) ? held.ToImmutable() : [], _accounts.Long(1), _accounts.Long(2), _accounts.Long(3),
                UseTrail.Read(_accounts.Text(4))));
            chains[asset.Id] = new AccountChain(_accounts.Long(0), _accounts.Long(5), _accounts.Long(6)) { ChainedAfter = _accounts.Long(7), Head = ChainHash.Read(_accounts, 8) };
        }
        return new CustomerRecord(
            customer, WalletOf(workspace, customer.Key, accounts, known), chains.ToImmutable(), ImmutableDictionary<RatingKey, RatingRow?>.Empty, own.LastEvent, own.EventCount, own.Due)
        {
            AutoRecharges = AutoRecharges(workspace, customer.Key),
        };
    }

    private WalletState WalletOf(WorkspaceRecord workspace, long customerKey, List<Account> accounts, KnownCustomer? known)
    {
        var holds = new List<Hold>();
        if (known is null)
        {
            AddHolds(holds, workspace, _openHolds.Bind(1, workspace.Key).Bind(2, customerKey));
            return WalletState.Restore(accounts, holds);
        }
        foreach (var statement in ChangedHolds(workspace, known.Changed))
        {
            AddHolds(holds, workspace, statement);
        }
        return known.Before.Wallet.RestoreLater(accounts, holds);
    }

    private void AddGrants(Dictionary<string, ImmutableArray<Grant>.Builder> grants, WorkspaceRecord workspace, Statement row)
    {
        while (row.Next())
        {
            GrantsOf(grants, _assetOf(workspace, row.Long(13))).Add(LedgerReader.ReadGrant(row));
        }
    }

    private static ImmutableArray<Grant>.Builder GrantsOf(Dictionary<string, ImmutableArray<Grant>.Builder> grants, Asset asset) =>
        grants.TryGetValue(asset.Id, out var list) ? list : grants[asset.Id] = ImmutableArray.CreateBuilder<Grant>();

    private static void AddHolds(List<Hold> holds, WorkspaceRecord workspace, Statement row)
    {
        while (row.Next())
        {
            holds.Add(LedgerReader.ReadHold(row, workspace));
        }
    }

    // Not by IN: PostgreSQL, which takes a table without statistics for small, then reads every row of the workspace.
    private (Statement Many, Statement Few) PrepareOfKeys(string sql)
    {
        Statement Times(int count) => _statements.Prepare(string.Join(" UNION ALL ", Enumerable.Repeat(sql, count)));
        return (Times(AtOnce), Times(Few));
    }

    private static Statement BindKeys((Statement Many, Statement Few) statements, long[] keys, params ReadOnlySpan<long> before)
    {
        var (statement, count) = keys.Length > Few ? (statements.Many, AtOnce) : (statements.Few, Few);
        int index = 0;
        foreach (long value in before)
        {
            statement.Bind(++index, value);
        }
        for (int i = 0; i < count; i++)
        {
            statement.Bind(++index, i < keys.Length ? keys[i] : 0L);
        }
        return statement;
    }

    private ImmutableArray<AutoRecharge> AutoRecharges(WorkspaceRecord workspace, long customerKey)
    {
        var found = ImmutableArray.CreateBuilder<AutoRecharge>();
        _autoRecharges.Bind(1, workspace.Key).Bind(2, customerKey);
        while (_autoRecharges.Next())
        {
            found.Add(AutoRechargeTable.Read(_autoRecharges, workspace.Catalog));
        }
        return found.DrainToImmutable();
    }

    private CustomerLimits LimitsOf(WorkspaceRecord workspace, long customerKey)
    {
        var limits = CustomerLimits.None;
        _limits.Bind(1, workspace.Key).Bind(2, customerKey);
        while (_limits.Next())
        {
            limits = limits.With(new AssetLimits(
                _limits.Text(0), _limits.LongOrNull(1), (CapPeriod)_limits.Int(2), new Instant(_limits.Long(3)), _limits.Long(4), _limits.LongOrNull(5)));
        }
        return limits;
    }

    // What a customer's own row says.
    private sealed record OwnRow(Customer Customer, Instant Due, long LastEvent, long EventCount);
}

/// <summary>A customer as it was read before, and what has changed since.</summary>
internal sealed record KnownCustomer(CustomerRecord Before, CustomerRows Changed);

/// <summary>A customer to be read.</summary>
/// <param name="Id">By which it is found; null: by its key.</param>
/// <param name="Known">What need not be read again; null: all is read.</param>
internal readonly record struct WantedCustomer(string? Id, long Key, KnownCustomer? Known);
