using McpBilling.Operations;

namespace McpBilling.Server.Jobs;

/// <summary>
/// All periodic work of this process. Each kind waits for its time, then for its lease, and looks at the lease again before every round; so of several processes on
/// the same data one does it, and when that one is gone another goes on within seconds with what was due.
/// </summary>
internal sealed class Rounds : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Running> _running = [];
    private readonly Leases _leases;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    /// <param name="leases">Become its own.</param>
    public Rounds(Leases leases, TimeProvider time, ILogger log)
    {
        (_leases, _time, _log) = (leases, time, log);
        Watch = new RoundsWatch(leases.IsHeld);
    }

    public RoundsWatch Watch { get; }

    /// <summary>Begins with one kind of work.</summary>
    /// <returns>Its end, which waits for a round that is going on. The end of all is also its end.</returns>
    public IAsyncDisposable Start(Round round)
    {
        Watch.Started(round.Name);
        var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var running = new Running(stop, Run(round, stop.Token));
        lock (_running)
        {
            _running.Add(running);
        }
        return running;
    }

    /// <summary>Ends all, and gives the leases back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Running[] all;
        lock (_running)
        {
            all = [.. _running];
        }
        foreach (var one in all)
        {
            await one.DisposeAsync();
        }
        await _leases.DisposeAsync();
        _stop.Dispose();
    }

    private async Task Run(Round round, CancellationToken stop)
    {
        try
        {
            // A tick that comes while a round goes on is kept: no round is later than it must be.
            using var timer = new PeriodicTimer(round.First > TimeSpan.Zero ? round.First : round.Every, _time);
            bool atOnce = round.First <= TimeSpan.Zero;
            while (atOnce || await timer.WaitForNextTickAsync(stop))
            {
                if (atOnce)
                {
                    // The program starts first.
                    await Task.Yield();
                    atOnce = false;
                }
                await Turn(round, stop);
                var next = round.Until?.Invoke(_time.GetUtcNow()) ?? round.Every;
                if (round.Until is not null || timer.Period != next)
                {
                    timer.Period = next;
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task Turn(Round round, CancellationToken stop)
    {
        using var hold = await _leases.Hold(round.Name, e => Tell(round, e), stop);
        if (hold.IsNew)
        {
            _log.LogInformation("The round {Round} is done by this process now ({Owner})", round.Name, _leases.Owner);
        }
        try
        {
            await round.Work(hold.Token);
            Watch.Done(round.Name, _time.GetUtcNow());
            return;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException) when (hold.Token.IsCancellationRequested)
        {
            _log.LogWarning("The round {Round} was broken off: its lease was not renewed in time. It is done again at the next turn, here or elsewhere", round.Name);
        }
        catch (AggregateException several)
        {
            foreach (var e in several.InnerExceptions)
            {
                Tell(round, e);
            }
        }
        catch (Exception e)
        {
            Tell(round, e);
        }
        Watch.Failed(round.Name, _time.GetUtcNow());
    }

    private void Tell(Round round, Exception e)
    {
        if (e is BillingException refused)
        {
            _log.LogInformation("The round {Round} goes on at its next turn: {Detail}", round.Name, refused.Detail);
        }
        else
        {
            _log.LogWarning(e, "The round {Round} failed; the next turn tries again", round.Name);
        }
    }

    private sealed class Running(CancellationTokenSource stop, Task task) : IAsyncDisposable
    {
        private bool _ended;

        public async ValueTask DisposeAsync()
        {
            if (_ended)
            {
                return;
            }
            await stop.CancelAsync();
            await task;
            _ended = true;
            stop.Dispose();
        }
    }
}
