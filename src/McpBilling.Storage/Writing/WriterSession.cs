using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using System.Text;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Chains;
using McpBilling.Storage.Reading;
using McpBilling.Storage.Sums;
using McpBilling.Usage;
using McpBilling.Wallets;
using McpBilling.Webhooks;

namespace McpBilling.Storage.Writing;

/// <summary>The writer's connection: transactions and every statement that changes a row. All of it runs on the writer's thread.</summary>
internal sealed class WriterSession : IDisposable
{
    private readonly RowJson _json = new();
    private readonly DbConnection _connection;
    private readonly Statements _statements;
    private readonly WriteTransactions _transactions;
    private readonly WorkspaceLoader _workspaces;
    private readonly Statement _insertOperation, _insertEvent, _reverseEvent, _insertEntry, _insertHold, _putHold, _putCustomer, _putAccount, _putGrant, _putRating, _putItem, _insertAsset;
    private readonly Statement _latest, _clock, _catalog, _insertPrice, _archivePrice, _dueCustomers;

    /// <summary>Each question is a way over the network (<see cref="Engine.IsFar"/>).</summary>
    public bool IsFar { get; }

    /// <summary>Signs previews of catalog changes; read when the first one is made.</summary>
    public byte[] PreviewSecret => field ??= DatabaseSecrets.Read(_connection).For("catalog preview");

    /// <summary>What the secrets of webhook endpoints are derived from; read when the first one is needed.</summary>
    public byte[] WebhookSecret => field ??= DatabaseSecrets.Read(_connection).For(SigningSecret.Purpose);

    public WriterSession(DbConnection connection)
    {
        _connection = connection;
        var db = connection;
        var engine = Engine.Of(connection);
        IsFar = engine.IsFar;
        _transactions = engine.Transactions(connection);
        _statements = new Statements(db);
        _workspaces = new WorkspaceLoader(db, withKeys: true);
        Reader = new LedgerReader(db);
        Costs = new CostRows(db);
        Postings = new PostingRows(db);
        Outbox = new OutboxRows(db);
        Limits = new LimitRows(db);
        _insertOperation = _statements.Prepare(
            "INSERT INTO operation (workspace_id, seq, customer_id, kind, idempotency_key, input_hash, at, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        _insertEvent = _statements.Prepare(
            """
            INSERT INTO usage_event (workspace_id, seq, customer_id, previous, id, input_hash, event_type, at, timestamp, quantity, properties, subject, feature, hold_seq, charges, outcome, cost)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """);
        _reverseEvent = _statements.Prepare("UPDATE usage_event SET reversed = ? WHERE workspace_id = ? AND seq = ?");
        _insertEntry = _statements.Prepare(
            """
            INSERT INTO entry (workspace_id, seq, customer_id, asset_id, previous, at, kind, counter, grant_seq, amount, held, balance_after, hold_seq, cost_basis, cause_seq, hash_1, hash_2, hash_3, hash_4)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """);
        _insertHold = _statements.Prepare("INSERT INTO hold (workspace_id, seq, customer_id, status, created_at, expires_at, lines) VALUES (?, ?, ?, ?, ?, ?, ?)");
        // As an insert, of which a server takes many in one statement.
        _putHold = _statements.Prepare(
            """
            INSERT INTO hold (workspace_id, seq, customer_id, status, created_at, expires_at, lines) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (workspace_id, seq) DO UPDATE SET status = excluded.status, expires_at = excluded.expires_at, lines = excluded.lines
            """);
        _putCustomer = _statements.Prepare(
            """
            INSERT INTO customer (workspace_id, customer_id, id, name, email, metadata, frozen, created_at, next_due_at, last_event_seq, event_count)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (workspace_id, customer_id) DO UPDATE SET name = excluded.name, email = excluded.email, metadata = excluded.metadata,
                frozen = excluded.frozen, next_due_at = excluded.next_due_at, last_event_seq = excluded.last_event_seq, event_count = excluded.event_count
            """);
        _putAccount = _statements.Prepare(
            """
            INSERT INTO account (workspace_id, customer_id, asset_id, debt, overdraft_limit, overdraft_held, settled, balance, last_entry_seq, entry_count, chained_after, head_1, head_2, head_3, head_4)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (workspace_id, customer_id, asset_id) DO UPDATE SET debt = excluded.debt, overdraft_limit = excluded.overdraft_limit,
                overdraft_held = excluded.overdraft_held, settled = excluded.settled, balance = excluded.balance,
                last_entry_seq = excluded.last_entry_seq, entry_count = excluded.entry_count,
                head_1 = excluded.head_1, head_2 = excluded.head_2, head_3 = excluded.head_3, head_4 = excluded.head_4
            """);
        _putGrant = _statements.Prepare(
            """
            INSERT INTO credit_grant (workspace_id, customer_id, grant_seq, asset_id, source, status, granted, remaining, held, priority, products, created_at, effective_at, expires_at, cost_currency, cost_amount)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (workspace_id, customer_id, grant_seq) DO UPDATE SET status = excluded.status, remaining = excluded.remaining, held = excluded.held
            """);
        _putRating = _statements.Prepare(
            """
            INSERT INTO rating (workspace_id, customer_id, price_version_id, period_start, state, charged) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (workspace_id, customer_id, price_version_id, period_start) DO UPDATE SET state = excluded.state, charged = excluded.charged
            """);
        _putItem = _statements.Prepare(
            """
            INSERT INTO meter_item (workspace_id, customer_id, price_version_id, period_start, item, count, at, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (workspace_id, customer_id, price_version_id, period_start, item) DO UPDATE SET count = excluded.count, at = excluded.at, value = excluded.value
            """);
        _insertAsset = _statements.Prepare("INSERT INTO asset (workspace_id, asset_id, id, scale) VALUES (?, ?, ?, ?)");
        _latest = _statements.Prepare("UPDATE workspace SET latest_at = ? WHERE workspace_id = ?");
        _clock = _statements.Prepare("UPDATE workspace SET test_clock = ? WHERE workspace_id = ?");
        _catalog = _statements.Prepare("UPDATE workspace SET catalog_version = ?, catalog_document = ?, catalog_archive = ?, catalog_seq = ? WHERE workspace_id = ?");
        _insertPrice = _statements.Prepare(
            """
            INSERT INTO price_version (workspace_id, price_version_id, price_id, product_id, meter_id, version, effective_at, carry, archived_at, definition)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """);
        _archivePrice = _statements.Prepare("UPDATE price_version SET archived_at = ? WHERE workspace_id = ? AND price_version_id = ?");
        _dueCustomers = _statements.Prepare("SELECT customer_id FROM customer WHERE workspace_id = ? AND next_due_at <= ? ORDER BY customer_id LIMIT ?");
    }

