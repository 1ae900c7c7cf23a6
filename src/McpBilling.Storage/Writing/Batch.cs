using System.Collections.Immutable;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Costs.Reconciliation;
using McpBilling.Insights.Margins;
using McpBilling.Integration;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Storage.Chains;
using McpBilling.Storage.Reading;
using McpBilling.Storage.Sums;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>
/// The commands of one transaction, decided one after the other on what the earlier ones left. What only grows (operations, events, entries) is written at
/// once; what is changed again and again (accounts, grants, holds, ratings, customers) once per batch, at the end. Nothing of it reaches the shared
/// memory before the commit.
/// </summary>
internal sealed class Batch(WriterSession session, WriterMemory memory, TimeProvider time, PublicIds ids)
{
    private readonly Dictionary<long, WorkspaceRecord> _workspaces = [];
    private readonly BatchCustomers _customers = new(session, memory, ids);
    private readonly BatchCaptures _captures = new(session, memory);
    private readonly BatchKeys _keys = new(memory);
    private readonly HashSet<long> _touchedWorkspaces = [];
    private readonly Dictionary<long, BatchSums> _sums = [];

    /// <summary>A write failed half-way: the transaction must not be committed.</summary>
    public bool IsBroken { get; internal set; }

    /// <summary>All that it changes of what other writers keep in memory is known, so that they are told.</summary>
    public bool IsTold { get; set; } = session.IsFar;

    /// <summary>The commands that are on no customer.</summary>
    public WorkspaceBatch OfWorkspace => field ??= new WorkspaceBatch(this, session, time, ids);

    /// <summary>The commands that are on webhooks.</summary>
    public WebhookBatch OfWebhooks => field ??= new WebhookBatch(this, session, time, ids);
    /// <summary>The commands of exports of usage.</summary>
    public BatchExports Exports => field ??= new BatchExports(this, session);

    /// <summary>Reads together what the commands will ask for one after the other, where each question is a way over the network.</summary>
    public void ReadAhead(List<PendingCommand> commands, int first) => _customers.ReadAhead(commands, first, Workspace, time, Replays);

    /// <summary>Decides one command on a customer and writes its rows.</summary>
    /// <exception cref="BillingException">Refused; nothing of it was written.</exception>
    public object Run(ICustomerCommand command, Caller caller)
    {
        var workspace = Workspace(caller.WorkspaceKey);
        var facts = new BatchFacts(this, workspace, ids, workspace.Now(time));
        var record = _customers.Target(command, workspace, facts.Now, out bool isNew);
        if (!isNew && command.IdempotencyKey is { } key && Replays.Find(workspace, record.Customer.Key, command.Kind, key) is { } found)
        {
            return Again(command, found, record, facts);
        }
        var usage = SessionOf(command, record, isNew, facts);
        usage.BringUp();
        // Whoever only costs has not signed up: the app's own work, and what nobody said whose it was.
        if (isNew && command.CustomerId is not (CostEvent.Internal or CostEvent.Unattributed))
        {
            usage.SignUp();
        }
        object output = command.Decide(usage);
        if (usage is PaymentSession { AutoRecharges.Count: > 0 } payments)
        {
            AutoRecharging.Begin(payments);
        }
        IsBroken = true;
        Write(command, usage, record, isNew, output, workspace, facts);
        IsBroken = false;
        return output;
    }

    public ApplyCatalogOutput Run(CatalogCommand command, Caller caller)
    {
        var workspace = Workspace(caller.WorkspaceKey);
        var now = workspace.Now(time);
        var change = command.Decide(workspace.Catalog, now);
        var previews = new CatalogPreviews(session.PreviewSecret, workspace.Key);
        command.RequirePreview(change, previews, workspace.Mode, now);
        if (!command.DryRun && change.ChangesAnything)
        {
            IsBroken = true;
            session.SetCatalog(workspace.Key, change, workspace.LastOperation);
            IsBroken = false;
            workspace.Catalog = change.Next;
            workspace.Assets.Clear();
        }
        return command.Answer(change, previews, now);
    }

