using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace McpBilling.Storage.Writing;

/// <summary>
/// Where an idempotency key was used: 64-bit hashes in memory, pointing at the rows that hold the keys themselves. The rows are only ever appended, so a
/// random key costs no random page of the file (docs/decisions/0003). A hash is a hint: whoever finds one compares the key in the row. The hash is
/// seeded anew in every process, so nobody can choose keys that collide. Sharded, so that growing never pauses for the whole.
/// </summary>
internal sealed class IdempotencyIndex
{
    private const int ShardBits = 8;

    // Drawn with the first hash: the library of random numbers takes longer to load than most of a start.
    private readonly Lazy<long> _seed = new(static () => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)));
    private readonly Shard[] _shards = [.. Enumerable.Range(0, 1 << ShardBits).Select(_ => new Shard())];

    public long Count => _shards.Sum(s => (long)s.Count);

    public ulong Hash(long workspaceKey, long customerKey, int kind, string key)
    {
        Span<byte> buffer = stackalloc byte[24 + 1024];
        int max = Encoding.UTF8.GetMaxByteCount(key.Length);
        Span<byte> bytes = max <= 1024 ? buffer : new byte[24 + max];
        int length = Encoding.UTF8.GetBytes(key, bytes[24..]);
        return Hash(workspaceKey, customerKey, kind, bytes[..(24 + length)]);
    }

    public ulong HashUtf8(long workspaceKey, long customerKey, int kind, ReadOnlySpan<byte> key)
    {
        Span<byte> bytes = key.Length <= 1024 ? stackalloc byte[24 + 1024] : new byte[24 + key.Length];
        key.CopyTo(bytes[24..]);
        return Hash(workspaceKey, customerKey, kind, bytes[..(24 + key.Length)]);
    }

    public void Add(ulong hash, long row) => _shards[hash >> (64 - ShardBits)].Add(hash, row);

    /// <summary>Appends every row whose key has this hash.</summary>
    public void Find(ulong hash, List<long> rows) => _shards[hash >> (64 - ShardBits)].Find(hash, rows);

    private ulong Hash(long workspaceKey, long customerKey, int kind, Span<byte> bytes)
    {
        BitConverter.TryWriteBytes(bytes, workspaceKey);
        BitConverter.TryWriteBytes(bytes[8..], customerKey);
        BitConverter.TryWriteBytes(bytes[16..], (long)kind);
        return XxHash3.HashToUInt64(bytes, _seed.Value);
    }

    // Open addressing with linear probing; a row of zero marks an empty slot (rows count from one).
    private sealed class Shard
    {
        private ulong[] _hashes = new ulong[64];
        private long[] _rows = new long[64];

        public int Count { get; private set; }

        public void Add(ulong hash, long row)
        {
            if (Count * 4 >= _rows.Length * 3)
            {
                Grow();
            }
            Put(hash, row);
            Count++;
        }

        public void Find(ulong hash, List<long> rows)
        {
            int mask = _rows.Length - 1;
            for (int i = (int)hash & mask; _rows[i] != 0; i = (i + 1) & mask)
            {
                if (_hashes[i] == hash)
                {
                    rows.Add(_rows[i]);
                }
            }
        }

        private void Put(ulong hash, long row)
        {
            int mask = _rows.Length - 1;
            int i = (int)hash & mask;
            while (_rows[i] != 0)
            {
                i = (i + 1) & mask;
            }
            _hashes[i] = hash;
            _rows[i] = row;
        }

        private void Grow()
        {
            var (hashes, rows) = (_hashes, _rows);
            _hashes = new ulong[hashes.Length * 2];
            _rows = new long[rows.Length * 2];
            for (int i = 0; i < rows.Length; i++)
            {
                if (rows[i] != 0)
                {
                    Put(hashes[i], rows[i]);
                }
            }
        }
    }
}
