using System.Buffers.Binary;
using System.Text;

namespace McpBilling.Storage.Chains;

/// <summary>
/// What stands before an account's first chained entry: whose account it is, by the names that people know, and what was there when its chain began. So an
/// account cannot be given to another customer, or counted in another scale, without its whole chain failing.
/// </summary>
internal static class ChainBeginning
{
    /// <param name="chainedAfter">The last entry before the chain; 0 for none.</param>
    /// <param name="entriesBefore">How many entries the account had then.</param>
    public static ChainHash Of(long workspace, long customer, string customerId, long asset, string assetId, int scale, long chainedAfter, long entriesBefore)
    {
        byte[] form = new byte[8 + 8 * 8 + Encoding.UTF8.GetByteCount(customerId) + Encoding.UTF8.GetByteCount(assetId)];
        "mbbegin1"u8.CopyTo(form);
        int length = Encoding.UTF8.GetBytes(customerId, form.AsSpan(8 + 8 * 8));
        int assetLength = Encoding.UTF8.GetBytes(assetId, form.AsSpan(8 + 8 * 8 + length));
        ReadOnlySpan<long> numbers = [workspace, customer, asset, scale, chainedAfter, entriesBefore, length, assetLength];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(form.AsSpan(8 + 8 * i), numbers[i]);
        }
        return ChainHash.Of(form);
    }
}
