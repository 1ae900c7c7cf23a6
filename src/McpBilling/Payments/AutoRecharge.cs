using McpBilling.Money;

namespace McpBilling.Payments;

/// <summary>Why nothing is charged by itself. The numbers are stored.</summary>
public enum AutoRechargeEnd
{
    /// <summary>The customer turned it off.</summary>
    Customer = 1,

    /// <summary>It failed <see cref="AutoRecharge.MaxFailures"/> times in a row.</summary>
    Failures = 2,

    /// <summary>The customer's bank wants to see them: nothing more can be charged without them.</summary>
    Authentication = 3,

    /// <summary>What they pay with is no good any more, or gone.</summary>
    Instrument = 4,

    /// <summary>They disputed a payment.</summary>
    Dispute = 5,
}

/// <summary>What the customer agreed to, when and from where: kept as long as anything was charged by it.</summary>
/// <param name="TextVersion">Which text they read; every version stays readable.</param>
/// <param name="Address">The network address they came from; null where there was none, such as an agreement on paper that the builder vouches for.</param>
public sealed record Consent(string TextVersion, Instant At, string? Address);

/// <summary>What to charge.</summary>
/// <param name="PackId">A pack of the catalog; null: <paramref name="Free"/>.</param>
/// <param name="Free">An amount of money within the catalog's free amounts.</param>
public sealed record AutoRechargePurchase(string? PackId, Amount? Free);

/// <summary>
/// A top-up that the customer allowed in advance: when the account falls below a threshold, so much is charged, never more in a month than they said. It is the
/// customer's own, and ends when they say so. Immutable; <see cref="AutoRechargeStep"/> says what happens to it.
/// </summary>
/// <param name="Asset">Which account.</param>
/// <param name="Threshold">Below so many units of what is available a recharge begins, ≥ 0.</param>
/// <param name="MonthlyCap">The most that is charged in a calendar month (UTC), what is under way included; without tax.</param>
public sealed record AutoRecharge(Asset Asset, long Threshold, AutoRechargePurchase Purchase, Amount MonthlyCap, string Processor, Consent Consent)
{
    /// <summary>So many failures in a row turn it off.</summary>
    public const int MaxFailures = 4;

    /// <summary>After a payment nothing is charged for so long, so that a mistake of the app does not empty the customer's account at once.</summary>
    public static readonly TimeSpan Cooldown = TimeSpan.FromMinutes(1);

    /// <summary>After the n-th failure in a row nothing is tried for so long.</summary>
    public static readonly IReadOnlyList<TimeSpan> Pauses = [TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromHours(24)];

    /// <summary>Null: it is on.</summary>
    public AutoRechargeEnd? Ended { get; init; }

    public bool IsOn => Ended is null;

    /// <summary>The order that is being charged; never more than one.</summary>
    public long? InFlight { get; init; }

    /// <summary>Nothing is begun before.</summary>
    public Instant NotBefore { get; init; }

    /// <summary>In a row.</summary>
    public int Failures { get; init; }

    /// <summary>The month of <see cref="Charged"/>, counted from 1970.</summary>
    public int Month { get; init; }

    /// <summary>Charged in that month, and what is under way, in units of the cap's currency.</summary>
    public long Charged { get; init; }

    public long ChargedIn(int month) => month == Month ? Charged : 0;

    public static int MonthOf(Instant at) => at.ToDateTimeOffset() is var utc ? (utc.Year - 1970) * 12 + utc.Month - 1 : 0;
}
