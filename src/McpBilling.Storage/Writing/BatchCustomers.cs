using System.Collections.Immutable;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Reading;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>
/// The customers of one batch: what its earlier commands did to them counts first, then what the writer remembers, then the file, which learns of the
/// batch only at its end.
/// </summary>
internal sealed class BatchCustomers(WriterSession session, WriterMemory memory, PublicIds ids)
{
    // Customers that are asked for at once: the answers wait in memory.
    private const int AtOnce = 64;

    private readonly Dictionary<(long Workspace, long Customer), ChangedCustomer> _changed = [];
    private readonly Dictionary<(long Workspace, string Id), long> _keys = [];
    private readonly Dictionary<(long Workspace, long Customer), CustomerRecord> _read = [];
    private readonly Dictionary<(long Workspace, long Hold), long> _holdOwners = [];

    // Rows that were asked for, also in vain: with a price that only holds are made by there is none, and on a server each question is a round trip.
    private readonly Dictionary<(long Workspace, long Customer), ImmutableDictionary<RatingKey, RatingRow?>> _ratings = [];

    // Whom there was none of when they were looked for, and who may have been made since.
    private readonly HashSet<(long Workspace, string Id)> _absent = [];

    public IReadOnlyDictionary<(long Workspace, long Customer), ChangedCustomer> Changed => _changed;

    /// <summary>Reads those who are named and not known, and what they are rated by, in a few questions. Nothing but time is different without.</summary>
    /// <param name="replays">Learns which keys of theirs may have been used before.</param>
    public void ReadAhead(List<PendingCommand> commands, int first, Func<long, WorkspaceRecord> workspaceOf, TimeProvider time, BatchReplays replays)
    {
        if (!session.IsFar || commands.Count - first < 2)
        {
            return;
        }
        foreach (var group in commands.Skip(first).Where(c => c.OnCustomer is not null).GroupBy(c => c.Caller.WorkspaceKey))
        {
            var workspace = workspaceOf(group.Key);
            ReadAhead(workspace, [.. group.Select(c => c.OnCustomer!)], workspace.Now(time));
            replays.ReadAhead(
                workspace,
                from pending in @group
                let command = pending.OnCustomer!
                where command.IdempotencyKey is not null
                let customer = KeyOf(workspace, command)
                where customer is not null
                select (customer.Value, command.Kind, command.IdempotencyKey!));
        }
    }

    /// <summary>Those of some customers that there are, by their keys.</summary>
    public Dictionary<long, Customer> Of(WorkspaceRecord workspace, IEnumerable<long> customers) =>
        ReadAhead(workspace, [.. customers.Distinct()]).Select(key => ByKey(workspace, key)).OfType<CustomerRecord>().ToDictionary(record => record.Customer.Key, record => record.Customer);

    /// <summary>The same customers one after the other, of whom the next ones have been read in a few questions.</summary>
    public IEnumerable<long> ReadAhead(WorkspaceRecord workspace, IReadOnlyCollection<long> customers)
    {
        foreach (long[] some in customers.Chunk(AtOnce))
        {
            if (session.IsFar)
            {
                long[] unknown = [.. some.Where(key => !_changed.ContainsKey((workspace.Key, key)) && Known(workspace.Key, key) is null)];
                Keep(workspace, session.Reader.Customers.Read(workspace, [.. unknown.Select(key => Wanted(workspace, key))]));
            }
            foreach (long key in some)
            {
                yield return key;
            }
        }
    }

    private void ReadAhead(WorkspaceRecord workspace, IReadOnlyList<ICustomerCommand> commands, Instant now)
    {
        long[] holds = [.. commands.Where(c => KeyOf(workspace, c) is null).Select(c => HoldKeyOf(workspace, c)).OfType<long>().Distinct()];
        foreach (var (hold, owner) in session.Reader.OwnersOf(workspace.Key, holds.Length > 1 ? holds : []))
        {
            _holdOwners[(workspace.Key, hold)] = owner;
        }
        var wanted = commands.Select(c => Wanted(workspace, c)).OfType<WantedCustomer>().DistinctBy(w => (w.Id, w.Key)).ToList();
        if (wanted.Count < 2)
        {
            return;
        }
        foreach (var some in wanted.Chunk(AtOnce))
        {
            _absent.UnionWith(some.Where(w => w.Id is not null).Select(w => (workspace.Key, w.Id!)));
            // Of those whose keys are known, what they are rated by comes along.
            var early = Rated(workspace, commands, [.. some.Where(w => w.Id is null).Select(w => w.Key)], now);
            session.Reader.ExpectRatings(workspace.Key, early);
            var found = session.Reader.Customers.Read(workspace, some);
            Keep(workspace, found);
            NoteRatings(workspace, early);
            var late = Rated(workspace, commands, [.. found.Select(f => f.Customer.Key).Except(some.Select(w => w.Key))], now);
            session.Reader.ExpectRatings(workspace.Key, late);
            NoteRatings(workspace, late);
        }
    }

