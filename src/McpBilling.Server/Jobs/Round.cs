using System.Runtime.ExceptionServices;
using McpBilling.Operations;

namespace McpBilling.Server.Jobs;

/// <summary>
/// Work that comes round again and again, in one process of all on the same data. A round that fails or is broken off is done again at its next turn, and another
/// process may do it at the same moment when this one was frozen in the middle: so all of it must be idempotent.
/// </summary>
/// <param name="Name">Its lease is called so: the same in every process, and of no other work.</param>
/// <param name="Every">From the beginning of one round to that of the next.</param>
/// <param name="Work">One round. Its token ends when the lease is lost or the program stops.</param>
internal sealed record Round(string Name, TimeSpan Every, Func<CancellationToken, Task> Work)
{
    /// <summary>From the start of the program to the first round. Zero: at once.</summary>
    public TimeSpan First { get; init; } = Every;

    /// <summary>When it goes by the time of day: how long to wait for the next round, instead of <see cref="Every"/>.</summary>
    public Func<DateTimeOffset, TimeSpan>? Until { get; init; }

    /// <summary>Does the work for each, also when it failed for another.</summary>
    /// <exception cref="AggregateException">It failed for several. What failed for one is thrown as it is.</exception>
    public static async Task ForEach(IEnumerable<Caller> callers, Func<Caller, Task> work, CancellationToken stop)
    {
        List<Exception> failures = [];
        foreach (var caller in callers)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                await work(caller);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                failures.Add(e);
            }
        }
        if (failures is [var only])
        {
            ExceptionDispatchInfo.Throw(only);
        }
        if (failures.Count > 1)
        {
            throw new AggregateException(failures);
        }
    }
}
