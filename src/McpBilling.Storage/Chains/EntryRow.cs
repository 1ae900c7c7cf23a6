using System.Buffers.Binary;
using McpBilling.Ledger;

namespace McpBilling.Storage.Chains;

/// <summary>Every column of an entry's row but its hash.</summary>
/// <param name="At">Unix microseconds.</param>
internal readonly record struct EntryRow(
    long Workspace, long Seq, long Customer, long Asset, long Previous, long At, long Kind, long Counter, long? Grant, long Amount, long Held, long BalanceAfter,
    long? Hold, long CostBasis, long Cause)
{
    /// <summary>The columns in the order in which <see cref="Read"/> takes them; the workspace is known.</summary>
    public const string Columns = "seq, customer_id, asset_id, previous, at, kind, counter, grant_seq, amount, held, balance_after, hold_seq, cost_basis, cause_seq";

    /// <summary>How many columns <see cref="Columns"/> names.</summary>
    public const int ColumnCount = 14;

    // What the hash is over: a name for the form, the hash before, which of the columns that may be absent are there, and the columns.
    private const int Length = 8 + ChainHash.Size + 1 + 8 * (ColumnCount + 1);

    public static EntryRow Of(long workspace, long seq, long customer, long asset, long previous, Entry e, long cause) => new(
        workspace, seq, customer, asset, previous, e.Time.Microseconds, (long)e.Kind, (long)e.Counter, e.GrantKey, e.Amount, e.Held, e.BalanceAfter, e.HoldKey, e.CostBasis, cause);

    public static EntryRow Read(long workspace, Statement s) => new(
        workspace, s.Long(0), s.Long(1), s.Long(2), s.Long(3), s.Long(4), s.Long(5), s.Long(6), s.LongOrNull(7), s.Long(8), s.Long(9), s.Long(10), s.LongOrNull(11), s.Long(12), s.Long(13));

    /// <summary>The entry's hash, given that of the account's entry before. On the writer's path: allocates nothing.</summary>
    public ChainHash After(in ChainHash before)
    {
        Span<byte> form = stackalloc byte[Length];
        "mbentry1"u8.CopyTo(form);
        before.WriteTo(form[8..]);
        form[8 + ChainHash.Size] = (byte)((Grant.HasValue ? 1 : 0) | (Hold.HasValue ? 2 : 0));
        var columns = form[(8 + ChainHash.Size + 1)..];
        BinaryPrimitives.WriteInt64BigEndian(columns, Workspace);
        BinaryPrimitives.WriteInt64BigEndian(columns[8..], Seq);
        BinaryPrimitives.WriteInt64BigEndian(columns[16..], Customer);
        BinaryPrimitives.WriteInt64BigEndian(columns[24..], Asset);
        BinaryPrimitives.WriteInt64BigEndian(columns[32..], Previous);
        BinaryPrimitives.WriteInt64BigEndian(columns[40..], At);
        BinaryPrimitives.WriteInt64BigEndian(columns[48..], Kind);
        BinaryPrimitives.WriteInt64BigEndian(columns[56..], Counter);
        BinaryPrimitives.WriteInt64BigEndian(columns[64..], Grant.GetValueOrDefault());
        BinaryPrimitives.WriteInt64BigEndian(columns[72..], Amount);
        BinaryPrimitives.WriteInt64BigEndian(columns[80..], Held);
        BinaryPrimitives.WriteInt64BigEndian(columns[88..], BalanceAfter);
        BinaryPrimitives.WriteInt64BigEndian(columns[96..], Hold.GetValueOrDefault());
        BinaryPrimitives.WriteInt64BigEndian(columns[104..], CostBasis);
        BinaryPrimitives.WriteInt64BigEndian(columns[112..], Cause);
        return ChainHash.Of(form);
    }
}