    public TestClockOutput Run(ClockCommand command, Caller caller)
    {
        var workspace = Workspace(caller.WorkspaceKey);
        if (workspace.Mode == Mode.Live)
        {
            throw new BillingException(ErrorCode.LiveWorkspace, "A live workspace has no test clock.");
        }
        var answer = command.Decide(workspace.Now(time), Instant.From(time.GetUtcNow()), workspace.Latest, workspace.TestClock is not null);
        workspace.TestClock = answer.Real ? null : answer.Now;
        IsBroken = true;
        session.SetClock(workspace.Key, workspace.TestClock);
        BringUpAll(workspace);
        IsBroken = false;
        return answer with { Now = workspace.Now(time) };
    }

    /// <summary>Posts what fell due by now, for at most so many customers.</summary>
    public int BringUp(long workspaceKey, int limit)
    {
        var workspace = Workspace(workspaceKey);
        var due = session.DueCustomers(workspaceKey, workspace.Now(time), limit);
        IsBroken = true;
        foreach (long customerKey in _customers.ReadAhead(workspace, due))
        {
            BringUpOne(workspace, customerKey);
        }
        IsBroken = false;
        return due.Count;
    }

    /// <summary>Changes a page and changes it back, so that the commit has something to write and nothing is different after it.</summary>
    public object Touch()
    {
        session.Connection.Execute("INSERT INTO meta (name, value) VALUES ('touch', '') ON CONFLICT DO NOTHING");
        session.Connection.Execute("DELETE FROM meta WHERE name = 'touch'");
        return this;
    }

    /// <summary>Writes what changed, each row once.</summary>
    public void Flush()
    {
        foreach (var ((workspaceKey, _), changed) in _customers.Changed)
        {
            changed.Flush(session, workspaceKey);
        }
        foreach (long key in _touchedWorkspaces)
        {
            session.SetLatest(key, _workspaces[key].Latest);
        }
        foreach (var (key, sums) in _sums)
        {
            sums.Flush(session, _workspaces[key]);
        }
    }

    /// <summary>What the batch changed of that which other writers keep in memory.</summary>
    public ChangedRows ChangedRows()
    {
        var rows = new ChangedRows();
        foreach (long workspace in _workspaces.Keys)
        {
            rows.Add(workspace);
        }
        foreach (var ((workspace, customer), changed) in _customers.Changed)
        {
            changed.AddTo(rows.Add(workspace, customer));
        }
        rows.State = IsTold ? session.TextOf(StateAfter()) : null;
        return rows;
    }

    private StateAfter StateAfter() => new(
    [
        .. _workspaces.Values.Select(w => new WorkspaceAfter(
            w.Key, WorkspaceCounters.Of(w), _keys.Of(w),
            [.. _customers.Changed.Where(c => c.Key.Workspace == w.Key).Select(c => c.Value.After()).OfType<CustomerAfter>()])),
    ]);

    /// <summary>After the commit: what the batch learned becomes what the writer knows.</summary>
    public void Publish()
    {
        foreach (var (key, workspace) in _workspaces)
        {
            memory.Workspaces[key] = workspace;
            memory.Catalogs[key] = workspace.Catalog;
            memory.Prices[key] = workspace.OwnPrices;
        }
        foreach (var ((workspaceKey, _), changed) in _customers.Changed)
        {
            changed.Publish(memory, workspaceKey);
        }
        _customers.PublishRead();
        _captures.Publish();
        _keys.Publish();
        foreach (var (key, workspace) in _workspaces)
        {
            memory.Indexed[key] = workspace.LastOperation;
        }
    }

    internal WriterSession Session => session;

    internal BatchCustomers Customers => _customers;

    internal BatchCaptures Captures => _captures;

    internal BatchReplays Replays => field ??= new BatchReplays(session, _keys);