    public LedgerReader Reader { get; }

    /// <summary>The rows of costs.</summary>
    public CostRows Costs { get; }

    /// <summary>The rows of what is added to sums later.</summary>
    public PostingRows Postings { get; }

    /// <summary>The rows of messages.</summary>
    public OutboxRows Outbox { get; }
    /// <summary>The rows of customers' own limits.</summary>
    public LimitRows Limits { get; }

    public DbConnection Connection => _connection;

    /// <summary>What is told to others, as its text.</summary>
    public string TextOf(StateAfter state) => Encoding.UTF8.GetString(_json.Of(state, StateAfter.Write).Span);

    /// <summary>Takes the write lock. Busy beyond the timeout: <see cref="StorageException"/>.</summary>
    /// <returns>What another connection may have changed since the last transaction: it is stale in memory.</returns>
    public ChangedRows Begin() => _transactions.Begin();

    /// <param name="changed">What the transaction changed.</param>
    public void Commit(Func<ChangedRows> changed) => _transactions.Commit(changed);

    /// <summary>What memory holds may not be what the file holds: the next <see cref="Begin"/> says so.</summary>
    public void Distrust() => _transactions.Distrust();

    public void Rollback() => _transactions.Rollback();

    public void InsertOperation(long workspaceKey, long seq, long customerKey, int kind, string key, long inputHash, Instant at, ReadOnlyMemory<byte> outcome) =>
        _insertOperation.Bind(1, workspaceKey).Bind(2, seq).Bind(3, customerKey).Bind(4, kind).Bind(5, key).Bind(6, inputHash).Bind(7, at.Microseconds).BindUtf8(8, outcome).Run();

    public void InsertEvent(
        long workspaceKey, long seq, long customerKey, long previous, long inputHash, UsageEvent e, Instant at, long? holdKey, ImmutableArray<EventCharge> charges, ReadOnlyMemory<byte> outcome) =>
        _insertEvent.Bind(1, workspaceKey).Bind(2, seq).Bind(3, customerKey).Bind(4, previous).Bind(5, e.Id).Bind(6, inputHash).Bind(7, e.EventType)
            .Bind(8, at.Microseconds).Bind(9, e.Timestamp.Microseconds).Bind(10, Quantity.Format(e.Quantity)).Bind(11, e.Properties.Json)
            .Bind(12, RowText.Subject(e.Subject)).Bind(13, e.Feature).Bind(14, holdKey).Bind(15, EventChargeText.Write(charges)).BindUtf8(16, outcome).Bind(17, e.Cost is { } cost ? CostMoney.Format(cost) : null).Run();

