using System.Collections.Immutable;
using System.Globalization;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>
/// Which buckets paid the charges of one price in one period, the last on top: where credit goes back to when the period owes less. Runs on one bucket
/// are one element, so the stack stays as short as the number of changes between grants; beyond <see cref="MaxDepth"/> the oldest are summed per bucket.
/// </summary>
public sealed class UseTrail
{
    private const int MaxDepth = 64;

    public static readonly UseTrail Empty = new([]);

    private readonly ImmutableArray<PastUse> _uses;

    private UseTrail(ImmutableArray<PastUse> uses) => _uses = uses;

    public bool IsEmpty => _uses.IsEmpty;

    public UseTrail Push(ImmutableArray<Share> shares, Instant at)
    {
        if (shares.IsEmpty)
        {
            return this;
        }
        if (shares.Length == 1 && !_uses.IsEmpty && _uses[^1].GrantKey == shares[0].GrantKey)
        {
            return new(_uses.SetItem(_uses.Length - 1, new PastUse(shares[0].GrantKey, checked(_uses[^1].Amount + shares[0].Amount), at)));
        }
        var uses = _uses.ToBuilder();
        foreach (var share in shares)
        {
            if (uses.Count > 0 && uses[^1].GrantKey == share.GrantKey)
            {
                uses[^1] = new PastUse(share.GrantKey, checked(uses[^1].Amount + share.Amount), at);
            }
            else
            {
                uses.Add(new PastUse(share.GrantKey, share.Amount, at));
            }
        }
        return new(uses.Count > MaxDepth ? Compact(uses) : uses.ToImmutable());
    }

    /// <summary>Takes credit off for giving back: first from the event's own buckets, last used first, then from the top.</summary>
    /// <param name="amount">Units to give back, at most what is on the stack.</param>
    /// <param name="own">What the event itself has used and not got back, in the order of use.</param>
    /// <param name="ownAt">When the event used it.</param>
    /// <param name="ownLeft">What the event then still has in use.</param>
    public (ImmutableArray<PastUse> Uses, UseTrail After) Take(long amount, ImmutableArray<Share> own, Instant ownAt, out ImmutableArray<Share> ownLeft)
    {
        var stack = _uses.ToBuilder();
        var taken = ImmutableArray.CreateBuilder<PastUse>();
        var left = own.ToBuilder();
        for (int i = left.Count - 1; i >= 0 && amount > 0; i--)
        {
            long part = TakeOf(stack, left[i].GrantKey, Math.Min(amount, left[i].Amount));
            if (part > 0)
            {
                taken.Add(new PastUse(left[i].GrantKey, part, ownAt));
                left[i] = left[i] with { Amount = left[i].Amount - part };
                amount -= part;
            }
        }
        while (amount > 0 && stack.Count > 0)
        {
            var top = stack[^1];
            long part = TakeOf(stack, top.GrantKey, Math.Min(amount, top.Amount));
            taken.Add(top with { Amount = part });
            amount -= part;
        }
        ownLeft = [.. left.Where(s => s.Amount > 0)];
        return (taken.ToImmutable(), new UseTrail(stack.ToImmutable()));
    }

    public string ToText() => Write(_uses);

    public static UseTrail Parse(string text) => text.Length == 0 ? Empty : new(Read(text));

    /// <summary>How past uses are kept: <c>grant:amount:time+…</c>.</summary>
    public static string Write(ImmutableArray<PastUse> uses) =>
        string.Join('+', uses.Select(u => string.Create(CultureInfo.InvariantCulture, $"{u.GrantKey}:{u.Amount}:{u.UsedAt.Microseconds}")));

    public static ImmutableArray<PastUse> Read(string text)
    {
        if (text.Length == 0)
        {
            return [];
        }
        return [.. text.Split('+').Select(part =>
        {
            string[] f = part.Split(':');
            return new PastUse(long.Parse(f[0], CultureInfo.InvariantCulture), long.Parse(f[1], CultureInfo.InvariantCulture), new Instant(long.Parse(f[2], CultureInfo.InvariantCulture)));
        })];
    }

    private static long TakeOf(ImmutableArray<PastUse>.Builder stack, long grantKey, long amount)
    {
        long left = amount;
        for (int i = stack.Count - 1; i >= 0 && left > 0; i--)
        {
            if (stack[i].GrantKey != grantKey)
            {
                continue;
            }
            long part = Math.Min(left, stack[i].Amount);
            left -= part;
            if (part == stack[i].Amount)
            {
                stack.RemoveAt(i);
            }
            else
            {
                stack[i] = stack[i] with { Amount = stack[i].Amount - part };
            }
        }
        return amount - left;
    }

    private static ImmutableArray<PastUse> Compact(ImmutableArray<PastUse>.Builder uses)
    {
        int old = uses.Count / 2;
        var summed = uses.Take(old).GroupBy(u => u.GrantKey)
            .Select(g => new PastUse(g.Key, g.Aggregate(0L, (sum, u) => checked(sum + u.Amount)), g.Max(u => u.UsedAt)))
            .OrderBy(u => u.UsedAt).ThenBy(u => u.GrantKey);
        return [.. summed, .. uses.Skip(old)];
    }
}
