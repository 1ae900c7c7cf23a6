using System.Collections.Frozen;
using System.Security.Cryptography;
using McpBilling.Operations;

namespace McpBilling.Server.Jobs;

/// <summary>
/// The leases of this process: takes those that are wanted, renews all that it has with one small command a beat, and gives them back at its end. Killed, it gives
/// nothing back; then another process has seen them unchanged for <see cref="LeaseView.AbandonedAfter"/> and takes them.
/// </summary>
internal sealed class Leases : IAsyncDisposable
{
    // The rows of leases are of no workspace.
    private static readonly Caller Nobody = new(0, Mode.Test, FrozenSet<string>.Empty);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (LeaseView View, HashSet<LeaseHold> Holds)> _leases = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly IBilling _billing;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Task _beating;
    private string? _owner;

    /// <param name="owner">For tests: what this process is called; else its machine, its number and chance.</param>
    public Leases(IBilling billing, TimeProvider time, string? owner = null)
    {
        (_billing, _time, _owner, _start) = (billing, time, owner, time.GetTimestamp());
        _beating = Run();
    }

    /// <summary>What this process is called in the rows.</summary>
    public string Owner => _owner ??= $"{Environment.MachineName}:{Environment.ProcessId}:{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    /// <summary>Whether this process has a lease, as far as it can know without looking.</summary>
    public bool IsHeld(string name)
    {
        lock (_gate)
        {
            return _leases.TryGetValue(name, out var known) && known.View.IsHeld(Now);
        }
    }

    /// <summary>Looks, takes what is free or abandoned, and else waits until it is.</summary>
    /// <param name="failed">Told when the database could not be asked; it is asked again.</param>
    /// <returns>The lease for one round of work; its token ends when the lease is lost.</returns>
    /// <exception cref="OperationCanceledException">The end came first.</exception>
    public async Task<LeaseHold> Hold(string name, Action<Exception> failed, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                if (await Try(name, stop) is { } hold)
                {
                    return hold;
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failed(e);
            }
            TimeSpan pause;
            lock (_gate)
            {
                pause = Known(name).View.Pause(Now);
            }
            await Task.Delay(pause, _time, stop);
        }
    }

    /// <summary>Gives back what it has. Nothing may be held any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _beating;
        LeaseChange[] back;
        lock (_gate)
        {
            back = [.. _leases.Values.Select(l => l.View.GiveBack()).OfType<LeaseChange>()];
        }
        if (back.Length > 0)
        {
            try
            {
                await _billing.Commit(new SetLeases(back), Nobody, CancellationToken.None);
            }
            catch (BillingException)
            {
                // As if it had been killed: whoever comes next waits a little.
            }
        }
        _stop.Dispose();
    }

    internal void End(LeaseHold hold)
    {
        lock (_gate)
        {
            Known(hold.Name).Holds.Remove(hold);
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    private (LeaseView View, HashSet<LeaseHold> Holds) Known(string name)
    {
        if (!_leases.TryGetValue(name, out var known))
        {
            _leases[name] = known = (new LeaseView(name, Owner), []);
        }
        return known;
    }

    private async Task<LeaseHold?> Try(string name, CancellationToken stop)
    {
        var stored = await _billing.Reads<ILeaseReads>().Lease(name);
        LeaseChange? wanted = null;
        lock (_gate)
        {
            var view = Known(name).View;
            view.See(stored, Now);
            wanted = view.IsHeld(Now) ? null : view.Wanted(Now);
        }
        if (wanted is not null)
        {
            await Change([wanted], stop);
        }
        lock (_gate)
        {
            var (view, holds) = Known(name);
            if (!view.IsHeld(Now))
            {
                return null;
            }
            var hold = new LeaseHold(this, name, view.Left(Now), _time, stop) { IsNew = wanted is not null };
            holds.Add(hold);
            return hold;
        }
    }

    private async Task Run()
    {
        try
        {
            using var timer = new PeriodicTimer(LeaseView.Beat, _time);
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                LeaseChange[] wanted;
                lock (_gate)
                {
                    wanted = [.. _leases.Values.Where(l => l.View.Holder == Owner).Select(l => l.View.Wanted(Now)).OfType<LeaseChange>()];
                }
                if (wanted.Length == 0)
                {
                    continue;
                }
                try
                {
                    await Change(wanted, _stop.Token);
                }
                catch (BillingException e) when (e.Code == ErrorCode.ProgramOutdated)
                {
                    await GiveUp();
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // What was not renewed runs out, and the round that uses it is told by its token.
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    // It cannot be written that they are given back: the newer program follows as after a crash. Here nothing more is done under them.
    private async Task GiveUp()
    {
        LeaseHold[] held;
        lock (_gate)
        {
            foreach (var (view, _) in _leases.Values)
            {
                view.GiveBack();
            }
            held = [.. _leases.Values.SelectMany(l => l.Holds)];
        }
        foreach (var hold in held)
        {
            await hold.Lose();
        }
    }

    private async Task Change(LeaseChange[] wanted, CancellationToken stop)
    {
        var sentAt = Now;
        var stored = await _billing.Commit(new SetLeases(wanted), Nobody, stop);
        List<LeaseHold> lost = [];
        lock (_gate)
        {
            for (int i = 0; i < wanted.Length; i++)
            {
                var (view, holds) = Known(wanted[i].Name);
                view.Answered(wanted[i], stored[i], sentAt, Now);
                lost.AddRange(holds.Where(h => !h.Extend(view.Left(Now))));
            }
        }
        foreach (var hold in lost)
        {
            await hold.Lose();
        }
    }
}

/// <summary>A lease that is held for one round of work.</summary>
internal sealed class LeaseHold : IDisposable
{
    private readonly Leases _leases;
    private readonly CancellationTokenSource _runsOut;
    private readonly CancellationTokenSource _either;

    internal LeaseHold(Leases leases, string name, TimeSpan left, TimeProvider time, CancellationToken stop)
    {
        (_leases, Name) = (leases, name);
        _runsOut = new CancellationTokenSource(left, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_runsOut.Token, stop);
    }

    public string Name { get; }

    /// <summary>It had to be taken: the round before was done elsewhere, or too long ago.</summary>
    public bool IsNew { get; init; }

    /// <summary>Ends when the lease was lost or was not renewed in time, or when the work is to stop.</summary>
    public CancellationToken Token => _either.Token;

    public void Dispose()
    {
        _leases.End(this);
        _either.Dispose();
        _runsOut.Dispose();
    }

    /// <summary>Under the gate of the leases, as its end is: one that ended is not extended.</summary>
    /// <returns>False: there is nothing left.</returns>
    internal bool Extend(TimeSpan left)
    {
        if (left > TimeSpan.Zero)
        {
            _runsOut.CancelAfter(left);
        }
        return left > TimeSpan.Zero;
    }

    /// <summary>Not under the gate: whoever waits for the token may go on at once.</summary>
    internal async Task Lose()
    {
        try
        {
            await _runsOut.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The round ended in the meantime.
        }
    }
}
