using System.Data.Common;
using McpBilling.Ledger;
using McpBilling.Money;

namespace McpBilling.Storage.Reading;

/// <summary>What an account was charged and given, along the chain of its entries.</summary>
internal static class EntryChain
{
    /// <summary>What usage was charged since a time, less what was returned, in units of the account's asset.</summary>
    /// <param name="last">The account's newest entry.</param>
    public static long SpentSince(DbConnection connection, long workspaceKey, long last, Instant from) =>
        Since(connection, workspaceKey, last, from).Aggregate(0L, (sum, row) => checked(sum + row.Spent));

    /// <summary>An account's entries since a time, newest first.</summary>
    /// <param name="last">The account's newest entry.</param>
    public static IEnumerable<(Instant Time, long Amount, long Spent, long BalanceAfter)> Since(DbConnection connection, long workspaceKey, long last, Instant from)
    {
        using var chain = new ChainRows(connection, "entry", "at, counter, amount, balance_after");
        foreach (var entry in chain.From(workspaceKey, last))
        {
            var (at, counter, amount, after) = (new Instant(entry.Long(2)), (CounterAccount)entry.Int(3), entry.Long(4), entry.Long(5));
            if (at < from)
            {
                yield break;
            }
            yield return (at, amount, counter == CounterAccount.Revenue ? -amount : 0, after);
        }
    }
}
