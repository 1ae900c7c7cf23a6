using System.Buffers.Binary;
using System.IO.Hashing;
using McpBilling.Money;

namespace McpBilling.Operations;

/// <summary>What a generated id names.</summary>
public enum IdKind
{
    Hold = 1,
    Grant = 2,
    Entry = 3,
    Operation = 4,
    Proof = 5,
    Reconciliation = 6,
    Alert = 7,
    TopUp = 8,
    Refund = 9,
    Dispute = 10,
    WebhookEndpoint = 11,
    WebhookMessage = 12,
    PortalSession = 13,
    Delivery = 14,
}

/// <summary>
/// Turns storage keys into the ids that people see and back: a prefixed UUIDv7 whose time is the row's own and whose random part is the key, scrambled
/// and checked with the database's secret. So an id costs no column and no index, and a made-up one is refused without a read. Ids are no secrets:
/// what protects a row is that it is looked up in the caller's workspace.
/// </summary>
/// <param name="secret">A random number that belongs to the database.</param>
public sealed class PublicIds(long secret)
{
    private const ulong KeyMask = (1UL << 48) - 1;

    public string Format(IdKind kind, long workspaceKey, long key, Instant createdAt)
    {
        ulong time = (ulong)createdAt.Milliseconds & KeyMask;
        ulong check = Check(kind, workspaceKey, key, time);
        ulong masked = ((ulong)key & KeyMask) ^ (Mask(kind, workspaceKey, time, check) & KeyMask);
        // 48 bits of time, version 7, 12 check bits; variant, 14 check bits, 48 bits of key.
        ulong high = time << 16 | 0x7000 | check >> 14;
        ulong low = 0x8000_0000_0000_0000 | (check & 0x3FFF) << 48 | masked;
        return string.Create(null, stackalloc char[64], $"{Prefix(kind)}_{high >> 32:x8}-{(high >> 16) & 0xFFFF:x4}-{high & 0xFFFF:x4}-{low >> 48:x4}-{low & KeyMask:x12}");
    }

    /// <summary>The storage key of an id of this kind and workspace; null for anything else.</summary>
    public long? Parse(IdKind kind, long workspaceKey, string id)
    {
        string prefix = Prefix(kind);
        Span<byte> bytes = stackalloc byte[16];
        if (id.Length != prefix.Length + 37 || !id.StartsWith(prefix, StringComparison.Ordinal) || id[prefix.Length] != '_'
            || !Guid.TryParseExact(id.AsSpan(prefix.Length + 1), "D", out var guid) || !guid.TryWriteBytes(bytes, bigEndian: true, out _))
        {
            return null;
        }
        ulong high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        ulong low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        ulong time = high >> 16;
        ulong check = (high & 0xFFF) << 14 | (low >> 48) & 0x3FFF;
        long key = (long)((low & KeyMask) ^ (Mask(kind, workspaceKey, time, check) & KeyMask));
        return (high & 0xF000) == 0x7000 && low >> 62 == 2 && Check(kind, workspaceKey, key, time) == check ? key : null;
    }

    private static string Prefix(IdKind kind) => kind switch
    {
        IdKind.Hold => "hold",
        IdKind.Grant => "grant",
        IdKind.Entry => "entry",
        IdKind.Proof => "proof",
        IdKind.Reconciliation => "recon",
        IdKind.Alert => "alert",
        IdKind.TopUp => "top_up",
        IdKind.Refund => "refund",
        IdKind.Dispute => "dispute",
        IdKind.WebhookEndpoint => "endpoint",
        IdKind.WebhookMessage => "msg",
        IdKind.PortalSession => "portal",
        IdKind.Delivery => "delivery",
        _ => "op",
    };

    private ulong Check(IdKind kind, long workspaceKey, long key, ulong time) => Hash((long)kind, workspaceKey, key, (long)time) & 0x3FF_FFFF;

    private ulong Mask(IdKind kind, long workspaceKey, ulong time, ulong check) => Hash(~(long)kind, workspaceKey, (long)check, (long)time);

    private ulong Hash(long a, long b, long c, long d)
    {
        Span<long> words = [a, b, c, d];
        return XxHash3.HashToUInt64(System.Runtime.InteropServices.MemoryMarshal.AsBytes(words), secret);
    }
}
