using System.Numerics;

namespace McpBilling.Insights.Margins;

/// <summary>Spreads a cost over customers in proportion to what each cost by itself, to the last unit: the parts sum up to the whole.</summary>
internal static class SocializedCosts
{
    /// <param name="costs">Of each customer, in an order that does not change between two reports; those at or below zero bear nothing.</param>
    /// <returns>Each customer's part; null when nobody has a cost to go by.</returns>
    public static Dollars[]? Spread(Dollars amount, IReadOnlyList<Dollars> costs)
    {
        BigInteger whole = Dollars.Sum(costs.Where(c => c > Dollars.Zero)).Units, shared = amount.Units;
        if (whole.IsZero)
        {
            return null;
        }
        var parts = new Dollars[costs.Count];
        var rests = new BigInteger[costs.Count];
        var left = shared;
        for (int i = 0; i < parts.Length; i++)
        {
            if (costs[i] > Dollars.Zero)
            {
                var quotient = BigInteger.DivRem(shared * costs[i].Units, whole, out rests[i]);
                parts[i] = new((Int128)quotient);
                left -= quotient;
            }
        }
        // Fewer units are left than there are customers with a rest: each goes to the one that was cut most.
        foreach (int i in Enumerable.Range(0, parts.Length).OrderByDescending(i => BigInteger.Abs(rests[i])).Take((int)BigInteger.Abs(left)))
        {
            parts[i] = new(parts[i].Units + left.Sign);
        }
        return parts;
    }
}
