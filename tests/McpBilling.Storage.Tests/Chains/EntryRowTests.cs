using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using McpBilling.Storage.Chains;

namespace McpBilling.Storage.Tests.Chains;

/// <summary>The form that entries are hashed in is a contract: what was chained by it must be found right for ever.</summary>
public sealed class EntryRowTests
{
    private static readonly ChainHash Before = new(1, 2, 3, 4);
    private static readonly EntryRow Row = new(1, 2, 3, 4, 5, 6, 7, 8, 9, -10, 11, -12, 13, 14, 15);

    [Fact]
    public void The_hash_is_SHA_256_over_the_documented_form()
    {
        byte[] form =
        [
            .. Encoding.ASCII.GetBytes("mbentry1"), .. Bytes(1, 2, 3, 4), 3,
            .. Bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, -10, 11, -12, 13, 14, 15),
        ];
        byte[] hash = new byte[32];
        Row.After(Before).WriteTo(hash);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(form)), Convert.ToHexString(hash));
    }

    [Fact]
    public void The_beginning_is_SHA_256_over_the_documented_form()
    {
        byte[] form = [.. Encoding.ASCII.GetBytes("mbbegin1"), .. Bytes(1, 7, 3, 9, 40, 2, 5, 3), .. Encoding.UTF8.GetBytes("zoë1usd")];
        byte[] hash = new byte[32];
        ChainBeginning.Of(1, 7, "zoë1", 3, "usd", 9, 40, 2).WriteTo(hash);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(form)), Convert.ToHexString(hash));
    }

    [Fact]
    public void An_absent_number_is_not_a_zero()
    {
        Assert.NotEqual((Row with { Grant = 0 }).After(Before), (Row with { Grant = null }).After(Before));
        Assert.NotEqual((Row with { Hold = 0 }).After(Before), (Row with { Hold = null }).After(Before));
    }

    [Fact]
    public void Names_cannot_be_cut_elsewhere() =>
        Assert.NotEqual(ChainBeginning.Of(1, 1, "ab", 1, "c", 9, 0, 0), ChainBeginning.Of(1, 1, "a", 1, "bc", 9, 0, 0));

    [Fact]
    public void Rows_that_differ_in_anything_have_other_hashes()
    {
        var numbers = Gen.Long.Array[17];
        numbers.Select(numbers).Sample((a, b) =>
        {
            // All alike but at one place.
            int place = (int)((ulong)b[16] % 16);
            long[] other = [.. a];
            other[place] ^= 1L << (int)((ulong)b[15] % 64);
            Assert.NotEqual(Of(a).After(new ChainHash(a[15], 0, 0, 0)), Of(other).After(new ChainHash(other[15], 0, 0, 0)));
        });
    }

    private static EntryRow Of(long[] n) => new(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12], n[13], n[14]);

    private static byte[] Bytes(params long[] numbers)
    {
        byte[] bytes = new byte[8 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(8 * i), numbers[i]);
        }
        return bytes;
    }
}
