using McpBilling.Money;

namespace McpBilling.Webhooks;

/// <summary>How the delivery of one message to one endpoint stands. The numbers are stored.</summary>
public enum DeliveryStatus
{
    /// <summary>It is to be tried, or tried again.</summary>
    Waiting = 0,

    /// <summary>The receiver answered 2xx.</summary>
    Delivered = 1,

    /// <summary>Every attempt failed, or the receiver is gone.</summary>
    Failed = 2,

    /// <summary>The endpoint was deleted, or was turned off for three days.</summary>
    Skipped = 3,
}

/// <summary>What came of one attempt. The numbers are stored.</summary>
public enum AttemptOutcome
{
    /// <summary>2xx.</summary>
    Delivered = 0,

    /// <summary>Another answer than 2xx.</summary>
    HttpError = 1,

    /// <summary>3xx: redirects are not followed.</summary>
    Redirected = 2,

    /// <summary>410: the receiver wants no more; the endpoint is turned off.</summary>
    Gone = 3,

    TimedOut = 4,
    ConnectionFailed = 5,
    NameNotResolved = 6,
    TlsFailed = 7,

    /// <summary>The name leads into a network that is not public, or the address is plain http: nothing was sent.</summary>
    AddressRefused = 8,
}

/// <summary>One attempt, as it is kept. What the receiver wrote is not.</summary>
/// <param name="HttpStatus">Null when there was no answer.</param>
/// <param name="RetryAfter">What the receiver asked for.</param>
public sealed record AttemptResult(AttemptOutcome Outcome, int? HttpStatus, TimeSpan Took, TimeSpan? RetryAfter = null);

/// <summary>Where a delivery stands, and the law of how an attempt moves it. Immutable.</summary>
/// <param name="Tries">Attempts since it was last begun: a replay begins again.</param>
/// <param name="DueAt">Null: no attempt is to be made.</param>
public sealed record DeliveryState(DeliveryStatus Status, int Tries, Instant? DueAt)
{
    /// <summary>A delivery is kept this long after its beginning.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>How long a message waits for an endpoint that is turned off.</summary>
    public static readonly TimeSpan Waits = TimeSpan.FromDays(3);

    public static DeliveryState Begun(Instant now) => new(DeliveryStatus.Waiting, 0, now);

    /// <param name="now">When the attempt ended.</param>
    /// <param name="chance">0 to 1.</param>
    public DeliveryState After(AttemptResult attempt, Instant now, double chance)
    {
        int tries = Tries + 1;
        if (attempt.Outcome == AttemptOutcome.Delivered)
        {
            return new(DeliveryStatus.Delivered, tries, null);
        }
        // Whoever deleted the endpoint meanwhile wants no more of it.
        if (Status != DeliveryStatus.Waiting)
        {
            return this with { Tries = tries };
        }
        return attempt.Outcome != AttemptOutcome.Gone && RetrySchedule.After(tries, chance, attempt.RetryAfter) is { } pause
            ? new(DeliveryStatus.Waiting, tries, now + pause)
            : new(DeliveryStatus.Failed, tries, null);
    }
}
