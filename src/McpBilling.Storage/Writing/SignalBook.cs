using System.Runtime.InteropServices;
using McpBilling.Integration;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage.Writing;

/// <summary>
/// Gathers the doors' signals in memory, equal ones counted, and hands them to the writer a moment later. Whoever notes one never waits. Bounded: in a
/// storm of different requests their ids are dropped and only what was wrong is counted; a signal beyond that is lost, which harms nothing but a finding.
/// </summary>
internal sealed class SignalBook : ISignals, IDisposable
{
    private const int MaxGathered = 2_048;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time;
    private readonly Action<PendingCommand> _submit;
    private readonly Lock _handingOver = new();
    private Task _handedOver = Task.CompletedTask;
    private readonly Lock _lock = new();
    private readonly Lock _timerLock = new();
    private readonly ITimer _timer;
    private Dictionary<(long Workspace, AppSignal Signal), Tally> _gathered = [];
    private bool _isDisposed;

    /// <param name="submit">Hands a command to the writer.</param>
    public SignalBook(TimeProvider time, Action<PendingCommand> submit)
    {
        (_time, _submit) = (time, submit);
        _timer = time.CreateTimer(_ => Write(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Note(AppSignal signal, Caller caller)
    {
        var kept = signal.Cut();
        var now = Instant.From(_time.GetUtcNow());
        bool first;
        lock (_lock)
        {
            first = _gathered.Count == 0;
            // The words may differ from one refusal to the next (a time in them); equal is what has all else in common.
            var key = (caller.WorkspaceKey, kept with { Detail = "" });
            if (_gathered.Count >= MaxGathered && !_gathered.ContainsKey(key))
            {
                key = (caller.WorkspaceKey, kept with { Detail = "", CustomerId = "", EventType = "", Item = "" });
                if (_gathered.Count >= MaxGathered * 2 && !_gathered.ContainsKey(key))
                {
                    return;
                }
            }
            ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(_gathered, key, out bool known);
            tally = known ? tally with { Count = tally.Count + 1, Last = now } : new Tally(1, now, now, kept.Detail);
        }
        if (first)
        {
            Schedule();
        }
    }

    /// <summary>Writes what was noted by now; completes when it is durable, or could not be written.</summary>
    public async Task Flush()
    {
        try
        {
            await Write();
        }
        catch (BillingException)
        {
            // Lost: the verification will know less.
        }
    }

    /// <summary>Hands over what was noted; to be called before the writer is closed.</summary>
    public void Dispose()
    {
        lock (_timerLock)
        {
            _isDisposed = true;
            _timer.Dispose();
        }
        Write();
    }

    private void Schedule()
    {
        lock (_timerLock)
        {
            if (!_isDisposed)
            {
                _timer.Change(Delay, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <returns>The end of everything that was handed over, also by a turn of the timer that is under way.</returns>
    private Task Write()
    {
        lock (_handingOver)
        {
            return _handedOver = HandOver() ?? _handedOver;
        }
    }

    private Task? HandOver()
    {
        Dictionary<(long Workspace, AppSignal Signal), Tally> gathered;
        lock (_lock)
        {
            if (_gathered.Count == 0)
            {
                return null;
            }
            gathered = _gathered;
            _gathered = [];
        }
        var written = gathered.GroupBy(g => g.Key.Workspace).Select(ofWorkspace =>
        {
            var signals = ofWorkspace.Select(g => new CountedSignal(g.Key.Signal with { Detail = g.Value.Detail }, g.Value.Count, g.Value.First, g.Value.Last)).ToList();
            var caller = new Caller(ofWorkspace.Key, Mode.Test, System.Collections.Frozen.FrozenSet<string>.Empty);
            var pending = new PendingCommand<object>(caller, batch => batch.OfWorkspace.Note(ofWorkspace.Key, signals)) { Kind = typeof(SignalBook) };
            try
            {
                _submit(pending);
            }
            catch (BillingException)
            {
                return Task.CompletedTask;
            }
            return (Task)pending.Task;
        }).ToList();
        var all = Task.WhenAll(written);
        // Nobody may be waiting: a failure is no news.
        _ = all.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return all;
    }

    private readonly record struct Tally(long Count, Instant First, Instant Last, string Detail);
}
