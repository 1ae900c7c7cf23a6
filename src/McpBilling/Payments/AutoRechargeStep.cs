using McpBilling.Money;

namespace McpBilling.Payments;

/// <summary>Why nothing is begun, or that something is.</summary>
public enum AutoRechargeNeed
{
    Begin,
    None,
    Off,
    InFlight,
    TooSoon,

    /// <summary>It would be more than the customer allowed for the month.</summary>
    Cap,
}

/// <summary>
/// What becomes of an auto-recharge. Pure, and decided inside the transaction that took the credit: however many debits come at once, one of them finds
/// nothing under way.
/// </summary>
public static class AutoRechargeStep
{
    /// <summary>Whether a charge is due.</summary>
    /// <param name="available">What the account has for use, in its units.</param>
    /// <param name="price">What a charge would take, without tax, in the cap's currency.</param>
    public static AutoRechargeNeed Need(AutoRecharge settings, long available, Amount price, Instant now)
    {
        if (!settings.IsOn)
        {
            return AutoRechargeNeed.Off;
        }
        if (available >= settings.Threshold)
        {
            return AutoRechargeNeed.None;
        }
        if (settings.InFlight is not null)
        {
            return AutoRechargeNeed.InFlight;
        }
        if (now < settings.NotBefore)
        {
            return AutoRechargeNeed.TooSoon;
        }
        long left = settings.MonthlyCap.Units - settings.ChargedIn(AutoRecharge.MonthOf(now));
        return (price.Asset.Id == settings.MonthlyCap.Asset.Id && price.Units <= left) ? AutoRechargeNeed.Begin : AutoRechargeNeed.Cap;
    }

    /// <summary>An order was made; from now on it counts as charged.</summary>
    public static AutoRecharge Begun(AutoRecharge settings, long order, Amount price, Instant now)
    {
        int month = AutoRecharge.MonthOf(now);
        return settings with { InFlight = order, Month = month, Charged = checked(settings.ChargedIn(month) + price.Units) };
    }

    /// <summary>The money is there, from this charge or, for an order that had been given up, after all.</summary>
    /// <param name="begun">When the order was made: the month in which it counts.</param>
    public static AutoRecharge Paid(AutoRecharge settings, long order, Amount price, Instant begun, Instant now)
    {
        if (settings.InFlight != order)
        {
            // Money that was not counted on any more: it counts again.
            int month = AutoRecharge.MonthOf(begun);
            return month == settings.Month ? settings with { Charged = checked(settings.Charged + price.Units) } : settings;
        }
        return settings with { InFlight = null, Failures = 0, NotBefore = now + AutoRecharge.Cooldown };
    }

    /// <summary>It did not come to pass, for good: the processor said so, and the order is closed.</summary>
    public static AutoRecharge Failed(AutoRecharge settings, long order, Amount price, Instant begun, RetryAdvice retry, bool needsCustomer, Instant now)
    {
        if (settings.InFlight != order)
        {
            return settings;
        }
        int failures = settings.Failures + 1;
        AutoRechargeEnd? end = settings.Ended
            ?? (needsCustomer ? AutoRechargeEnd.Authentication
                : retry is RetryAdvice.Never or RetryAdvice.AfterCustomer ? AutoRechargeEnd.Instrument
                : failures >= AutoRecharge.MaxFailures ? AutoRechargeEnd.Failures
                : null);
        return settings with
        {
            InFlight = null,
            Failures = failures,
            Ended = end,
            NotBefore = now + AutoRecharge.Pauses[Math.Min(failures, AutoRecharge.Pauses.Count) - 1],
            Charged = AutoRecharge.MonthOf(begun) == settings.Month ? settings.Charged - price.Units : settings.Charged,
        };
    }

    /// <summary>Nothing more is begun. What is under way cannot be called back, and still counts. Of what ended by itself the customer may say that it is to stay so.</summary>
    public static AutoRecharge Stopped(AutoRecharge settings, AutoRechargeEnd why) =>
        settings.IsOn || why == AutoRechargeEnd.Customer ? settings with { Ended = why } : settings;

    /// <summary>The customer sets it anew, with a new consent. What is under way, and what the month has cost so far, stays.</summary>
    public static AutoRecharge Set(AutoRecharge? before, AutoRecharge settings, Instant now)
    {
        if (before is null)
        {
            return settings;
        }
        // Another currency has a cap of its own: nothing was charged in it.
        bool sameMoney = before.MonthlyCap.Asset.Id == settings.MonthlyCap.Asset.Id;
        return settings with
        {
            InFlight = before.InFlight,
            NotBefore = before.IsOn ? before.NotBefore : Instant.Min(before.NotBefore, now + AutoRecharge.Cooldown),
            Failures = before.IsOn ? before.Failures : 0,
            Month = sameMoney ? before.Month : 0,
            Charged = sameMoney ? before.Charged : 0,
        };
    }
}
