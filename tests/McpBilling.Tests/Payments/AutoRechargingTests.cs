using CsCheck;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;

namespace McpBilling.Tests.Payments;

/// <summary>Auto-recharge inside the customer's own transactions: the debit orders, the report ends it. 10 usd buy 1,000 credits and 100 as a bonus.</summary>
public sealed class AutoRechargingTests
{
    private static PaymentFact.Paid Paid(int n) => new PaymentFact.Paid($"paid-{n}", At(n), "t", $"pay-{n}", Buyer.Dollars(10), Buyer.Dollars(0), null);

    private static PaymentFact.Failed Failed(int n, string code, RetryAdvice retry) => new PaymentFact.Failed($"failed-{n}", At(n), "t", $"pay-{n}", code, retry);

    private static Instant At(int n) => new(1_790_000_000_000_000 + n * 1_000_000L);

    [Fact]
    public void Allowing_it_with_too_little_left_orders_at_once_and_the_payment_is_credited()
    {
        var buyer = new Buyer().Allows_recharges();
        var order = Assert.Single(buyer.Orders);
        Assert.Equal((TopUpOrigin.AutoRecharge, TopUpStatus.Open, order.Key), (order.Origin, order.Status, buyer.AutoRecharge.InFlight));
        buyer.Reports(Paid(1));
        Assert.Equal(("1100", null, 1), (buyer.Balance, buyer.AutoRecharge.InFlight, buyer.Orders.Count));
    }

    [Fact]
    public void Debits_while_a_charge_is_under_way_order_nothing_more()
    {
        var buyer = new Buyer().Allows_recharges();
        for (int i = 0; i < 5; i++)
        {
            buyer.Spends(100);
        }
        Assert.Single(buyer.Orders);
        buyer.Reports(Paid(1));
        Assert.Equal("600", buyer.Balance);
    }

    [Fact]
    public void The_next_debit_below_the_threshold_orders_again_up_to_the_cap()
    {
        var buyer = new Buyer().Allows_recharges();
        for (int n = 0; n < 4; n++)
        {
            if (n < buyer.Orders.Count)
            {
                buyer.Reports(Paid(n), n);
            }
            buyer.Now += TimeSpan.FromMinutes(2);
            buyer.Spends(1_200);
        }
        // 25 usd a month are two charges of 10.
        Assert.Equal(2, buyer.Orders.Count);
        Assert.Equal(Buyer.Dollars(20).Units, buyer.AutoRecharge.Charged);
    }

    [Theory]
    [InlineData("insufficient_funds", RetryAdvice.Later, null)]
    [InlineData("expired_card", RetryAdvice.AfterCustomer, AutoRechargeEnd.Instrument)]
    [InlineData("stolen_card", RetryAdvice.Never, AutoRechargeEnd.Instrument)]
    [InlineData(AutoRecharging.AuthenticationRequired, RetryAdvice.AfterCustomer, AutoRechargeEnd.Authentication)]
    public void A_charge_that_failed_closes_its_order_and_may_end_it(string code, RetryAdvice retry, AutoRechargeEnd? ended)
    {
        var buyer = new Buyer().Allows_recharges();
        buyer.Reports(Failed(1, code, retry));
        Assert.Equal((TopUpStatus.Canceled, ended, 0L), (buyer.Order.Status, buyer.AutoRecharge.Ended, buyer.AutoRecharge.Charged));
        Assert.Equal(ended is null ? ["top_up.failed"] : ["top_up.failed", "auto_recharge.turned_off"], buyer.Told);
        // Money that came all the same is credited, and counts.
        buyer.Reports(Paid(1));
        Assert.Equal(("1100", Buyer.Dollars(10).Units), (buyer.Balance, buyer.AutoRecharge.Charged));
    }

    [Fact]
    public void Off_is_off_with_one_call_and_what_is_under_way_is_still_credited()
    {
        var buyer = new Buyer().Allows_recharges().Ends_recharges();
        buyer.Spends(10);
        buyer.Reports(Paid(1));
        buyer.Now += TimeSpan.FromHours(1);
        buyer.Spends(2_000);
        Assert.Equal(("-910", 1, AutoRechargeEnd.Customer), (buyer.Balance, buyer.Orders.Count, buyer.AutoRecharge.Ended));
        Assert.DoesNotContain("auto_recharge.turned_off", buyer.Told);
    }

