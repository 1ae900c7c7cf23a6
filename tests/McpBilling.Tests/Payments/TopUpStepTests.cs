using CsCheck;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;

namespace McpBilling.Tests.Payments;

/// <summary>What reports make of an order and of the credit that it bought: tables first, then the law that their order does not matter.</summary>
public sealed class TopUpStepTests
{
    // What is reported, in words. 10 usd were to be paid for 1,000 credits and 100 as a bonus.
    private static PaymentFact Fact(string word, int number)
    {
        var (at, id) = (new Instant(1_790_000_000_000_000 + number * 1_000_000L), "evt-" + word);
        decimal money = word.Contains(' ', StringComparison.Ordinal) ? decimal.Parse(word.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) : 10;
        var amount = Buyer.Dollars(money);
        return word.Split(' ')[0] switch
        {
            "paid" => new PaymentFact.Paid(id, at, "t", "pay-1", amount, Buyer.Dollars(0), null),
            "taxed" => new PaymentFact.Paid(id, at, "t", "pay-1", amount, Buyer.Dollars(2), null),
            "euros" => new PaymentFact.Paid(id, at, "t", "pay-1", new Amount(Currencies.All["eur"], amount.Units), new Amount(Currencies.All["eur"], 0), null),
            "again" => new PaymentFact.Paid(id, at, "t", "pay-1", amount, Buyer.Dollars(0), null),
            "odd" => new PaymentFact.Paid(id, at, "t", "pay-3", amount, Buyer.Dollars(0), null),
            "twice" => new PaymentFact.Paid(id, at, "t", "pay-2", amount, Buyer.Dollars(0), null),
            "pending" => new PaymentFact.Pending(id, at, "t", "pay-1"),
            "failed" => new PaymentFact.Failed(id, at, "t", "pay-1", "card_declined", RetryAdvice.AfterCustomer),
            "expired" => new PaymentFact.Expired(id, at, "t", null),
            "refunded" => new PaymentFact.Refunded(id, at, "t", "pay-1", "re-1", null, amount),
            "refunded2" => new PaymentFact.Refunded(id, at, "t", "pay-1", "re-2", null, amount),
            "returned" => new PaymentFact.RefundFailed(id, at, "t", "pay-1", "re-1", null, amount, "lost"),
            "opened" => new PaymentFact.DisputeOpened(id, at, null, "pay-1", "dp-1", amount, "fraudulent"),
            "withdrawn" => new PaymentFact.DisputeWithdrawn(id, at, null, "pay-1", "dp-1", amount),
            "reinstated" => new PaymentFact.DisputeReinstated(id, at, null, "pay-1", "dp-1", amount),
            "won" => new PaymentFact.DisputeClosed(id, at, null, "pay-1", "dp-1", true),
            "lost" => new PaymentFact.DisputeClosed(id, at, null, "pay-1", "dp-1", false),
            _ => throw new ArgumentException(word),
        };
    }

