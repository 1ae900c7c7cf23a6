using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Portal;

/// <summary>One account, day by day: what was used, what was left in the evening, and how long the rest will do.</summary>
public static class ActivityDays
{
    /// <summary>How far back the daily average looks.</summary>
    public const int AverageDays = 14;

    /// <summary>Further ahead an estimate means nothing.</summary>
    public const int MostDaysLeft = 3_650;

    /// <param name="days">Every day, oldest first; the last is today.</param>
    /// <param name="dayOf">The day that a time lies in.</param>
    /// <param name="entries">Of this asset, newest first.</param>
    public static IReadOnlyList<ActivityDay> Of(Account account, IReadOnlyList<DateOnly> days, Func<Instant, DateOnly> dayOf, IReadOnlyList<ActivityEntry> entries)
    {
        var used = new long[days.Count];
        var balances = new long[days.Count];
        // From today backwards: the balance of an evening is what the next day's first entry found.
        long balance = account.Balance;
        int next = 0;
        for (int day = days.Count - 1; day >= 0; day--)
        {
            balances[day] = balance;
            while (next < entries.Count && dayOf(entries[next].Time) >= days[day])
            {
                used[day] = checked(used[day] + entries[next].Spent);
                balance = entries[next].BalanceAfter - entries[next].Amount;
                next++;
            }
        }
        return [.. days.Select((d, i) => new ActivityDay
        {
            Day = d.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            Used = new Amount(account.Asset, used[i]).ToString(),
            Balance = new Amount(account.Asset, balances[i]).ToString(),
        })];
    }

    /// <summary>What was used a day on average, in units: over the last days, but no longer than since the first use among them. Null: nothing was used.</summary>
    public static decimal? Average(IReadOnlyList<ActivityEntry> entries, Instant now)
    {
        var from = now - TimeSpan.FromDays(AverageDays);
        decimal used = 0;
        Instant? first = null;
        foreach (var entry in entries)
        {
            if (entry.Time >= from && entry.Spent != 0)
            {
                used += entry.Spent;
                first = entry.Time;
            }
        }
        // An hour of use says nothing of a day: it is taken for a whole one.
        return used > 0 && first is { } began ? used / (decimal)Math.Max(1, (now - began).TotalDays) : null;
    }

    /// <summary>How many whole days what is available will do; null: nothing is used, or longer than can be said.</summary>
    public static int? Left(long available, decimal? average) =>
        average is not { } each ? null : available <= 0 ? 0 : available / each is var days && days <= MostDaysLeft ? (int)days : null;
}