    [Fact]
    public void A_dispute_stops_it()
    {
        var buyer = new Buyer().Allows_recharges();
        buyer.Reports(Paid(1));
        buyer.Reports(new PaymentFact.DisputeOpened("dispute", At(9), null, "pay-1", "dp-1", Buyer.Dollars(10), "fraudulent"));
        buyer.Now += TimeSpan.FromHours(1);
        buyer.Spends(2_000);
        Assert.Equal((AutoRechargeEnd.Dispute, 1), (buyer.AutoRecharge.Ended, buyer.Orders.Count));
        Assert.Contains("auto_recharge.turned_off", buyer.Told);
    }

    [Fact]
    public void A_card_that_is_gone_ends_what_charged_it_at_once_and_is_told_of()
    {
        var buyer = new Buyer().Allows_recharges();
        buyer.Reports(Paid(1));
        buyer.Loses_the_card("stripe");
        Assert.True(buyer.AutoRecharge.IsOn);
        buyer.Loses_the_card("sandbox").Loses_the_card("sandbox");
        Assert.Equal(AutoRechargeEnd.Instrument, buyer.AutoRecharge.Ended);
        Assert.Equal(["top_up.paid", "auto_recharge.turned_off"], buyer.Told);
        buyer.Now += TimeSpan.FromHours(1);
        buyer.Spends(2_000);
        Assert.Single(buyer.Orders);
    }

    [Fact]
    public void What_ended_by_itself_the_customer_may_leave_so_and_is_the_reason_from_then_on()
    {
        var buyer = new Buyer().Allows_recharges();
        buyer.Reports(Failed(1, "stolen_card", RetryAdvice.Never));
        buyer.Ends_recharges();
        Assert.Equal(AutoRechargeEnd.Customer, buyer.AutoRecharge.Ended);
        // A dispute does not take their word from them.
        Assert.Equal(AutoRechargeEnd.Customer, AutoRechargeStep.Stopped(buyer.AutoRecharge, AutoRechargeEnd.Dispute).Ended);
        Assert.Single(buyer.Told, "auto_recharge.turned_off");
    }

    [Theory]
    [InlineData("consent")]
    [InlineData("threshold")]
    [InlineData("monthly_cap")]
    [InlineData("pack")]
    public void What_is_missing_is_named(string field)
    {
        var input = new SetAutoRechargeInput
        {
            CustomerId = "anna",
            Asset = "credits",
            Threshold = field == "threshold" ? null : 50,
            Pack = field == "pack" ? null : "starter",
            MonthlyCap = field == "monthly_cap" ? null : 25,
            Consent = field == "consent" ? null : new ConsentInput { TextVersion = "1" },
        };
        Assert.Equal(field, Assert.Throws<BillingException>(() => new Buyer().Sets(input)).Field);
    }

    [Fact]
    public void A_cap_below_one_charge_is_refused() => Assert.Equal(
        "monthly_cap",
        Assert.Throws<BillingException>(() => new Buyer().Sets(new SetAutoRechargeInput
        {
            CustomerId = "anna",
            Asset = "credits",
            Threshold = 50,
            Pack = "starter",
            MonthlyCap = 9,
            Consent = new ConsentInput { TextVersion = "1" },
        })).Field);

    [Fact]
    public void However_it_is_spent_and_paid_one_order_is_open_and_the_cap_is_kept() =>
        Gen.Int[0, 5].Array[1, 80].Sample(moves =>
        {
            var buyer = new Buyer().Allows_recharges();
            int n = 0;
            foreach (int move in moves)
            {
                int open = buyer.Orders.Index().FirstOrDefault(o => o.Item.Status == TopUpStatus.Open, (-1, null!)).Index;
                switch (move)
                {
                    case 0 when open >= 0:
                        buyer.Reports(Paid(open), open);
                        break;
                    case 1 when open >= 0:
                        buyer.Reports(Failed(open, "try_again", RetryAdvice.Later), open);
                        break;
                    case 2:
                        buyer.Now += TimeSpan.FromHours(5 + ++n);
                        break;
                    case 3 when !buyer.AutoRecharge.IsOn:
                        buyer.Allows_recharges();
                        break;
                    default:
                        buyer.Spends(400);
                        break;
                }
                Assert.InRange(buyer.Orders.Count(o => o.Status == TopUpStatus.Open), 0, 1);
                Assert.All(
                    buyer.Orders.Where(o => o.Status is TopUpStatus.Open or TopUpStatus.Paid).GroupBy(o => AutoRecharge.MonthOf(o.CreatedAt)),
                    month => Assert.True(month.Sum(o => o.Price.Units) <= Buyer.Dollars(25).Units));
            }
        }, iter: 200);
}
