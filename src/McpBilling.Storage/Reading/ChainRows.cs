using System.Data.Common;

namespace McpBilling.Storage.Reading;

/// <summary>
/// Follows a chain of rows back: an account's entries, a customer's events. On a server each question is a way over the network, so each brings many rows; a file makes no more of them than
/// are read. Belongs to one connection and one thread at a time, and follows one chain at a time.
/// </summary>
/// <param name="table">Has a <c>seq</c> in each workspace, and in <c>previous</c> that of the row before it in its chain, 0 for none.</param>
/// <param name="columns">What else is read, separated by commas.</param>
internal sealed class ChainRows(DbConnection db, string table, string columns) : IDisposable
{
    /// <summary>Where the columns begin that were asked for: after a row's own sequence and that of the row before it.</summary>
    public const int Columns = 2;

    // Rows of the first question where nobody says how many are wanted, and of the largest: each brings four times as many as the one before.
    private const int Usual = 64, Most = 4096;

    private readonly Statement _rows = db.Statement($"""
        WITH RECURSIVE chain (number, seq, previous, {columns}) AS (
            SELECT CAST(1 AS BIGINT), seq, previous, {columns} FROM {table} WHERE workspace_id = ? AND seq = ?
            UNION ALL
            SELECT chain.number + 1, t.seq, t.previous, {string.Join(", ", columns.Split(',').Select(c => "t." + c.Trim()))} FROM chain JOIN {table} t ON t.workspace_id = ? AND t.seq = chain.previous
            WHERE chain.number < ?)
        SELECT seq, previous, {columns} FROM chain
        """);

    /// <summary>The statement at each row, the newest first; it ends where a row is missing.</summary>
    /// <param name="last">The newest row; 0 for none.</param>
    /// <param name="first">So many will be read at least, if there are.</param>
    public IEnumerable<Statement> From(long workspace, long last, int first = Usual)
    {
        long next = last;
        for (int block = first; next > 0; block = Math.Min(block * 4, Most))
        {
            Bind(workspace, next, block);
            int read = 0;
            try
            {
                for (; _rows.Next(); read++)
                {
                    next = _rows.Long(1);
                    yield return _rows;
                }
            }
            finally
            {
                _rows.Reset();
            }
            if (read < block)
            {
                yield break;
            }
        }
    }

    /// <summary>Says which chains will be followed next, in that order (<see cref="Statement.Expect"/>).</summary>
    /// <param name="last">Their newest rows.</param>
    public void Expect(long workspace, IEnumerable<long> last)
    {
        foreach (long row in last.Where(row => row > 0))
        {
            Bind(workspace, row, Usual).Expect();
        }
    }

    private Statement Bind(long workspace, long from, int block) => _rows.Bind(1, workspace).Bind(2, from).Bind(3, workspace).Bind(4, (long)block);

    public void Dispose() => _rows.Dispose();
}
