using McpBilling.Catalog;
using McpBilling.Ledger;
using McpBilling.Usage;

namespace McpBilling.Storage.Writing;

/// <summary>What the writer keeps between batches. Only ever what is committed; dropped whole when another process has written or a batch failed.</summary>
internal sealed class WriterMemory(int rememberedCustomers)
{
    // Beyond this many open holds a capture reads its hold's row first.
    private const int MaxHoldOwners = 1_000_000;

    // Of at most a few kilobytes each. Beyond it all are forgotten, and read back where they are asked for again.
    private const int MaxCaptureWindows = 10_000;

    public Dictionary<long, WorkspaceRecord> Workspaces { get; } = [];

    /// <summary>Compiled catalogs; each is used again while its version is the stored one.</summary>
    public Dictionary<long, CatalogSnapshot> Catalogs { get; } = [];

    /// <summary>Own prices; each is used again while its version is the stored one.</summary>
    public Dictionary<long, OwnPrices> Prices { get; } = [];
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

    public void NoteHold(long workspace, Hold hold, long customerKey)
    {
        if (hold.Status != HoldStatus.Open)
        {
            HoldOwners.Remove((workspace, hold.Key));
        }
        else if (HoldOwners.Count < MaxHoldOwners)
        {
            HoldOwners[(workspace, hold.Key)] = customerKey;
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
}

/// <summary>Customers that were written to lately, found by their own id and by key.</summary>
internal sealed class CustomerCache(int capacity)
{
    public const int UsualCapacity = 20_000;

    private readonly Dictionary<(long Workspace, long Key), CustomerRecord> _byKey = [];
    private readonly Dictionary<(long Workspace, string Id), long> _keys = [];
    private readonly Queue<(long Workspace, long Key)> _order = new();

    /// <summary>May be asked from other threads, and is then a little off.</summary>
    public int Count => _byKey.Count;

    public CustomerRecord? Get(long workspace, long key) => _byKey.GetValueOrDefault((workspace, key));

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
                _keys.Remove((workspace, gone.Customer.Id));
            }
        }
        else
        {
            _byKey[id] = record;
        }
    }

    public void Clear()
    {
        _byKey.Clear();
        _keys.Clear();
        _order.Clear();
    }
}
