using System.Data.Common;

namespace McpBilling.Storage.Reading;

/// <summary>
/// Finds a customer's costs of some days. The index over them has the customer after the day and the block of the sequence (docs/decisions/0034), so each block that has costs of these days
/// is looked up. Belongs to one connection and one thread at a time.
/// </summary>
internal sealed class CustomerCosts(DbConnection db) : IDisposable
{
    // So many blocks are asked for at once: a quarter of a million costs, if all are the customer's.
    private const int AtOnce = 16;

    /// <summary>Where a row of cost_event is found by this index: the first four values. Others may follow.</summary>
    public const string InBlock = "cost_event INDEXED BY cost_event_customer WHERE workspace_id = ? AND day = ? AND seq >> 14 = ? AND customer_id = ?";

    // From each block of a day to the next, however many costs they have.
    private readonly Statement _blocks = db.Statement("""
        WITH RECURSIVE asked (on_day) AS (SELECT ?2 UNION ALL SELECT on_day + 1 FROM asked WHERE on_day < ?3),
        block (on_day, number) AS (
            SELECT on_day, (SELECT seq >> 14 FROM cost_event INDEXED BY cost_event_customer WHERE workspace_id = ?1 AND day = on_day ORDER BY seq >> 14 LIMIT 1) FROM asked
            UNION ALL
            SELECT on_day, (SELECT seq >> 14 FROM cost_event INDEXED BY cost_event_customer WHERE workspace_id = ?1 AND day = on_day AND seq >> 14 > number ORDER BY seq >> 14 LIMIT 1)
            FROM block WHERE number IS NOT NULL)
        SELECT on_day, number FROM block WHERE number IS NOT NULL ORDER BY number, on_day
        """);

    /// <summary>The statement at each of its rows, block by block in the sequence's order; within a block they have no order.</summary>
    /// <param name="rows">A question of <see cref="InBlock"/>, whose further values are bound.</param>
    /// <param name="lastDay">Included.</param>
    /// <param name="enough">After so many rows no further blocks are asked for.</param>
    public IEnumerable<Statement> Read(Statement rows, long workspaceKey, long customerKey, long firstDay, long lastDay, int enough = int.MaxValue)
    {
        Statement In((long Day, long Number) block) => rows.Bind(1, workspaceKey).Bind(2, block.Day).Bind(3, block.Number).Bind(4, customerKey);
        int count = 0;
        foreach (var some in Blocks(workspaceKey, firstDay, lastDay).Chunk(AtOnce))
        {
            foreach (var block in some)
            {
                In(block).Expect();
            }
            foreach (var block in some)
            {
                for (In(block); rows.Next(); count++)
                {
                    yield return rows;
                }
            }
            if (count >= enough)
            {
                yield break;
            }
        }
    }

    private List<(long Day, long Number)> Blocks(long workspaceKey, long firstDay, long lastDay)
    {
        var blocks = new List<(long, long)>();
        _blocks.Bind(1, workspaceKey).Bind(2, firstDay).Bind(3, lastDay);
        while (_blocks.Next())
        {
            blocks.Add((_blocks.Long(0), _blocks.Long(1)));
        }
        return blocks;
    }

    public void Dispose() => _blocks.Dispose();
}
