using System.Collections.Immutable;
using McpBilling.Money;

namespace McpBilling.Wallets;

/// <summary>What a customer holds in one asset. Immutable.</summary>
/// <param name="Grants">Every grant that is not over, in burn order.</param>
/// <param name="Debt">What the account owes, ≥ 0.</param>
/// <param name="OverdraftLimit">How far below zero authorizations may go, ≥ 0.</param>
/// <param name="OverdraftHeld">Overdraft promised to open holds, ≥ 0.</param>
/// <param name="Settled">
/// Which grants paid off debt and when, oldest first: where credit returns to when usage that had become debt is reversed later. Who sends a give-back of
/// debt names these grants too (<see cref="GiveBack.Ended"/>).
/// </param>
public sealed record Account(
    Asset Asset, ImmutableArray<Grant> Grants, long Debt, long OverdraftLimit, long OverdraftHeld, ImmutableArray<PastUse> Settled)
{
    public static Account Empty(Asset asset) => new(asset, [], 0, 0, 0, []);

    /// <summary>What the customer owns: what remains of begun grants, held or not, less the debt.</summary>
    public long Balance
    {
        get
        {
            long sum = 0;
            foreach (var grant in Grants)
            {
                sum = checked(sum + (grant.Status == GrantStatus.Scheduled ? 0 : grant.Remaining));
            }
            return sum - Debt;
        }
    }

    /// <summary>Set aside by open holds, overdraft included.</summary>
    public long Held
    {
        get
        {
            long sum = OverdraftHeld;
            foreach (var grant in Grants)
            {
                sum = checked(sum + grant.Held);
            }
            return sum;
        }
    }

    /// <summary>free − debt + overdraft limit − overdraft promised, over all grants: what the wallet shows.</summary>
    public long Available => checked(Free(static _ => true) - Debt + OverdraftLimit - OverdraftHeld);

    /// <summary>What an authorization for <paramref name="product"/> (or by plain amount: null) may take.</summary>
    public long AvailableTo(string? product) => checked(Free(g => g.Serves(product)) - Debt + OverdraftLimit - OverdraftHeld);

    /// <summary>The next instant at which a grant expires or begins by itself.</summary>
    public Instant NextDue
    {
        get
        {
            var next = Instant.Never;
            foreach (var grant in Grants)
            {
                if (grant.Status == GrantStatus.Scheduled)
                {
                    next = Instant.Min(next, grant.EffectiveAt);
                }
                else if (grant.Status == GrantStatus.Active)
                {
                    next = Instant.Min(next, grant.ExpiresAt);
                }
            }
            return next;
        }
    }

    private long Free(Func<Grant, bool> counts)
    {
        long sum = 0;
        foreach (var grant in Grants)
        {
            if (counts(grant))
            {
                sum = checked(sum + grant.Free);
            }
        }
        return sum;
    }
}