    /// <summary>What is told to others.</summary>
    internal BatchOutbox Outbox { get; } = new(session, time);

    internal PublicIds Ids => ids;

    internal StoredEvent? FindEvent(WorkspaceRecord workspace, long customerKey, string eventId) =>
        Replays.Find(workspace, customerKey, CommandKind.RecordUsage, eventId) is { Row: var row } ? Replays.Event(workspace, row)?.Event : null;

    internal StoredCost? FindCost(WorkspaceRecord workspace, long customerKey, string id) =>
        Replays.Find(workspace, customerKey, CommandKind.RecordCost, id) is { Row: var row } ? Replays.Cost(workspace, row)?.Cost : null;

    internal WorkspaceRecord Workspace(long key)
    {
        if (_workspaces.TryGetValue(key, out var own))
        {
            return own;
        }
        own = memory.Workspaces.TryGetValue(key, out var known) ? known.Copy() : session.LoadWorkspace(key, memory.Catalogs.GetValueOrDefault(key), memory.Prices.GetValueOrDefault(key));
        _workspaces[key] = own;
        return own;
    }

    private static UsageSession SessionOf(ICustomerCommand command, CustomerRecord record, bool isNew, BatchFacts facts) =>
        !record.AutoRecharges.IsEmpty || command.Kind is >= CommandKind.CreateTopUp and <= CommandKind.SetAutoRecharge
            ? new PaymentSession(record.Customer, isNew, record.Wallet, facts)
            : new UsageSession(record.Customer, isNew, record.Wallet, facts);

    // The same key again: the stored answer when the input is the same; else what precedes a conflict (wallets.md, Refusals), or the conflict.
    private static object Again(ICustomerCommand command, Acknowledged before, CustomerRecord record, BatchFacts facts)
    {
        var usage = SessionOf(command, record, false, facts);
        if (before.InputHash == command.InputHash)
        {
            return command.Replay(before.Outcome, usage);
        }
        try
        {
            usage.BringUp();
            command.Decide(usage);
        }
        catch (BillingException e) when (Precedes.Contains(e.Code))
        {
            throw;
        }
        catch (BillingException)
        {
        }
        string field = command.Kind is CommandKind.RecordUsage or CommandKind.RecordCost ? "id" : "idempotency_key";
        throw new BillingException(ErrorCode.IdempotencyConflict, $"{field} {WalletSession.Shown(command.IdempotencyKey!)} was used before with other input.", field);
    }

    private static readonly HashSet<ErrorCode> Precedes =
        [ErrorCode.CustomerNotFound, ErrorCode.CustomerFrozen, ErrorCode.AssetNotFound, ErrorCode.AmountInvalid, ErrorCode.InvalidRequest, ErrorCode.InvalidEvent];

    private void BringUpAll(WorkspaceRecord workspace)
    {
        // What the batch itself holds in memory first: its rows are not written yet.
        foreach (var (id, changed) in _customers.Changed.ToList())
        {
            if (id.Workspace == workspace.Key && changed.Record.NextDue <= workspace.Now(time))
            {
                BringUpOne(workspace, id.Customer);
            }
        }
        foreach (long customerKey in _customers.ReadAhead(workspace, session.DueCustomers(workspace.Key, workspace.Now(time), int.MaxValue)))
        {
            BringUpOne(workspace, customerKey);
        }
    }

    private void BringUpOne(WorkspaceRecord workspace, long customerKey)
    {
        if (_customers.ByKey(workspace, customerKey) is { } record)
        {
            var facts = new BatchFacts(this, workspace, ids, workspace.Now(time));
            var usage = new UsageSession(record.Customer, false, record.Wallet, facts);
            usage.BringUp();
            WriteWallet(usage, record, false, workspace, facts, 0, record.LastEvent, record.EventCount);
            Outbox.Tell(workspace, record.Wallet, usage);
        }
    }