    public void ReverseEvent(long workspaceKey, long seq, ImmutableArray<EventCharge> charges) =>
        _reverseEvent.Bind(1, EventChargeText.Write(charges)).Bind(2, workspaceKey).Bind(3, seq).Run();

    public void InsertEntry(in EntryRow e, in ChainHash hash) =>
        _insertEntry.Bind(1, e.Workspace).Bind(2, e.Seq).Bind(3, e.Customer).Bind(4, e.Asset).Bind(5, e.Previous).Bind(6, e.At).Bind(7, e.Kind).Bind(8, e.Counter).Bind(9, e.Grant)
            .Bind(10, e.Amount).Bind(11, e.Held).Bind(12, e.BalanceAfter).Bind(13, e.Hold).Bind(14, e.CostBasis).Bind(15, e.Cause)
            .Bind(16, hash.First).Bind(17, hash.Second).Bind(18, hash.Third).Bind(19, hash.Fourth).Run();

    public void PutHold(long workspaceKey, long customerKey, Hold hold, bool isNew)
    {
        var put = isNew ? _insertHold : _putHold;
        put.Bind(1, workspaceKey).Bind(2, hold.Key).Bind(3, customerKey).Bind(4, (long)hold.Status).Bind(5, hold.CreatedAt.Microseconds)
            .Bind(6, hold.ExpiresAt.Microseconds).Bind(7, RowText.Lines(hold.Lines)).Run();
    }

    public void PutCustomer(long workspaceKey, CustomerRecord record)
    {
        var c = record.Customer;
        _putCustomer.Bind(1, workspaceKey).Bind(2, c.Key).Bind(3, c.Id).Bind(4, c.Name).Bind(5, c.Email).Bind(6, c.Metadata).Bind(7, c.Frozen ? 1 : 0L)
            .Bind(8, c.CreatedAt.Microseconds).Bind(9, record.NextDue == Instant.Never ? null : record.NextDue.Microseconds).Bind(10, record.LastEvent).Bind(11, record.EventCount).Run();
    }

    public void PutAccount(long workspaceKey, long customerKey, Account account, AccountChain chain) =>
        ChainHash.Bind(_putAccount.Bind(1, workspaceKey).Bind(2, customerKey).Bind(3, chain.AssetKey).Bind(4, account.Debt).Bind(5, account.OverdraftLimit).Bind(6, account.OverdraftHeld)
            .Bind(7, UseTrail.Write(account.Settled)).Bind(8, account.Balance).Bind(9, chain.LastEntry).Bind(10, chain.EntryCount).Bind(11, chain.ChainedAfter), 12, chain.Head).Run();

    public void PutGrant(long workspaceKey, long customerKey, long assetKey, Grant g) =>
        _putGrant.Bind(1, workspaceKey).Bind(2, customerKey).Bind(3, g.Key).Bind(4, assetKey).Bind(5, (long)g.Source).Bind(6, (long)g.Status).Bind(7, g.Granted).Bind(8, g.Remaining)
            .Bind(9, g.Held).Bind(10, g.Priority).Bind(11, RowText.Products(g.Products)).Bind(12, g.CreatedAt.Microseconds).Bind(13, g.EffectiveAt.Microseconds)
            .Bind(14, g.ExpiresAt == Instant.Never ? null : g.ExpiresAt.Microseconds).Bind(15, g.CostBasis?.Currency.Id).Bind(16, g.CostBasis?.Amount).Run();

    public void PutRating(long workspaceKey, long customerKey, RatingKey key, RatingRow row) =>
        _putRating.Bind(1, workspaceKey).Bind(2, customerKey).Bind(3, key.VersionKey).Bind(4, key.PeriodStart.Microseconds).Bind(5, row.ToText()).Bind(6, row.Charged).Run();

    public void PutItem(long workspaceKey, long customerKey, RatingKey key, MeterItem item) =>
        _putItem.Bind(1, workspaceKey).Bind(2, customerKey).Bind(3, key.VersionKey).Bind(4, key.PeriodStart.Microseconds).Bind(5, item.Item).Bind(6, item.Count)
            .Bind(7, item.At.Microseconds).Bind(8, Quantity.Format(item.Value)).Run();

    public void SetLatest(long workspaceKey, Instant latest) => _latest.Bind(1, latest.Microseconds).Bind(2, workspaceKey).Run();

