using System.Collections.Frozen;
using McpBilling.Operations;
using McpBilling.Storage.Reading;

namespace McpBilling.Storage.Sums;

/// <summary>
/// Adds postings that wait to the sums of days, beside the writer: it reads and sorts them, and the writer takes a few sums along with each transaction. Several may do so at
/// once, also in several processes: whoever was slower finds that it is done.
/// </summary>
public sealed class SumFolder
{
    private readonly ReaderPool _pool;
    private readonly Func<Caller, FoldStep, Task<bool>> _commit;
    private readonly int _each;

    internal SumFolder(ReaderPool pool, Func<Caller, FoldStep, Task<bool>> commit, bool isFar) => (_pool, _commit, _each) = (pool, commit, isFar ? FarSums : NearSums);

    // So few that whoever waits for the transaction hardly notices; on a server each step asks how far they are, and many rows are written nearly as quickly as one.
    private const int NearSums = 64, FarSums = 512;

    // Steps on their way to the writer, which takes the more along the more else it does in a transaction.
    private const int AtOnce = 16;

    /// <summary>So many are worth being added; fewer cost whoever reads sums next to nothing.</summary>
    public const int WorthIt = 4_096;

    /// <summary>The workspaces in which so many postings wait, or more.</summary>
    public async Task<IReadOnlyList<Caller>> Waiting(int atLeast = WorthIt) => await _pool.Answer(IReadOnlyList<Caller> (r) =>
    {
        var callers = new List<Caller>();
        using var rows = r.Connection.Statement(
            """
            SELECT w.workspace_id, w.mode FROM workspace w WHERE
                (SELECT COALESCE(MAX(p.upto), 0) FROM cost_posting p WHERE p.workspace_id = w.workspace_id) - (SELECT COALESCE(MAX(f.folded), 0) FROM cost_fold f WHERE f.workspace_id = w.workspace_id) >= ?
            ORDER BY w.workspace_id
            """);
        rows.Bind(1, atLeast);
        while (rows.Next())
        {
            callers.Add(new Caller(rows.Long(0), Workspaces.ModeOf(rows.Text(1)), FrozenSet<string>.Empty));
        }
        return callers;
    });

    /// <summary>Adds what waits in a workspace.</summary>
    /// <exception cref="BillingException"><c>try_again</c>, <c>shutting_down</c>: the rest waits on.</exception>
    public async Task Fold(Caller caller, CancellationToken stop)
    {
        var steps = new Queue<Task<bool>>();
        try
        {
            foreach (var step in await Steps(caller, _each))
            {
                stop.ThrowIfCancellationRequested();
                steps.Enqueue(Add(caller, step));
                if (steps.Count == AtOnce && !await steps.Dequeue())
                {
                    // Somebody else was faster; so it will be with those behind it.
                    break;
                }
            }
        }
        finally
        {
            await Task.WhenAll(steps);
        }
    }

    /// <summary>The steps by which what waits now is added.</summary>
    internal async Task<IEnumerable<FoldStep>> Steps(Caller caller, int each) =>
        FoldStep.Of(await _pool.Answer(r => PendingPostings.Read(r.Connection, caller.WorkspaceKey, inFold: true)), each);

    /// <summary>Carries out a step, in a transaction that may hold other commands.</summary>
    /// <returns>False: it is not the next one any more.</returns>
    internal Task<bool> Add(Caller caller, FoldStep step) => _commit(caller, step);
}
