namespace McpBilling.Server.Jobs;

/// <summary>How one kind of periodic work goes in this process.</summary>
/// <param name="IsHeld">This process is the one that does it.</param>
/// <param name="Done">Rounds that ended well.</param>
/// <param name="Failed">Rounds that did not.</param>
/// <param name="LastDone">When one ended well last; null: not in this process.</param>
internal sealed record RoundState(string Name, bool IsHeld, long Done, long Failed, DateTimeOffset? LastDone, DateTimeOffset? LastFailed);

/// <summary>What came of the rounds of this process, for whoever measures.</summary>
internal sealed class RoundsWatch(Func<string, bool> isHeld)
{
    private readonly Dictionary<string, RoundState> _states = new(StringComparer.Ordinal);

    /// <summary>Called after each round, on whichever thread it ended.</summary>
    public event Action<RoundState>? Ended;

    /// <summary>Every kind that was started, by name.</summary>
    public IReadOnlyList<RoundState> States
    {
        get
        {
            lock (_states)
            {
                return [.. _states.Values.OrderBy(s => s.Name, StringComparer.Ordinal).Select(s => s with { IsHeld = isHeld(s.Name) })];
            }
        }
    }

    internal void Started(string name)
    {
        lock (_states)
        {
            _states.TryAdd(name, new RoundState(name, false, 0, 0, null, null));
        }
    }

    internal void Done(string name, DateTimeOffset now) => End(name, s => s with { Done = s.Done + 1, LastDone = now });

    internal void Failed(string name, DateTimeOffset now) => End(name, s => s with { Failed = s.Failed + 1, LastFailed = now });

    private void End(string name, Func<RoundState, RoundState> change)
    {
        RoundState state;
        lock (_states)
        {
            _states[name] = state = change(_states[name]) with { IsHeld = isHeld(name) };
        }
        Ended?.Invoke(state);
    }
}