    private void Keep(WorkspaceRecord workspace, List<CustomerRecord> found)
    {
        foreach (var read in found)
        {
            _absent.Remove((workspace.Key, read.Customer.Id));
            _keys[(workspace.Key, read.Customer.Id)] = read.Customer.Key;
            _read[(workspace.Key, read.Customer.Key)] = read;
        }
    }

    // What some of the customers will be rated by.
    private List<(long Customer, RatingKey Period)> Rated(WorkspaceRecord workspace, IReadOnlyList<ICustomerCommand> commands, HashSet<long> customers, Instant now) =>
    [
        .. (from c in commands.OfType<IRatesEvents>()
            let key = KeyOf(workspace, c) ?? 0
            where customers.Contains(key)
            from period in c.Expected(workspace.Catalog, now)
            select (key, period)).Distinct(),
    ];

    private void NoteRatings(WorkspaceRecord workspace, List<(long Customer, RatingKey Period)> expected)
    {
        foreach (var (customer, period) in expected)
        {
            var id = (workspace.Key, customer);
            _ratings[id] = _ratings.GetValueOrDefault(id, ImmutableDictionary<RatingKey, RatingRow?>.Empty).SetItem(period, session.Reader.Rating(workspace.Key, customer, period));
        }
    }

    // Null: the customer is known as it is, or cannot be told before it is looked for.
    private WantedCustomer? Wanted(WorkspaceRecord workspace, ICustomerCommand command)
    {
        if (KeyOf(workspace, command) is not { } key)
        {
            return command.CustomerId is { } id && !_absent.Contains((workspace.Key, id)) ? new(id, 0, null) : null;
        }
        return _changed.ContainsKey((workspace.Key, key)) || Known(workspace.Key, key) is not null ? null : Wanted(workspace, key);
    }

    private WantedCustomer Wanted(WorkspaceRecord workspace, long key) =>
        new(null, key, memory.Customers.TryStale(workspace.Key, key, out var before, out var rows) ? new(before, rows) : null);

    private long? KeyOf(WorkspaceRecord workspace, ICustomerCommand command) =>
        command.CustomerId is { } id ? KeyOf(workspace, id) : HoldKeyOf(workspace, command) is { } hold ? OwnerOf(workspace, hold) : null;

    private long? KeyOf(WorkspaceRecord workspace, string id) =>
        _keys.TryGetValue((workspace.Key, id), out long key) || memory.Customers.TryKey(workspace.Key, id, out key) ? key : null;

    private long? OwnerOf(WorkspaceRecord workspace, long hold) =>
        _holdOwners.TryGetValue((workspace.Key, hold), out long owner) || memory.HoldOwners.TryGetValue((workspace.Key, hold), out owner) ? owner : null;

    private long? HoldKeyOf(WorkspaceRecord workspace, ICustomerCommand command) =>
        command is { CustomerId: null, HoldId: { } id } ? ids.Parse(IdKind.Hold, workspace.Key, id) : null;

