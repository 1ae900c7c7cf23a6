using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using McpBilling.Costs;
using McpBilling.Insights.Margins;

namespace McpBilling.Storage.Reading;

/// <summary>
/// Sums by key, as rows of <c>cost_day</c> come in. A report may be of a hundred thousand keys of which it shows a hundred: as objects they would cost the
/// garbage collector more than reading them took. So keys and sums lie in a few rented arrays, and become objects one by one.
/// </summary>
internal sealed class MarginSums(CostDimension dimension) : IDisposable
{
    // Of end users and sessions there are many: room for them from the beginning, which is cheaper than to move them again and again.
    private Rented<byte> _keys = new(OfCustomer(dimension) ? 2 * 1024 * 1024 : 64 * 1024);
    private Rented<Sum> _sums = new(OfCustomer(dimension) ? 64 * 1024 : 1024);
    private Rented<int> _heads = Heads(OfCustomer(dimension) ? 64 * 1024 : 1024);

    /// <summary>Different keys.</summary>
    public int Count => _sums.Count;

    /// <summary>Adds a row whose columns begin with the key.</summary>
    // Optimized from the first call: the first report of a process has as many rows as the later ones.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(Statement row) => Of(row.Utf8(0)).Add(row);

    /// <summary>Adds what is in no row yet.</summary>
    public void Add(string key, CostDaySum sum) => Of(Encoding.UTF8.GetBytes(key)).Add(sum);

    // The key's sum, a new one where there is none. Good until the next is asked for.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ref Sum Of(ReadOnlySpan<byte> key)
    {
        uint hash = HashOf(key);
        for (int at = _heads.All[(int)(hash % (uint)_heads.Count)]; at >= 0; at = _sums.All[at].Next)
        {
            ref var known = ref _sums.All[at];
            if (known.Hash == hash && KeyOf(known).SequenceEqual(key))
            {
                return ref known;
            }
        }
        if (_sums.Count == _heads.Count)
        {
            Widen();
        }
        ref int head = ref _heads.All[(int)(hash % (uint)_heads.Count)];
        var sum = new Sum { Hash = hash, KeyStart = _keys.Count, KeyLength = key.Length, Next = head };
        head = _sums.Count;
        _keys.Add(key);
        _sums.Add([sum]);
        return ref _sums.All[_sums.Count - 1];
    }

    /// <summary>Each sum, in no order.</summary>
    public IEnumerable<MarginSum> Select()
    {
        for (int i = 0; i < _sums.Count; i++)
        {
            yield return Of(_sums.All[i]);
        }
    }

    /// <summary>So many of the sums as come first.</summary>
    public IReadOnlyList<MarginSum> First(int count, MarginOrder order)
    {
        if (count >= Count)
        {
            return [.. Select()];
        }
        // The last of those kept is at the head; whoever ranks behind it need not become an object.
        var kept = new PriorityQueue<MarginSum, MarginSum>(Comparer<MarginSum>.Create((a, b) => order.Compare(b, a)));
        var last = Int128.MaxValue;
        for (int i = 0; i < _sums.Count && count > 0; i++)
        {
            ref var sum = ref _sums.All[i];
            if (sum.Rank(order) > last)
            {
                continue;
            }
            var candidate = Of(sum);
            if (kept.Count < count)
            {
                kept.Enqueue(candidate, candidate);
            }
            else
            {
                kept.EnqueueDequeue(candidate, candidate);
            }
            if (kept.Count == count)
            {
                var worst = kept.Peek();
                last = order.Rank(worst.Events, worst.Cost, worst.Revenue);
            }
        }
        return [.. kept.UnorderedItems.Select(s => s.Element)];
    }

    public static MarginSum Read(Statement row, string key)
    {
        var sum = new Sum();
        sum.Add(row);
        return sum.Of(key, null);
    }

    public static MarginSum Read(CostDaySum added, string key)
    {
        var sum = new Sum();
        sum.Add(added);
        return sum.Of(key, null);
    }

    public void Dispose()
    {
        _keys.Dispose();
        _sums.Dispose();
        _heads.Dispose();
    }

    // Keys are told by customers: with a hash that anybody can foresee, they could be made to fall together.
    private static uint HashOf(ReadOnlySpan<byte> key)
    {
        var hash = new HashCode();
        hash.AddBytes(key);
        return (uint)hash.ToHashCode();
    }

