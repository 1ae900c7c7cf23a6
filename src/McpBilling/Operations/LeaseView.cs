namespace McpBilling.Operations;

/// <summary>
/// What one process knows of one lease, and what it may do with it. All times are of the process's own clock that only goes forward (time since some
/// start): no two processes compare clocks. Its holder counts from before it asked, a follower from after it looked, and the holder's time is the shorter
/// one; so no two hold it at once, unless the clock of one stood still. That one finds a foreign version when it looks again.
/// </summary>
/// <param name="owner">This process; no other is called the same.</param>
public sealed class LeaseView(string name, string owner)
{
    /// <summary>So long a holder that was not answered again takes itself for the holder.</summary>
    public static readonly TimeSpan HeldFor = TimeSpan.FromSeconds(6);

    /// <summary>So long a lease must have been seen unchanged before another process takes it. A quarter more than <see cref="HeldFor"/>: clocks may differ in pace.</summary>
    public static readonly TimeSpan AbandonedAfter = TimeSpan.FromSeconds(7.5);

    /// <summary>How often a holder renews, and who waits looks. One renewal may fail without loss.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(2.5);

    private StoredLease _seen = new(name, null, 0);
    private TimeSpan? _seenAt;
    private TimeSpan? _heldUntil;

    public string Name => name;

    /// <summary>Who had it when it was last seen; null: nobody, or it was never looked at.</summary>
    public string? Holder => _seen.Owner;

    /// <summary>Whether this process has it, as far as it can know without looking.</summary>
    public bool IsHeld(TimeSpan now) => now < _heldUntil;

    /// <summary>Takes note of what was read.</summary>
    /// <param name="now">After the reading, not before: the change may have happened in between.</param>
    public void See(StoredLease stored, TimeSpan now)
    {
        // A reading may be told of later than an answer that came after it.
        if (_seenAt is null || stored.Version > _seen.Version)
        {
            (_seen, _seenAt) = (stored, now);
            if (stored.Owner != owner)
            {
                _heldUntil = null;
            }
        }
    }

    /// <summary>What to ask the writer for in order to have it, or to keep it.</summary>
    /// <returns>Null: another has it and may be alive, or it was not looked at yet.</returns>
    public LeaseChange? Wanted(TimeSpan now) =>
        _seenAt is { } since && (_seen.Owner is null || _seen.Owner == owner || now - since >= AbandonedAfter) ? new LeaseChange(name, _seen.Version, owner) : null;

    /// <summary>From now on this process does not take itself for the holder.</summary>
    /// <returns>What to ask for in order to give it back; null: this process does not have it.</returns>
    public LeaseChange? GiveBack()
    {
        // First, not when it is answered: the next holder begins with the commit.
        _heldUntil = null;
        return _seen.Owner == owner ? new LeaseChange(name, _seen.Version, null) : null;
    }

    /// <summary>How much longer it is held without another renewal; not above zero: it is not.</summary>
    public TimeSpan Left(TimeSpan now) => _heldUntil is { } until ? until - now : TimeSpan.Zero;

    /// <summary>How long to wait before looking again.</summary>
    public TimeSpan Pause(TimeSpan now)
    {
        var left = _seenAt is { } since && _seen.Owner is not null && _seen.Owner != owner ? since + AbandonedAfter - now : Beat;
        return left > Beat || left <= TimeSpan.Zero ? Beat : left;
    }

    /// <summary>Takes note of what the writer made of a change.</summary>
    /// <param name="sentAt">Before it was handed over.</param>
    public void Answered(LeaseChange asked, StoredLease stored, TimeSpan sentAt, TimeSpan now)
    {
        See(stored, now);
        if (asked.Owner == owner && stored.Owner == owner && stored.Version == asked.Version + 1 && _seen.Version == stored.Version)
        {
            _heldUntil = sentAt + HeldFor;
        }
    }
}
