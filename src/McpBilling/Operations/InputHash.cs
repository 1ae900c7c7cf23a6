using System.IO.Hashing;
using System.Runtime.InteropServices;
using McpBilling.Money;

namespace McpBilling.Operations;

/// <summary>
/// A 64-bit hash of what a request asks for, stored beside its idempotency key: the same key with another hash is a conflict. Fields are taken in a fixed
/// order with their lengths, decimals by value (1.0 equals 1.00), so that only meaning counts.
/// </summary>
public ref struct InputHash
{
    private readonly Span<byte> _buffer;
    private int _used;
    private ulong _hash;

    /// <param name="buffer">Working space, at least 64 bytes.</param>
    public InputHash(Span<byte> buffer) => _buffer = buffer;

    public void Add(string? text)
    {
        Add(text?.Length ?? -1);
        if (text is not null)
        {
            Add(MemoryMarshal.AsBytes(text.AsSpan()));
        }
    }

    public void Add(long number) => Add(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in number)));

    public void Add(bool flag) => Add(flag ? 1L : 0L);

    public void Add(Instant? instant) => Add(instant?.Microseconds ?? long.MinValue);

    public void Add(decimal? number)
    {
        if (number is not { } value)
        {
            Add(-1L);
            return;
        }
        // Dividing by one with many zeros takes the trailing zeros away.
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value / 1.0000000000000000000000000000m, bits);
        Add(MemoryMarshal.AsBytes(bits));
    }

    public void Add(scoped ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_used == _buffer.Length)
            {
                Fold();
            }
            int part = Math.Min(bytes.Length, _buffer.Length - _used);
            bytes[..part].CopyTo(_buffer[_used..]);
            _used += part;
            bytes = bytes[part..];
        }
    }

    public long Finish()
    {
        Fold();
        return (long)_hash;
    }

    private void Fold()
    {
        _hash = XxHash3.HashToUInt64(_buffer[.._used], (long)_hash);
        _used = 0;
    }
}