    private void Write(ICustomerCommand command, UsageSession usage, CustomerRecord record, bool isNew, object output, WorkspaceRecord workspace, BatchFacts facts)
    {
        long customerKey = record.Customer.Key;
        if (isNew)
        {
            workspace.LastCustomer = customerKey;
        }
        bool isEvent = command.Kind == CommandKind.RecordUsage, isCost = command.Kind == CommandKind.RecordCost;
        long cause = facts.OperationKey;
        if (!isEvent && !isCost)
        {
            workspace.LastOperation = facts.OperationKey;
            session.InsertOperation(
                workspace.Key, facts.OperationKey, customerKey, (int)command.Kind, command.IdempotencyKey ?? "", command.InputHash, facts.Now, command.Outcome(output));
            if (command.IdempotencyKey is { } key)
            {
                _keys.Note(workspace, customerKey, command.Kind, key, facts.OperationKey);
            }
        }
        var (lastEvent, eventCount) = (record.LastEvent, record.EventCount);
        if (usage.NewEvent is { } added)
        {
            long seq = isEvent ? facts.OperationKey : facts.OperationKey + 1;
            workspace.LastOperation = seq;
            cause = seq;
            long hash = isEvent ? command.InputHash : EventHashOf(added.Event);
            session.InsertEvent(
                workspace.Key, seq, customerKey, lastEvent, hash, added.Event, facts.Now, added.HoldKey, added.Charges, isEvent ? command.Outcome(output) : default);
            _keys.Note(workspace, customerKey, CommandKind.RecordUsage, added.Event.Id, seq);
            (lastEvent, eventCount) = (seq, eventCount + 1);
            if (added.HoldKey is { } captured)
            {
                _captures.Note(workspace, customerKey, eventCount, seq, captured, added.Charges);
            }
        }
        if (usage.NewCost is { } cost)
        {
            WriteCost(command, cost.Event, cost.InputHash, usage, workspace, facts);
        }
        if (usage.Reversed is { } reversed)
        {
            session.ReverseEvent(workspace.Key, reversed.Key, reversed.Charges);
            Replays.Forget();
        }
        foreach (var ((key, _), item) in usage.Items)
        {
            session.PutItem(workspace.Key, customerKey, key, item);
        }
        if (usage is PaymentSession payments)
        {
            PaymentRows.Write(session.Connection, workspace.Key, payments, Instant.From(time.GetUtcNow()));
        }
        if (isNew || lastEvent != record.LastEvent || usage.HasChanges)
        {
            WriteWallet(usage, record, isNew, workspace, facts, cause, lastEvent, eventCount);
        }
        // Also of what left the wallet as it was: a payment that failed.
        Outbox.Tell(workspace, record.Wallet, usage);
    }

    // The event itself has been written when the cost came with one.
    private void WriteCost(ICustomerCommand command, CostEvent cost, long inputHash, UsageSession usage, WorkspaceRecord workspace, BatchFacts facts)
    {
        bool alone = command.Kind == CommandKind.RecordCost;
        (long Seq, string? Product)? with = alone || usage.NewEvent is not { } added
            ? null : (workspace.LastOperation, added.Charges.Select(c => workspace.Catalog.Versions[c.VersionKey].ProductId).FirstOrDefault());
        long seq = alone ? facts.OperationKey : workspace.LastOperation + 1;
        workspace.LastOperation = seq;
        session.Costs.Insert(workspace.Key, seq, usage.Customer.Key, inputHash, facts.Now, cost, with);
        _keys.Note(workspace, usage.Customer.Key, CommandKind.RecordCost, cost.Id, seq);
        SumsOf(workspace).Add(cost, usage.Customer.Id, with?.Product);
    }

    internal CostSums SumsOf(WorkspaceRecord workspace)
    {
        if (!_sums.TryGetValue(workspace.Key, out var sums))
        {
            sums = new BatchSums();
            _sums[workspace.Key] = sums;
        }
        return sums.Sums;
    }