    private static Buyer After(string story, string pack = "starter")
    {
        var buyer = new Buyer().Orders_a(pack);
        foreach (var (i, word) in story.Split(", ", StringSplitOptions.RemoveEmptyEntries).Index())
        {
            if (word.StartsWith("spends", StringComparison.Ordinal))
            {
                buyer.Spends(decimal.Parse(word.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
            }
            else
            {
                buyer.Reports(Fact(word, i));
            }
        }
        return buyer;
    }

    [Theory]
    // An order that is paid, or not.
    [InlineData("", "Open", "0", "")]
    [InlineData("paid", "Paid", "1100", "top_up.paid")]
    [InlineData("paid, paid", "Paid", "1100", "top_up.paid")]
    [InlineData("paid, again", "Paid", "1100", "top_up.paid")]
    [InlineData("taxed", "Paid", "1100", "top_up.paid")]
    [InlineData("pending", "Open", "0", "")]
    [InlineData("pending, paid", "Paid", "1100", "top_up.paid")]
    [InlineData("failed", "Open", "0", "top_up.failed")]
    [InlineData("failed, paid", "Paid", "1100", "top_up.failed top_up.paid")]
    [InlineData("paid, failed", "Paid", "1100", "top_up.paid")]
    [InlineData("expired", "Expired", "0", "")]
    [InlineData("expired, paid", "Paid", "1100", "top_up.paid")]
    [InlineData("paid, expired", "Paid", "1100", "top_up.paid")]
    // Money that fits no order gives no credit.
    [InlineData("paid 9.99", "Open", "0", "")]
    [InlineData("paid 10.01", "Open", "0", "")]
    [InlineData("euros", "Open", "0", "")]
    [InlineData("paid 9.99, again", "Paid", "1100", "top_up.paid")]
    [InlineData("paid, twice", "Paid", "1100", "top_up.paid")]
    // Refunds that somebody made at the processor.
    [InlineData("paid, refunded", "Paid", "0", "top_up.paid refund.succeeded")]
    [InlineData("paid, refunded 4", "Paid", "660", "top_up.paid refund.succeeded")]
    [InlineData("refunded 4, paid", "Paid", "660", "refund.succeeded top_up.paid")]
    [InlineData("paid, refunded 4, refunded2 6", "Paid", "0", "top_up.paid refund.succeeded refund.succeeded")]
    [InlineData("paid, refunded 4, returned 4", "Paid", "1100", "top_up.paid refund.succeeded refund.failed")]
    [InlineData("paid, returned 4, refunded 4", "Paid", "1100", "top_up.paid refund.failed")]
    // What was spent of a refund is forgiven.
    [InlineData("paid, spends 700, refunded", "Paid", "0", "top_up.paid refund.succeeded")]
    [InlineData("paid, spends 1100, refunded", "Paid", "0", "top_up.paid refund.succeeded")]
    // Disputes: set aside, debit, return.
    [InlineData("paid, opened", "Paid", "0", "top_up.paid dispute.opened")]
    [InlineData("paid, opened 4", "Paid", "660", "top_up.paid dispute.opened")]
    [InlineData("paid, opened, won", "Paid", "1100", "top_up.paid dispute.opened dispute.closed")]
    [InlineData("paid, opened, withdrawn", "Paid", "0", "top_up.paid dispute.opened")]
    [InlineData("paid, opened, withdrawn, reinstated, won", "Paid", "1100", "top_up.paid dispute.opened dispute.closed")]
    [InlineData("paid, opened, withdrawn, lost", "Paid", "0", "top_up.paid dispute.opened dispute.closed")]
    [InlineData("paid, opened, lost", "Paid", "0", "top_up.paid dispute.opened dispute.closed")]
    // The bonus burns first (free before paid): of 1,100, 700 spent leave 400 of the bought credit, and 600 are owed.
    [InlineData("paid, spends 700, opened", "Paid", "0", "top_up.paid dispute.opened")]
    [InlineData("paid, spends 700, opened, withdrawn", "Paid", "-600", "top_up.paid dispute.opened")]
    [InlineData("paid, spends 700, opened, withdrawn, reinstated", "Paid", "400", "top_up.paid dispute.opened")]
    [InlineData("paid, spends 700, withdrawn, reinstated, opened", "Paid", "400", "top_up.paid dispute.opened")]
    // Never twice for a refund and a dispute.
    [InlineData("paid, refunded, opened, withdrawn", "Paid", "0", "top_up.paid refund.succeeded dispute.opened")]
    [InlineData("paid, opened, withdrawn, refunded", "Paid", "0", "top_up.paid dispute.opened refund.succeeded")]
    [InlineData("paid, refunded 4, opened, withdrawn", "Paid", "0", "top_up.paid refund.succeeded dispute.opened")]
    [InlineData("paid, spends 1100, refunded 4, opened, withdrawn", "Paid", "-600", "top_up.paid refund.succeeded dispute.opened")]
    [InlineData("paid, opened, withdrawn, refunded 4, reinstated", "Paid", "660", "top_up.paid dispute.opened refund.succeeded")]
    public void A_story_ends_so(string story, string status, string balance, string told)
    {
        var buyer = After(story);
        Assert.Equal((status, balance, told), (buyer.Order.Status.ToString(), buyer.Balance, string.Join(' ', buyer.Told)));
    }

    [Theory]
    [InlineData("paid 9.99", "paid")]
    [InlineData("euros", "paid")]
    [InlineData("paid, twice", "paid")]
    [InlineData("paid, again", "")]
    public void Money_that_fits_no_order_is_kept_for_a_person(string story, string kept) => Assert.Equal(kept, string.Join(' ', After(story).Mismatches));

    [Fact]
    public void One_payment_pays_one_order()
    {
        var buyer = new Buyer().Orders_a("starter").Orders_a("starter");
        Assert.Equal(FactOutcome.Applied, buyer.Reports(Fact("paid", 0)));
        Assert.Equal(FactOutcome.Mismatch, buyer.Reports(Fact("paid", 1), order: 1));
        Assert.Equal("1100", buyer.Balance);
    }

    [Fact]
    public void Tax_buys_no_credit_and_goes_back_with_its_part()
    {
        var buyer = After("taxed");
        Assert.Equal("2.00", new Amount(Currencies.All["usd"], buyer.Order.Tax).ToString());
        Assert.Equal("12.00", buyer.Asks_back().Amount.Amount);
        Assert.Equal("0", buyer.Balance);
    }

    [Fact]
    public void A_dispute_stops_what_is_charged_without_the_customer() => Assert.True(After("paid, opened").AutoRechargeStopped);

    [Theory]
    [InlineData("", "top-up is not paid")]
    [InlineData("paid, spends 1100", "spent or held")]
    [InlineData("paid, refunded", "given back")]
    [InlineData("paid, opened 4", "disputed")]
    public void What_cannot_be_refunded_says_why(string story, string why) =>
        Assert.Contains(why, Assert.Throws<BillingException>(() => After(story).Asks_back()).Detail, StringComparison.Ordinal);

    [Fact]
    public void Only_what_is_unspent_is_refunded_unless_forced()
    {
        var buyer = After("paid, spends 600");
        Assert.Contains("worth 5.00 usd", Assert.Throws<BillingException>(() => buyer.Asks_back(6)).Detail, StringComparison.Ordinal);
        Assert.Equal(("5.00", "500"), (buyer.Asks_back() is var r ? r.Amount.Amount : "", r.Credit.Amount));
        Assert.Equal("0", buyer.Balance);
        Assert.Equal(("5.00", "0", "500"), (buyer.Asks_back(force: true) is var f ? f.Amount.Amount : "", f.Credit.Amount, f.Forgiven!.Amount));
        Assert.Throws<BillingException>(() => buyer.Asks_back(0.01m, force: true));
        Assert.Equal("0", buyer.Balance);
    }

    [Fact]
    public void Parts_that_do_not_divide_make_exactly_the_whole()
    {
        var buyer = After("paid 3", "plain");
        Assert.Equal("2.333334", buyer.Asks_back(1).Credit.Amount);
        Assert.Equal("4.666666", buyer.Asks_back(2).Credit.Amount);
        Assert.Equal("0", buyer.Balance);
        Assert.Throws<BillingException>(() => buyer.Asks_back(0.01m, force: true));
    }

    [Fact]
    public void Credit_is_out_while_a_refund_is_under_way_and_back_when_it_fails()
    {
        var buyer = After("paid");
        buyer.Asks_back(4);
        Assert.Equal("660", buyer.Balance);
        buyer.Answers(new PaymentOutcome.Unknown());
        Assert.Equal(("660", RefundStatus.Pending), (buyer.Balance, buyer.Order.Refunds[0].Status));
        buyer.Answers(new PaymentOutcome.Pending("re-1"));
        buyer.Reports(Fact("returned 4", 1));
        Assert.Equal(("1100", RefundStatus.Failed), (buyer.Balance, buyer.Order.Refunds[0].Status));
        buyer.Reports(Fact("refunded 4", 2));
        Assert.Equal("1100", buyer.Balance);
    }

    [Fact]
    public void Money_that_went_back_although_the_processor_refused_is_booked()
    {
        var buyer = After("paid");
        buyer.Asks_back(4);
        buyer.Answers(new PaymentOutcome.Declined("re-1", "later", RetryAdvice.Later));
        Assert.Equal("1100", buyer.Balance);
        buyer.Reports(Fact("refunded 4", 1));
        Assert.Equal(("660", 1), (buyer.Balance, buyer.Order.Refunds.Length));
    }

    /// <summary>Reports that belong together, in any order and any number of times, end in the same order and the same balance.</summary>
    [Fact]
    public void Reports_end_the_same_in_any_order_and_repetition()
    {
        string[] words = ["paid", "pending", "failed", "expired", "refunded 4", "returned 4", "refunded2 2.50", "opened 5", "withdrawn 5", "reinstated 5", "won", "lost", "twice", "odd 9.99"];
        var stories = Gen.Int[0, words.Length - 1].HashSet[1, 8].SelectMany(chosen =>
            Gen.Shuffle(chosen.Concat(chosen).ToArray()).Select(Gen.Shuffle(chosen.Concat(chosen).Concat(chosen).ToArray())));
        stories.Sample((one, other) => Assert.Equal(End(one), End(other)), iter: 3_000);

        string End(int[] story)
        {
            var buyer = new Buyer().Orders_a("starter");
            foreach (int word in story)
            {
                buyer.Reports(Fact(words[word], word));
            }
            var order = buyer.Order;
            return $"{order.Status} {buyer.Balance} {order.Tax} {order.Attempt} "
                + string.Join(' ', order.Refunds.OrderBy(r => r.Reference, StringComparer.Ordinal).Select(r => $"{r.Reference} {r.Status} {r.Units} "))
                + string.Join(' ', order.Disputes.Select(d => $"{d.Effect} {d.Units}")) + " " + string.Join(' ', buyer.Mismatches.Distinct().Order());
        }
    }
}
