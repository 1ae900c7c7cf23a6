namespace McpBilling.Usage;

/// <summary>
/// What the last captures of holds came to at one price: what the hold policy <c>learned</c> learns from. A function of the ledger alone: of the events that
/// captured a hold, the newest <see cref="MaxEvents"/> that are not older than the horizon, a hold that was captured in several parts counted once. So whoever
/// reads them back decides as whoever counted along.
/// </summary>
/// <param name="horizon">How far back a capture counts, in positions.</param>
public sealed class CaptureWindow(long horizon)
{
    /// <summary>Events looked at, at most: memory is bounded, and what was usual long ago says little.</summary>
    public const int MaxEvents = 100;

    /// <summary>One customer's captures: among so many of the customer's last events, which are numbered from 1.</summary>
    public const long OwnHorizon = 500;

    /// <summary>Everybody's captures: among so many of the last rows of the ledger, by their sequence.</summary>
    public const long CommonHorizon = 5_000;

    private const int Percentile = 95;

    private readonly Queue<(long Position, long HoldKey, long Amount)> _captures = new();

    /// <summary>Takes the newest capture.</summary>
    /// <param name="position">Higher than that of every earlier one.</param>
    /// <param name="amount">What the event was charged, in units of the price's asset.</param>
    public void Add(long position, long holdKey, long amount)
    {
        _captures.Enqueue((position, holdKey, amount));
        if (_captures.Count > MaxEvents)
        {
            _captures.Dequeue();
        }
    }

    /// <summary>The 95th percentile by nearest rank: the least amount that would have been enough for 95 % of these holds. Null: there are none.</summary>
    /// <param name="last">The position of the ledger's last event or row.</param>
    public long? Usual(long last)
    {
        var byHold = new Dictionary<long, long>(_captures.Count);
        foreach (var (position, hold, amount) in _captures)
        {
            if (position > last - horizon)
            {
                byHold[hold] = checked(byHold.GetValueOrDefault(hold) + amount);
            }
        }
        if (byHold.Count == 0)
        {
            return null;
        }
        long[] amounts = [.. byHold.Values];
        Array.Sort(amounts);
        return Math.Max(0, amounts[(amounts.Length * Percentile + 99) / 100 - 1]);
    }

    /// <summary>A copy to count on with, where it is not certain yet that what is counted will last.</summary>
    public CaptureWindow Copy()
    {
        var copy = new CaptureWindow(horizon);
        foreach (var (position, hold, amount) in _captures)
        {
            copy.Add(position, hold, amount);
        }
        return copy;
    }
}
