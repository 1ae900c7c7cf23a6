using System.Buffers.Binary;
using System.Security.Cryptography;

namespace McpBilling.Storage.Chains;

/// <summary>Where an account's chain stood at one moment.</summary>
/// <param name="Last">The last entry.</param>
/// <param name="Count">How many entries the account had, those before its chain included.</param>
internal readonly record struct ChainHead(long Customer, long Asset, long ChainedAfter, long Last, long Count, ChainHash Hash);

/// <summary>The hash over the heads of all accounts of a workspace, which are to be added by customer and asset, ascending.</summary>
internal sealed class HeadsRoot : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public HeadsRoot() => _hash.AppendData("mbheads1"u8);

    public long Accounts { get; private set; }

    public long Entries { get; private set; }

    public void Add(in ChainHead head)
    {
        Span<byte> form = stackalloc byte[5 * 8 + ChainHash.Size];
        BinaryPrimitives.WriteInt64BigEndian(form, head.Customer);
        BinaryPrimitives.WriteInt64BigEndian(form[8..], head.Asset);
        BinaryPrimitives.WriteInt64BigEndian(form[16..], head.ChainedAfter);
        BinaryPrimitives.WriteInt64BigEndian(form[24..], head.Last);
        BinaryPrimitives.WriteInt64BigEndian(form[32..], head.Count);
        head.Hash.WriteTo(form[40..]);
        _hash.AppendData(form);
        Accounts++;
        Entries += head.Count;
    }

    /// <summary>Hexadecimal, lower case.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
