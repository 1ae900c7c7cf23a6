using System.Threading.Channels;
using McpBilling.Operations;

namespace McpBilling.Storage.Writing;

/// <summary>
/// What waits for the writer. Whoever sent one command waits for nothing but that; whoever sent a hundred together waits for the last of them. So commands that
/// were sent alone pass: while any come, they have every other transaction to themselves, and the one between takes only a few of the others, so that it ends
/// soon. Within each kind the order is kept.
/// </summary>
internal sealed class CommandQueue
{
    // More than 256 buys little and costs latency (performance.md).
    private const int MostAtOnce = 256;

    // Of those sent together, while others come. Fewer cost throughput, more cost the others' time.
    private const int FewAtOnce = 20;

    // So many commands that were sent together without one between that was sent alone: none is expected.
    private const int Forgotten = 2_000;

    private const int MaxWaiting = 65_536;

    private readonly Channel<PendingCommand> _arriving = Channel.CreateBounded<PendingCommand>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, AllowSynchronousContinuations = false });

    // The writer's own: only its thread touches them.
    private readonly Queue<PendingCommand> _together = new();
    private int _sinceAlone = Forgotten;
    private bool _wasAlone;
    private volatile bool _closed;

    /// <exception cref="BillingException"><c>shutting_down</c>, or <c>try_again</c> when too much waits.</exception>
    public void Add(PendingCommand command)
    {
        if (!_arriving.Writer.TryWrite(command))
        {
            throw _closed
                ? new BillingException(ErrorCode.ShuttingDown, "The server is stopping.")
                : new BillingException(ErrorCode.TryAgain, "Too many requests are waiting for the database.");
        }
    }

    /// <summary>Takes no more; what waits is still given out.</summary>
    public void Close()
    {
        _closed = true;
        _arriving.Writer.TryComplete();
    }

    /// <summary>Fills the list with what the next transaction carries out; waits until there is something. On the writer's thread.</summary>
    /// <returns>False: closed, and nothing waits.</returns>
    public bool Take(List<PendingCommand> commands)
    {
        commands.Clear();
        while (true)
        {
            while (commands.Count < MostAtOnce && _together.Count < MaxWaiting && _arriving.Reader.TryRead(out var next))
            {
                if (next.IsOneOfMany)
                {
                    _together.Enqueue(next);
                }
                else
                {
                    commands.Add(next);
                }
            }
            if (commands.Count > 0 && (_together.Count == 0 || !_wasAlone))
            {
                (_wasAlone, _sinceAlone) = (true, 0);
                return true;
            }
            _wasAlone = false;
            for (int room = _sinceAlone < Forgotten ? FewAtOnce : MostAtOnce; room > 0 && _together.TryDequeue(out var next); room--)
            {
                commands.Add(next);
                _sinceAlone++;
            }
            if (commands.Count > 0)
            {
                return true;
            }
            if (!_arriving.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                return false;
            }
        }
    }
}
