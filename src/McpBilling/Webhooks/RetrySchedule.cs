namespace McpBilling.Webhooks;

/// <summary>When a delivery that failed is tried again: soon at first, then ever more seldom, for three days. Pure; chance comes in.</summary>
public static class RetrySchedule
{
    // 71 hours and 36 minutes in all.
    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(18), TimeSpan.FromHours(22),
    ];

    /// <summary>How far chance moves an attempt, so that what failed together does not come back together: a tenth of the delay, either way.</summary>
    public const double Jitter = 0.1;

    /// <summary>The longest that a receiver's <c>Retry-After</c> is followed.</summary>
    public static readonly TimeSpan MostAsked = TimeSpan.FromHours(24);

    /// <summary>Attempts of one delivery in all.</summary>
    public static int MostAttempts => Delays.Length + 1;

    /// <summary>The pause after the attempt of this number.</summary>
    /// <param name="tries">Attempts so far, from 1.</param>
    /// <param name="chance">0 to 1.</param>
    /// <param name="asked">What the receiver asked for; it only ever makes the pause longer.</param>
    /// <returns>Null: that was the last.</returns>
    public static TimeSpan? After(int tries, double chance, TimeSpan? asked = null)
    {
        if (tries > Delays.Length)
        {
            return null;
        }
        var pause = Delays[tries - 1] * (1 + Jitter * (2 * chance - 1));
        var wanted = asked is { } named ? (named < MostAsked ? named : MostAsked) : TimeSpan.Zero;
        return pause > wanted ? pause : wanted;
    }
}