    private static Rented<int> Heads(int count)
    {
        var heads = new Rented<int>(count);
        heads.Fill(count, -1);
        return heads;
    }

    private ReadOnlySpan<byte> KeyOf(in Sum sum) => _keys.All.AsSpan(sum.KeyStart, sum.KeyLength);

    // Keys of end users, sessions and tasks are told apart by whose they are.
    private static bool OfCustomer(CostDimension dimension) => dimension is CostDimension.EndUser or CostDimension.Session or CostDimension.Task;

    private MarginSum Of(in Sum sum)
    {
        var key = KeyOf(sum);
        int at = OfCustomer(dimension) ? key.IndexOf((byte)'\n') : -1;
        return at < 0 ? sum.Of(Encoding.UTF8.GetString(key), null) : sum.Of(Encoding.UTF8.GetString(key[(at + 1)..]), Encoding.UTF8.GetString(key[..at]));
    }

    private void Widen()
    {
        int count = _heads.Count * 4;
        _heads.Dispose();
        _heads = Heads(count);
        for (int i = 0; i < _sums.Count; i++)
        {
            ref var sum = ref _sums.All[i];
            ref int head = ref _heads.All[(int)(sum.Hash % (uint)count)];
            (sum.Next, head) = (head, i);
        }
    }

    // The two integers of a dollar amount are added apart: one wide number a row would be slower.
    private struct Sum
    {
        private long _events, _unpriced, _incomplete, _noUsage, _charges, _costWhole, _costPart, _revenueWhole, _revenuePart;

        public uint Hash { get; init; }

        public int KeyStart { get; init; }

        public int KeyLength { get; init; }

        /// <summary>The next whose hash falls to the same place; below zero: none.</summary>
        public int Next { get; set; }

        public void Add(Statement row)
        {
            _events += row.Long(1);
            checked
            {
                _costWhole += row.Long(2);
                _costPart += row.Long(3);
            }
            if (row.Long(4) == 0)
            {
                return;
            }
            _unpriced += row.Long(5);
            _incomplete += row.Long(6);
            _noUsage += row.Long(7);
            _charges += row.Long(8);
            checked
            {
                _revenueWhole += row.Long(9);
                _revenuePart += row.Long(10);
            }
        }

        public void Add(CostDaySum sum)
        {
            var (cost, revenue) = (CostMoney.Split(sum.Cost), CostMoney.Split(sum.Revenue));
            checked
            {
                _events += sum.Events;
                _unpriced += sum.Unpriced;
                _incomplete += sum.Incomplete;
                _noUsage += sum.NoUsage;
                _charges += sum.Charges;
                _costWhole += cost.Whole;
                _costPart += cost.Part;
                _revenueWhole += revenue.Whole;
                _revenuePart += revenue.Part;
            }
        }

        public readonly Int128 Rank(MarginOrder order) => order.Rank(_events, Dollars.From(_costWhole, _costPart), Dollars.From(_revenueWhole, _revenuePart));

        public readonly MarginSum Of(string key, string? customerId) => new(
            key, customerId, _events, _unpriced, _incomplete, _noUsage, Dollars.From(_costWhole, _costPart), _charges, Dollars.From(_revenueWhole, _revenuePart));
    }

    // A list in an array that is given back.
    private struct Rented<T>(int capacity) : IDisposable
    {
        public T[] All { get; private set; } = ArrayPool<T>.Shared.Rent(capacity);

        public int Count { get; private set; }

        public void Add(ReadOnlySpan<T> items)
        {
            if (Count + items.Length > All.Length)
            {
                var wider = ArrayPool<T>.Shared.Rent(Math.Max(All.Length * 2, Count + items.Length));
                All.AsSpan(0, Count).CopyTo(wider);
                ArrayPool<T>.Shared.Return(All);
                All = wider;
            }
            items.CopyTo(All.AsSpan(Count));
            Count += items.Length;
        }

        public void Fill(int count, T item)
        {
            All.AsSpan(0, count).Fill(item);
            Count = count;
        }

        public readonly void Dispose() => ArrayPool<T>.Shared.Return(All);
    }
}
