using CsCheck;
using McpBilling.Money;
using McpBilling.Payments;

namespace McpBilling.Tests.Payments;

/// <summary>When a recharge begins, what its end makes of the next one, and the two laws: one at a time, and never beyond the cap.</summary>
public sealed class AutoRechargeStepTests
{
    private static readonly Asset Usd = Currencies.All["usd"];
    private static readonly Asset Credits = new("credits", "credits", 6, 0);
    private static readonly Instant Start = Instant.From(new DateTimeOffset(2026, 1, 30, 0, 0, 0, TimeSpan.Zero));
    private static readonly Amount Price = Dollars(10);

    private static readonly AutoRecharge Fresh = new(
        Credits, 100, new AutoRechargePurchase("starter", null), Dollars(25), "sandbox", new Consent("2026-01", Start, "192.0.2.1"));

    [Theory]
    [InlineData("", 100, AutoRechargeNeed.None)]
    [InlineData("", 99, AutoRechargeNeed.Begin)]
    [InlineData("", -5, AutoRechargeNeed.Begin)]
    [InlineData("begun", 0, AutoRechargeNeed.InFlight)]
    [InlineData("begun, paid", 0, AutoRechargeNeed.TooSoon)]
    [InlineData("begun, paid, minute", 0, AutoRechargeNeed.Begin)]
    [InlineData("begun, paid, minute, begun, paid, minute", 0, AutoRechargeNeed.Cap)]
    [InlineData("begun, paid, minute, begun, paid, month", 0, AutoRechargeNeed.Begin)]
    // What is under way counts, also when the month is over.
    [InlineData("begun, paid, minute, begun, month", 0, AutoRechargeNeed.InFlight)]
    [InlineData("begun, later", 0, AutoRechargeNeed.TooSoon)]
    [InlineData("begun, later, minute", 0, AutoRechargeNeed.TooSoon)]
    [InlineData("begun, later, hour", 0, AutoRechargeNeed.Begin)]
    [InlineData("begun, later, hour, begun, later, hour", 0, AutoRechargeNeed.TooSoon)]
    // A failure gives the month its money back.
    [InlineData("begun, paid, minute, begun, later, hour", 0, AutoRechargeNeed.Begin)]
    [InlineData("begun, never", 0, AutoRechargeNeed.Off)]
    [InlineData("begun, customer", 0, AutoRechargeNeed.Off)]
    [InlineData("begun, authentication", 0, AutoRechargeNeed.Off)]
    [InlineData("stopped", 0, AutoRechargeNeed.Off)]
    [InlineData("begun, stopped, paid, minute", 0, AutoRechargeNeed.Off)]
    [InlineData("stopped, set", 0, AutoRechargeNeed.Begin)]
    [InlineData("begun, never, set", 0, AutoRechargeNeed.TooSoon)]
    [InlineData("begun, never, set, minute", 0, AutoRechargeNeed.Begin)]
    [InlineData("begun, set", 0, AutoRechargeNeed.InFlight)]
    [InlineData("begun, paid, minute, begun, paid, set, minute", 0, AutoRechargeNeed.Cap)]
    public void A_recharge_begins_when_it_is_due_and_allowed(string story, long available, AutoRechargeNeed expected)
    {
        var (settings, now) = After(story);
        Assert.Equal(expected, AutoRechargeStep.Need(settings, available, Price, now));
    }

    [Theory]
    [InlineData("begun, customer", AutoRechargeEnd.Instrument)]
    [InlineData("begun, never", AutoRechargeEnd.Instrument)]
    [InlineData("begun, authentication", AutoRechargeEnd.Authentication)]
    [InlineData("begun, stopped, never", AutoRechargeEnd.Dispute)]
    [InlineData("begun, later, hour, begun, later, day, begun, later, day, begun, later", AutoRechargeEnd.Failures)]
    public void It_ends_by_itself_and_says_why(string story, AutoRechargeEnd expected) => Assert.Equal(expected, After(story).Settings.Ended);

