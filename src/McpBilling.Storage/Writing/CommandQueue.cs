using System.Threading.Channels;
using McpBilling.Operations;

namespace McpBilling.Storage.Writing;

/// <summary>
/// What waits for the writer. Whoever sent one command waits for nothing but that; whoever sent a hundred together waits for the last of them. So commands that
/// were sent alone pass: while any come, a transaction takes nothing else, the one after it also a few of the others, and each lets join whatever came alone while it
/// was decided. Within each kind the order is kept. The program's own work goes along with either, and changes nothing of what they wait for but a little time.
/// </summary>
internal sealed class CommandQueue
{
    // More than 256 buys little and costs latency (performance.md).
    private const int MostAtOnce = 256;

    // Of those sent together, while others come. Fewer cost throughput, more cost the others' time. How often a disk commits is not known here, but where few are too
    // few, more and more wait: then one more is taken for each so many, up to a number at which they cost little beside the commit itself.
    private const int FewAtOnce = 4, WaitingForOneMore = 32, MostOfManyAtOnce = 40;

    // A transaction takes one along, and one more for each so many commands: what each waits for that is a small part of what it waits for the others.
    private const int ForOneAlong = 16;

    // So many commands that were sent together without one between that was sent alone: none is expected.
    private const int Forgotten = 2_000;

    private const int MaxWaiting = 65_536;

    // Whoever adds wakes the writer itself: all that runs there is the signal. By way of the thread pool it would wait for a free thread of that, and there may be none.
    private readonly Channel<PendingCommand> _arriving = Channel.CreateBounded<PendingCommand>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, AllowSynchronousContinuations = true });

    // The writer's own: only its thread touches them.
    private readonly Queue<PendingCommand> _together = new();
    private readonly Queue<PendingCommand> _alone = new();
    private readonly Queue<PendingCommand> _along = new();
    private int _sinceAlone = Forgotten;
    private bool _isTurnOfTogether;
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

    /// <summary>How many wait. Asked from other threads than the writer's it may be a little off.</summary>
    public int Count => _arriving.Reader.Count + _together.Count + _alone.Count + _along.Count;

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
        Receive();
        while (_alone.Count + _together.Count + _along.Count == 0)
        {
            if (!_arriving.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                return false;
            }
            Receive();
        }
        TakeCommands(commands);
        for (int room = 1 + commands.Count / ForOneAlong; room > 0 && _along.TryDequeue(out var next); room--)
        {
            commands.Add(next);
        }
        return true;
    }

    /// <summary>Adds to a transaction that is not committed yet what came alone since it began. On the writer's thread.</summary>
    public void Join(List<PendingCommand> commands)
    {
        Receive();
        TakeAlone(commands, MostAtOnce);
    }

    private void Receive()
    {
        while (_alone.Count < MostAtOnce && _together.Count < MaxWaiting && _arriving.Reader.TryRead(out var next))
        {
            (next.GoesAlong ? _along : next.IsOneOfMany ? _together : _alone).Enqueue(next);
        }
    }

    private void TakeCommands(List<PendingCommand> commands)
    {
        // Who sends one command and then many, without waiting, finds them carried out in that order.
        TakeAlone(commands, MostAtOnce - FewAtOnce);
        if (commands.Count > 0 && !_isTurnOfTogether)
        {
            _isTurnOfTogether = _together.Count > 0;
            return;
        }
        _isTurnOfTogether = false;
        int room = commands.Count > 0 || _sinceAlone < Forgotten ? Math.Min(FewAtOnce + _together.Count / WaitingForOneMore, MostOfManyAtOnce) : MostAtOnce;
        for (; room > 0 && _together.TryDequeue(out var next); room--)
        {
            commands.Add(next);
            _sinceAlone++;
        }
    }

    private void TakeAlone(List<PendingCommand> commands, int most)
    {
        while (commands.Count < most && _alone.TryDequeue(out var next))
        {
            commands.Add(next);
            _sinceAlone = 0;
        }
    }
}
