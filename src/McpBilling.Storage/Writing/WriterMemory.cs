using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Catalog;
using McpBilling.Usage;

namespace McpBilling.Storage.Writing;

/// <summary>What the writer keeps between batches. Only ever what is committed; dropped when a batch failed, or another process has written and it is not known what.</summary>
internal sealed class WriterMemory(int rememberedCustomers)
{
    // Beyond this many open holds a capture reads its hold's row first.
    private const int MaxHoldOwners = 1_000_000;

    // Of at most a few kilobytes each. Beyond it all are forgotten, and read back where they are asked for again.
    private const int MaxCaptureWindows = 10_000;

    public Dictionary<long, WorkspaceRecord> Workspaces { get; } = [];

    /// <summary>Compiled catalogs; each is used again while its version is the stored one.</summary>
    public Dictionary<long, CatalogSnapshot> Catalogs { get; } = [];

    /// <summary>Own prices; each is used again while its version is the stored one. Other threads look, too.</summary>
    public ConcurrentDictionary<long, OwnPrices> Prices { get; } = [];
    public CustomerCache Customers { get; } = new(rememberedCustomers);
    public IdempotencyIndex Keys { get; } = new();

    /// <summary>Whose an open hold is, so that a capture finds its customer without a read. True for ever, but only open holds are worth keeping.</summary>
    public Dictionary<(long Workspace, long Hold), long> HoldOwners { get; } = [];

    /// <summary>Past captures that holds were learned from. Whoever counts on copies its window first.</summary>
    public Dictionary<CaptureKey, CaptureWindow> Captures { get; } = [];

    public void NoteCaptures(in CaptureKey key, CaptureWindow window)
    {
        if (Captures.Count >= MaxCaptureWindows && !Captures.ContainsKey(key))
        {
            Captures.Clear();
        }
        Captures[key] = window;
    }

    public void NoteHold(long workspace, long hold, bool isOpen, long customerKey)
    {
        if (!isOpen)
        {
            HoldOwners.Remove((workspace, hold));
        }
        else if (HoldOwners.Count < MaxHoldOwners)
        {
            HoldOwners[(workspace, hold)] = customerKey;
        }
    }

    /// <summary>Per workspace the last sequence whose key is in <see cref="Keys"/>.</summary>
    public Dictionary<long, long> Indexed { get; } = [];

    /// <summary>Forgets rows that may be stale. The keys stay: their rows never change, new ones are added.</summary>
    public void Forget()
    {
        Workspaces.Clear();
        Customers.Clear();
        HoldOwners.Clear();
        Captures.Clear();
    }

    /// <summary>Forgets rows of a workspace's customers that another process has changed.</summary>
    public void Forget(long workspace, IReadOnlyDictionary<long, CustomerRows> customers)
    {
        foreach (var (customer, rows) in customers)
        {
            Customers.Forget(workspace, customer, rows);
            foreach (var (hold, isOpen) in rows.Holds)
            {
                NoteHold(workspace, hold, isOpen, customer);
            }
        }
        foreach (var key in Captures.Keys)
        {
            if (key.Workspace == workspace && (key.Customer == CaptureKey.Everybody || customers.ContainsKey(key.Customer)))
            {
                Captures.Remove(key);
            }
        }
    }
}

/// <summary>Customers that were written to lately, found by their own id and by key.</summary>
internal sealed class CustomerCache(int capacity)
{
    public const int UsualCapacity = 20_000;

    // Of one customer, while nobody asked for it here. Few customers have so many rows.
    private const int MostChanges = 1_000;

    private readonly Dictionary<(long Workspace, long Key), CustomerRecord> _byKey = [];
    private readonly Dictionary<(long Workspace, string Id), long> _keys = [];
    private readonly Queue<(long Workspace, long Key)> _order = new();

    // Customers of whom another process has changed rows: these are to be read again before anything else is done with them.
    private readonly Dictionary<(long Workspace, long Key), CustomerRows> _stale = [];

    /// <summary>May be asked from other threads, and is then a little off.</summary>
    public int Count => _byKey.Count;

    /// <summary>The customer as it is; null when it is not known, or only in part.</summary>
    public CustomerRecord? Get(long workspace, long key) => _stale.Count > 0 && _stale.ContainsKey((workspace, key)) ? null : _byKey.GetValueOrDefault((workspace, key));

    /// <summary>The customer as it was, and which rows have changed since; false when it is not known, or so many have changed that it is rather read whole.</summary>
    public bool TryStale(long workspace, long key, [NotNullWhen(true)] out CustomerRecord? record, [NotNullWhen(true)] out CustomerRows? changed)
    {
        changed = null;
        return _byKey.TryGetValue((workspace, key), out record) && _stale.TryGetValue((workspace, key), out changed) && changed.Count <= MostChanges;
    }

    /// <summary>Another process has changed rows of the customer.</summary>
    public void Forget(long workspace, long key, CustomerRows changed)
    {
        var id = (workspace, key);
        if (_stale.TryGetValue(id, out var earlier))
        {
            if (earlier.Count <= MostChanges)
            {
                earlier.Add(changed);
            }
        }
        else if (_byKey.ContainsKey(id))
        {
            _stale[id] = changed;
        }
    }

    public bool TryKey(long workspace, string id, out long key) => _keys.TryGetValue((workspace, id), out key);

    public void Put(long workspace, CustomerRecord record)
    {
        var id = (workspace, record.Customer.Key);
        if (_byKey.TryAdd(id, record))
        {
            _keys[(workspace, record.Customer.Id)] = record.Customer.Key;
            _order.Enqueue(id);
            if (_order.Count > capacity && _order.Dequeue() is var oldest && _byKey.Remove(oldest, out var gone))
            {
                _stale.Remove(oldest);
                _keys.Remove((workspace, gone.Customer.Id));
            }
        }
        else
        {
            _byKey[id] = record;
            _stale.Remove(id);
        }
    }

    public void Clear()
    {
        _byKey.Clear();
        _stale.Clear();
        _keys.Clear();
        _order.Clear();
    }
}