    public void SetClock(long workspaceKey, Instant? clock) => _clock.Bind(1, clock?.Microseconds).Bind(2, workspaceKey).Run();

    /// <param name="after">The last operation or event before the change.</param>
    public void SetCatalog(long workspaceKey, CatalogChange change, long after)
    {
        var stored = change.Next.Stored;
        _catalog.Bind(1, stored.Version).Bind(2, stored.DocumentJson).Bind(3, stored.ArchiveJson).Bind(4, after).Bind(5, workspaceKey).Run();
        foreach (var p in change.NewPrices)
        {
            _insertPrice.Bind(1, workspaceKey).Bind(2, p.Key).Bind(3, p.PriceId).Bind(4, p.ProductId).Bind(5, p.MeterId).Bind(6, p.Version).Bind(7, p.EffectiveAt.Microseconds)
                .Bind(8, p.Carry ? 1 : 0L).Bind(9, p.ArchivedAt?.Microseconds).Bind(10, p.DefinitionJson).Run();
        }
        foreach (var p in change.ArchivedPrices)
        {
            _archivePrice.Bind(1, p.ArchivedAt?.Microseconds).Bind(2, workspaceKey).Bind(3, p.Key).Run();
        }
    }

    public long InsertAsset(WorkspaceRecord workspace, Asset asset)
    {
        long key = ++workspace.LastAsset;
        _insertAsset.Bind(1, workspace.Key).Bind(2, key).Bind(3, asset.Id).Bind(4, asset.Scale).Run();
        workspace.AssetKeys[asset.Id] = key;
        workspace.Assets[key] = asset;
        return key;
    }

    public List<long> DueCustomers(long workspaceKey, Instant now, int limit)
    {
        var keys = new List<long>();
        _dueCustomers.Bind(1, workspaceKey).Bind(2, now.Microseconds).Bind(3, limit);
        while (_dueCustomers.Next())
        {
            keys.Add(_dueCustomers.Long(0));
        }
        return keys;
    }

    /// <summary>Brings the memory up to what another connection has written, in the write transaction and before its first change.</summary>
    /// <param name="foreign">What it has written.</param>
    public void CatchUp(WriterMemory memory, ChangedRows foreign)
    {
        if (foreign == ChangedRows.Anything)
        {
            CatchUp(memory);
            return;
        }
        var told = foreign.Transactions.Select(t => (Rows: t, State: t.State is { } text ? StateAfter.Read(text) : null)).ToList();
        if (told.TrueForAll(t => t.State is not null || t.Rows.Workspaces.Count == 0))
        {
            told.ForEach(t => t.State?.ApplyTo(memory, t.Rows));
            return;
        }
        foreach (var (key, customers) in foreign.Workspaces)
        {
            using var keys = new KeyLoader(_connection, memory, key);
            keys.Expect();
            if (memory.Workspaces.TryGetValue(key, out var known))
            {
                memory.Workspaces[key] = LoadWorkspace(key, known.Catalog, known.OwnPrices);
            }
            keys.Read();
            memory.Forget(key, customers);
        }
    }

    // It may have written nothing that is kept here: whoever changes the ledger adds an operation, an event, an entry or a message, or changes the workspace's row or
    // who listens. Else all is forgotten but what was read here. Of a workspace that was not asked for here nothing is kept but keys.
    private void CatchUp(WriterMemory memory)
    {
        var present = memory.Workspaces.ToDictionary(known => known.Key, known => LoadWorkspace(known.Key, known.Value.Catalog, known.Value.OwnPrices));
        if (present.Any(w => !w.Value.IsAsFarAs(memory.Workspaces[w.Key])))
        {
            memory.Forget();
        }
        // Also of one in which only postings were added to sums, which is nothing of any customer.
        foreach (var (key, workspace) in present)
        {
            memory.Workspaces[key] = workspace;
        }
        KeyLoader.CatchUp(_connection, memory);
    }

    /// <param name="known">A catalog that may still be the present one.</param>
    /// <param name="knownPrices">Own prices that may still be the present ones.</param>
    public WorkspaceRecord LoadWorkspace(long workspaceKey, CatalogSnapshot? known, OwnPrices? knownPrices = null) =>
        _workspaces.Load(workspaceKey, known, knownPrices);

    public void Dispose()
    {
        Reader.Dispose();
        Costs.Dispose();
        Postings.Dispose();
        Outbox.Dispose();
        Limits.Dispose();
        _workspaces.Dispose();
        _json.Dispose();
        _statements.Dispose();
        _transactions.Dispose();
        _connection.Dispose();
    }
}
