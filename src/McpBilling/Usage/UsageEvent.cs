using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>A fact reported by the app.</summary>
/// <param name="Id">The app's id of the event, unique per customer.</param>
/// <param name="Timestamp">When it happened.</param>
/// <param name="Quantity">A decimal ≥ 0; 1 when the app names none.</param>
public sealed record UsageEvent(
    string Id, string EventType, Instant Timestamp, decimal Quantity, EventProperties Properties, Subject? Subject = null, string? Feature = null)
{
    /// <summary>What it cost us, in US dollars, ≥ 0, where that was told with it; null: not told or not known, which is not zero.</summary>
    public decimal? Cost { get; init; }

    /// <summary>How old an event may be, and how far ahead of our clock (wallets.md; interfaces.md, Runtime API).</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(34);
    public static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(5);

    /// <exception cref="BillingException"><c>invalid_request</c>, naming the field.</exception>
    public static void CheckTimestamp(Instant timestamp, Instant now, string field)
    {
        if (timestamp < now - MaxAge)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"{field} is {timestamp}, more than 34 days before {now}.", field);
        }
        if (timestamp > now + MaxAhead)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"{field} is {timestamp}, more than 5 minutes after {now}: check the sender's clock. Remove timestamp to record it as of now.", field);
        }
    }

    /// <exception cref="BillingException"><c>invalid_request</c>, naming the field.</exception>
    public static decimal CheckQuantity(decimal? quantity, string field) => quantity switch
    {
        null => 1,
        < 0 => throw new BillingException(
            ErrorCode.InvalidRequest, $"{field} is {Money.Quantity.Format(quantity.Value)}: it must not be negative; use reverse_usage to take usage back.", field),
        _ => quantity.Value,
    };
}

/// <summary>What an event was charged at one price, as kept with the event.</summary>
/// <param name="VersionKey">The price version.</param>
/// <param name="PeriodStart">The rating period.</param>
/// <param name="Metered">What the event added to the meter.</param>
/// <param name="QuantityBefore">The period's quantity just before.</param>
/// <param name="EventsBefore">The period's events just before.</param>
/// <param name="Amount">Units of the price's asset; below zero when the period's price fell.</param>
/// <param name="Left">What of <paramref name="Metered"/> has not been reversed.</param>
/// <param name="Shares">Which buckets paid and have not been paid back, in the order of use.</param>
public sealed record EventCharge(
    long VersionKey, Instant PeriodStart, decimal Metered, decimal QuantityBefore, long EventsBefore, long Amount, bool Capped,
    decimal Left, System.Collections.Immutable.ImmutableArray<Ledger.Share> Shares);

/// <summary>An event as stored.</summary>
/// <param name="Key">Its sequence in the workspace.</param>
/// <param name="At">When the ledger took it.</param>
/// <param name="Charges">As they stand now, reversals taken into account.</param>
/// <param name="WasReversed">Taken back before, at least in part.</param>
public sealed record StoredEvent(
    long Key, Instant At, UsageEvent Event, System.Collections.Immutable.ImmutableArray<EventCharge> Charges, System.Collections.Immutable.ImmutableArray<EventCharge> FirstCharges, string Outcome,
    bool WasReversed);