    // An event that came with a capture is reported again as a capture; reported as usage, it is other input by its hold alone.
    private static long EventHashOf(UsageEvent e) => RecordUsageCommand.Hash(e.EventType, e.Quantity, e.Timestamp, e.Properties, e.Subject, e.Feature, "captured");

    private void WriteWallet(
        UsageSession usage, CustomerRecord record, bool isNew, WorkspaceRecord workspace, BatchFacts facts, long cause, long lastEvent, long eventCount)
    {
        long customerKey = record.Customer.Key;
        Earnings.Of(usage, facts.Now).AddTo(SumsOf(workspace));
        var changed = _customers.Change(workspace, record, isNew);
        var chains = record.Chains;
        foreach (var (i, entry) in usage.Entries.Index())
        {
            var chain = ChainOf(chains, entry.Asset, workspace);
            long seq = ++workspace.LastEntry;
            var before = chain.Head ?? ChainBeginning.Of(
                workspace.Key, customerKey, record.Customer.Id, chain.AssetKey, entry.Asset.Id, entry.Asset.Scale, chain.ChainedAfter, chain.EntryCount);
            var row = EntryRow.Of(workspace.Key, seq, customerKey, chain.AssetKey, chain.LastEntry, entry, i < usage.DueEntries ? 0 : cause);
            var hash = row.After(before);
            session.InsertEntry(row, hash);
            chains = chains.SetItem(entry.Asset.Id, chain with { LastEntry = seq, EntryCount = chain.EntryCount + 1, Head = hash });
        }
        foreach (var assetId in usage.State.Accounts.Keys)
        {
            if (!chains.ContainsKey(assetId))
            {
                chains = chains.SetItem(assetId, ChainOf(chains, usage.State.Accounts[assetId].Asset, workspace));
            }
        }
        foreach (var (asset, grant) in usage.Grants)
        {
            changed.Grants[grant.Key] = (grant, AssetKey(asset, workspace));
        }
        foreach (var hold in usage.Holds)
        {
            bool fresh = hold.Key == facts.OperationKey || (changed.Holds.TryGetValue(hold.Key, out var pending) && pending.IsNew);
            changed.Holds[hold.Key] = (hold, fresh);
            _customers.NoteHold(workspace, hold.Key, customerKey);
        }
        var ratings = _customers.Ratings(workspace, record);
        foreach (var (key, row) in usage.Ratings)
        {
            ratings = ratings.SetItem(key, row);
            changed.Ratings.Add(key);
        }
        changed.CustomerRow |= usage.CustomerChanged;
        changed.Record = record with
        {
            Customer = usage.Counted,
            Wallet = usage.State,
            Chains = chains,
            Ratings = ratings,
            LastEvent = lastEvent,
            EventCount = eventCount,
            NextDue = usage.State.NextDue,
            AutoRecharges = usage is PaymentSession { ChangedAutoRecharges.Count: > 0 } payments ? [.. payments.AutoRecharges] : record.AutoRecharges,
        };
        // A customer who merely has a name is no history: a test clock may still start before it.
        bool isHistory = usage.Entries.Count > 0 || usage.NewEvent is not null || usage.Grants.Count > 0 || usage.Holds.Count > 0;
        if (isHistory && facts.Now > workspace.Latest)
        {
            workspace.Latest = facts.Now;
        }
        _touchedWorkspaces.Add(workspace.Key);
    }

    private AccountChain ChainOf(ImmutableDictionary<string, AccountChain> chains, Asset asset, WorkspaceRecord workspace) =>
        chains.TryGetValue(asset.Id, out var chain) ? chain : new AccountChain(AssetKey(asset, workspace), 0, 0);

    private long AssetKey(Asset asset, WorkspaceRecord workspace)
    {
        if (workspace.AssetKeys.TryGetValue(asset.Id, out long key))
        {
            return key;
        }
        IsTold = false;
        return session.InsertAsset(workspace, asset);
    }
}