    /// <summary>Whom a command is about: the customer it names, or the one whose hold or grant it names; a new one where that is allowed.</summary>
    /// <exception cref="BillingException"><c>customer_not_found</c>, <c>hold_not_found</c>, <c>grant_not_found</c>.</exception>
    public CustomerRecord Target(ICustomerCommand command, WorkspaceRecord workspace, Instant now, out bool isNew)
    {
        isNew = false;
        if (command.CustomerId is { } id)
        {
            if (ByExternalId(workspace, id) is { } present)
            {
                return present;
            }
            bool create = command.Creation == CustomerCreation.Always || (command.Creation == CustomerCreation.WhenCatalogAllows && workspace.Catalog.AutoCreateCustomers);
            if (!create)
            {
                throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(id)}.", "customer_id");
            }
            isNew = true;
            return CustomerRecord.New(new Customer(workspace.LastCustomer + 1, id, null, null, null, false, now));
        }
        if (command.HoldId is { } holdId)
        {
            return ids.Parse(IdKind.Hold, workspace.Key, holdId) is { } holdKey && OwnerOfHold(workspace, holdKey) is { } owner
                ? owner
                : throw new BillingException(ErrorCode.HoldNotFound, $"There is no hold {WalletSession.Shown(holdId)}.", "hold_id");
        }
        return ids.Parse(IdKind.Grant, workspace.Key, command.GrantId!) is { } grantKey && OwnerOfGrant(workspace, grantKey) is { } grantOwner
            ? grantOwner
            : throw new BillingException(ErrorCode.GrantNotFound, $"There is no grant {WalletSession.Shown(command.GrantId!)}.", "grant_id");
    }

    /// <summary>After the commit: whom the writer read and nothing happened to need not be read again.</summary>
    public void PublishRead()
    {
        foreach (var (key, record) in _read)
        {
            if (!_changed.ContainsKey(key))
            {
                memory.Customers.Put(key.Workspace, record);
            }
        }
        foreach (var ((workspace, customer), ratings) in _ratings)
        {
            if (memory.Customers.Get(workspace, customer) is { } record)
            {
                memory.Customers.Put(workspace, record with { Ratings = ratings.SetItems(record.Ratings) });
            }
        }
    }

    public CustomerRecord? ByKey(WorkspaceRecord workspace, long key)
    {
        if (_changed.TryGetValue((workspace.Key, key), out var changed))
        {
            return changed.Record;
        }
        if (Known(workspace.Key, key) is { } known)
        {
            return known;
        }
        known = session.Reader.Customers.Read(workspace, Wanted(workspace, key));
        if (known is not null)
        {
            _read[(workspace.Key, key)] = known;
        }
        return known;
    }

    /// <summary>The customer's changes, to be added to.</summary>
    public ChangedCustomer Change(WorkspaceRecord workspace, CustomerRecord record, bool isNew)
    {
        var id = (workspace.Key, record.Customer.Key);
        if (!_changed.TryGetValue(id, out var changed))
        {
            changed = new ChangedCustomer(isNew ? null : record, isNew);
            _changed[id] = changed;
            _keys[(workspace.Key, record.Customer.Id)] = record.Customer.Key;
        }
        return changed;
    }

    public void NoteHold(WorkspaceRecord workspace, long holdKey, long customerKey) => _holdOwners[(workspace.Key, holdKey)] = customerKey;

    public Hold? Hold(WorkspaceRecord workspace, long customerKey, long holdKey)
    {
        if (_changed.TryGetValue((workspace.Key, customerKey), out var changed) && changed.Holds.TryGetValue(holdKey, out var pending))
        {
            return pending.Hold;
        }
        return session.Reader.Hold(workspace, holdKey) is { } found && found.CustomerKey == customerKey ? found.Hold : null;
    }

    public Grant? Grant(WorkspaceRecord workspace, long customerKey, long grantKey)
    {
        if (_changed.TryGetValue((workspace.Key, customerKey), out var changed) && changed.Grants.TryGetValue(grantKey, out var pending))
        {
            return pending.Grant;
        }
        return session.Reader.Grant(workspace, grantKey) is { } found && found.CustomerKey == customerKey ? found.Grant : null;
    }

    public RatingRow? Rating(WorkspaceRecord workspace, long customerKey, RatingKey key)
    {
        var id = (workspace.Key, customerKey);
        var record = _changed.TryGetValue(id, out var changed) ? changed.Record : Known(workspace.Key, customerKey);
        if (record is not null && record.Ratings.TryGetValue(key, out var known))
        {
            return known;
        }
        var read = _ratings.GetValueOrDefault(id, ImmutableDictionary<RatingKey, RatingRow?>.Empty);
        if (!read.TryGetValue(key, out known))
        {
            known = session.Reader.Rating(workspace.Key, customerKey, key);
            _ratings[id] = read.Add(key, known);
        }
        return known;
    }

    /// <summary>A customer's rating rows as far as they are known: those of the record, and those that were asked for since.</summary>
    public ImmutableDictionary<RatingKey, RatingRow?> Ratings(WorkspaceRecord workspace, CustomerRecord record) =>
        _ratings.Remove((workspace.Key, record.Customer.Key), out var read) ? read.SetItems(record.Ratings) : record.Ratings;

    private CustomerRecord? Known(long workspace, long key) => memory.Customers.Get(workspace, key) ?? _read.GetValueOrDefault((workspace, key));

    private CustomerRecord? ByExternalId(WorkspaceRecord workspace, string id)
    {
        if (KeyOf(workspace, id) is { } known)
        {
            return ByKey(workspace, known);
        }
        if (_absent.Contains((workspace.Key, id)) || session.Reader.Customer(workspace, id) is not { } read)
        {
            return null;
        }
        long key = read.Customer.Key;
        _keys[(workspace.Key, id)] = key;
        _read.TryAdd((workspace.Key, key), read);
        return ByKey(workspace, key);
    }

    private CustomerRecord? OwnerOfHold(WorkspaceRecord workspace, long holdKey)
    {
        if (OwnerOf(workspace, holdKey) is { } owner)
        {
            return ByKey(workspace, owner);
        }
        return session.Reader.Hold(workspace, holdKey) is { } stored ? ByKey(workspace, stored.CustomerKey) : null;
    }

    private CustomerRecord? OwnerOfGrant(WorkspaceRecord workspace, long grantKey)
    {
        foreach (var ((workspaceKey, _), changed) in _changed)
        {
            if (workspaceKey == workspace.Key && changed.Grants.ContainsKey(grantKey))
            {
                return changed.Record;
            }
        }
        return session.Reader.Grant(workspace, grantKey) is { } stored ? ByKey(workspace, stored.CustomerKey) : null;
    }
}
