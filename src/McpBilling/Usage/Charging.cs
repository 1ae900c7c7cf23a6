using System.Collections.Immutable;
using McpBilling.Ledger;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>Moves the credit of rated charges: what costs is taken, what became cheaper is given back, all or nothing.</summary>
public static class Charging
{
    /// <summary>The debits and give-backs of rated charges, and each give-back's stack afterwards.</summary>
    public static (ImmutableArray<Debit> Debits, ImmutableArray<GiveBack> Returns, List<UseTrail?> Rests) Plan(List<RatedCharge> charges, UsageSession session)
    {
        var debits = ImmutableArray.CreateBuilder<Debit>(charges.Count);
        var returns = ImmutableArray.CreateBuilder<GiveBack>();
        var rests = new List<UseTrail?>(charges.Count);
        foreach (var c in charges)
        {
            UseTrail? rest = null;
            if (c.Step.Charge < 0)
            {
                var (uses, left) = c.Before.Uses.Take(checked(-c.Step.Charge), [], session.Now, out _);
                returns.Add(Back(c.Asset, -c.Step.Charge, uses, session));
                rest = left;
            }
            debits.Add(new Debit(c.Asset, Math.Max(0, c.Step.Charge), c.Version.ProductId, c.Purpose));
            rests.Add(rest);
        }
        return (debits.MoveToImmutable(), returns.ToImmutable(), rests);
    }

    /// <summary>A give-back with every grant that may have to take credit and is not in the state any more.</summary>
    public static GiveBack Back(Money.Asset asset, long amount, ImmutableArray<PastUse> uses, UsageSession session)
    {
        var account = session.Account(asset);
        var keys = uses.Select(u => u.GrantKey);
        if (uses.Any(u => u.GrantKey == Share.Overdraft))
        {
            keys = keys.Concat(account.Settled.Select(s => s.GrantKey));
        }
        var ended = keys.Where(k => k != Share.Overdraft).Distinct()
            .Where(k => !account.Grants.Any(g => g.Key == k))
            .Select(session.FindGrant)
            .OfType<Grant>();
        return new GiveBack(asset, amount, uses, [.. ended]);
    }
}