    [Fact]
    public void A_success_forgets_the_failures_before_it() => Assert.Equal(0, After("begun, later, hour, begun, later, day, begun, paid").Settings.Failures);

    [Fact]
    public void Money_for_an_order_that_was_given_up_counts_again()
    {
        var (settings, now) = After("begun, later");
        Assert.Equal(0, settings.Charged);
        Assert.Equal(Price.Units, AutoRechargeStep.Paid(settings, 1, Price, Start, now).Charged);
    }

    [Fact]
    public void A_price_in_another_currency_than_the_cap_is_never_charged() =>
        Assert.Equal(AutoRechargeNeed.Cap, AutoRechargeStep.Need(Fresh, 0, new Amount(Currencies.All["eur"], 1), Start));

    [Fact]
    public void However_debits_and_answers_come_one_is_under_way_and_the_cap_is_kept() =>
        Gen.Int[0, 9].Array[1, 400].Sample(moves =>
        {
            var (settings, now, order) = (Fresh, Start, 0L);
            var open = new Dictionary<long, Instant>();
            var paid = new List<Instant>();
            foreach (int move in moves)
            {
                switch (move)
                {
                    case < 5:
                        if (AutoRechargeStep.Need(settings, 0, Price, now) == AutoRechargeNeed.Begin)
                        {
                            Assert.Empty(open);
                            open.Add(++order, now);
                            settings = AutoRechargeStep.Begun(settings, order, Price, now);
                        }
                        break;
                    case 5 or 6:
                        now += move == 5 ? TimeSpan.FromMinutes(17) : TimeSpan.FromHours(30);
                        break;
                    case 9 when !settings.IsOn || open.Count == 0:
                        settings = AutoRechargeStep.Set(settings, Fresh, now);
                        break;
                    default:
                        if (open.Count > 0)
                        {
                            var (key, begun) = open.Single();
                            open.Remove(key);
                            if (move == 7)
                            {
                                paid.Add(begun);
                                settings = AutoRechargeStep.Paid(settings, key, Price, begun, now);
                            }
                            else
                            {
                                settings = AutoRechargeStep.Failed(settings, key, Price, begun, RetryAdvice.Later, false, now);
                            }
                        }
                        break;
                }
                Assert.Equal(open.Count > 0, settings.InFlight is not null);
                foreach (var month in paid.Concat(open.Values).GroupBy(AutoRecharge.MonthOf))
                {
                    Assert.True(month.Count() * Price.Units <= Fresh.MonthlyCap.Units);
                }
            }
        });

    private static (AutoRecharge Settings, Instant Now) After(string story)
    {
        var (settings, now, order, begun) = (Fresh, Start, 0L, Start);
        foreach (string word in story.Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            (settings, now) = word switch
            {
                "paid" => (AutoRechargeStep.Paid(settings, order, Price, begun, now), now),
                "later" => (AutoRechargeStep.Failed(settings, order, Price, begun, RetryAdvice.Later, false, now), now),
                "never" => (AutoRechargeStep.Failed(settings, order, Price, begun, RetryAdvice.Never, false, now), now),
                "customer" => (AutoRechargeStep.Failed(settings, order, Price, begun, RetryAdvice.AfterCustomer, false, now), now),
                "authentication" => (AutoRechargeStep.Failed(settings, order, Price, begun, RetryAdvice.AfterCustomer, true, now), now),
                "stopped" => (AutoRechargeStep.Stopped(settings, AutoRechargeEnd.Dispute), now),
                "set" => (AutoRechargeStep.Set(settings, Fresh, now), now),
                "minute" => (settings, now + TimeSpan.FromMinutes(1)),
                "hour" => (settings, now + TimeSpan.FromHours(1)),
                "day" => (settings, now + TimeSpan.FromHours(24)),
                "month" => (settings, now + TimeSpan.FromDays(5)),
                "begun" => (AutoRechargeStep.Begun(settings, ++order, Price, begun = now), now),
                _ => throw new ArgumentException(word),
            };
        }
        return (settings, now);
    }

    private static Amount Dollars(int dollars) => new(Usd, dollars * Usd.UnitsPerWhole);
}
