using System.Buffers.Binary;
using System.Security.Cryptography;

namespace McpBilling.Storage.Chains;

/// <summary>A SHA-256 as the rows keep it: four integers of 64 bits, most significant first.</summary>
internal readonly record struct ChainHash(long First, long Second, long Third, long Fourth)
{
    public const int Size = 32;

    // One for each thread: a hash of its own for each entry takes half as long again, to make it and throw it away.
    [ThreadStatic]
    private static IncrementalHash? sha256;

    public static ChainHash Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Size];
        sha256 ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha256.AppendData(content);
        sha256.GetHashAndReset(hash);
        return new ChainHash(
            BinaryPrimitives.ReadInt64BigEndian(hash), BinaryPrimitives.ReadInt64BigEndian(hash[8..]),
            BinaryPrimitives.ReadInt64BigEndian(hash[16..]), BinaryPrimitives.ReadInt64BigEndian(hash[24..]));
    }

    /// <summary>Reads four columns of a row; null when the row has no hash, in whole or in part.</summary>
    /// <param name="first">The first of the four columns.</param>
    public static ChainHash? Read(Statement row, int first) =>
        row.LongOrNull(first) is { } a && row.LongOrNull(first + 1) is { } b && row.LongOrNull(first + 2) is { } c && row.LongOrNull(first + 3) is { } d ? new ChainHash(a, b, c, d) : null;

    /// <summary>Binds four parameters.</summary>
    public static Statement Bind(Statement statement, int first, ChainHash? hash) =>
        statement.Bind(first, hash?.First).Bind(first + 1, hash?.Second).Bind(first + 2, hash?.Third).Bind(first + 3, hash?.Fourth);

    public void WriteTo(Span<byte> target)
    {
        BinaryPrimitives.WriteInt64BigEndian(target, First);
        BinaryPrimitives.WriteInt64BigEndian(target[8..], Second);
        BinaryPrimitives.WriteInt64BigEndian(target[16..], Third);
        BinaryPrimitives.WriteInt64BigEndian(target[24..], Fourth);
    }
}
