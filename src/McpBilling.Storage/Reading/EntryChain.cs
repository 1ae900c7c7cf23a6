using System.Data.Common;
using McpBilling.Ledger;
using McpBilling.Money;

namespace McpBilling.Storage.Reading;

/// <summary>Follows chains of entries back, a row at a time.</summary>
internal sealed class EntryChain(DbConnection connection) : IDisposable
{
    private readonly Statement _entry = connection.Statement("SELECT previous, at, counter, amount, balance_after FROM entry WHERE workspace_id = ? AND seq = ?");

    /// <summary>What usage was charged since a time, less what was returned, in units of the account's asset.</summary>
    /// <param name="last">The account's newest entry.</param>
    public static long SpentSince(DbConnection connection, long workspaceKey, long last, Instant from)
    {
        using var chain = new EntryChain(connection);
        return chain.Since(workspaceKey, last, from).Aggregate(0L, (sum, row) => checked(sum + row.Spent));
    }

    /// <summary>An account's entries since a time, newest first.</summary>
    public IEnumerable<(Instant Time, long Amount, long Spent, long BalanceAfter)> Since(long workspaceKey, long last, Instant from)
    {
        for (long seq = last; seq > 0;)
        {
            _entry.Bind(1, workspaceKey).Bind(2, seq);
            if (!_entry.Next())
            {
                yield break;
            }
            var (previous, at, counter, amount, after) = (_entry.Long(0), new Instant(_entry.Long(1)), (CounterAccount)_entry.Int(2), _entry.Long(3), _entry.Long(4));
            _entry.Reset();
            if (at < from)
            {
                yield break;
            }
            yield return (at, amount, counter == CounterAccount.Revenue ? -amount : 0, after);
            seq = previous;
        }
    }

    public void Dispose() => _entry.Dispose();
}
