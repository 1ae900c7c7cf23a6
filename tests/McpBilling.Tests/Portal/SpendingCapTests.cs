using CsCheck;
using McpBilling.Customers;
using McpBilling.Operations;
using McpBilling.Portal;
using McpBilling.Tests.Usage;
using McpBilling.Usage;

namespace McpBilling.Tests.Portal;

/// <summary>The customer's own spending cap: what it refuses, what it never refuses, and what it counts.</summary>
public sealed class SpendingCapTests
{
    private const string Pictures =
        """
        {"assets":[{"id":"credits"}],"meters":[{"id":"images","event_type":"image.generated","aggregation":"sum"}],
         "products":[{"id":"pictures","prices":[{"id":"picture","meter":"images","asset":"usd","model":"per_unit","unit_price":"1"}]}]}
        """;

    private readonly OneCustomer anna = new(Pictures);
    private int keys;

    [Theory]
    // cap, used before, held by an open hold, asked → allowed
    [InlineData("10", 0, 0, 10, true)]
    [InlineData("10", 0, 0, 11, false)]
    [InlineData("10", 4, 0, 6, true)]
    [InlineData("10", 4, 0, 7, false)]
    [InlineData("10", 4, 3, 3, true)]
    [InlineData("10", 4, 3, 4, false)]
    [InlineData("10", 12, 0, 0, false)]
    [InlineData("0", 0, 0, 1, false)]
    [InlineData("0", 0, 0, 0, true)]
    [InlineData(null, 12, 50, 900, true)]
    public void An_authorization_may_use_what_spent_and_held_leave_of_the_cap(string? cap, int used, int held, int asked, bool allowed)
    {
        Use(used);
        if (held > 0)
        {
            Assert.True(Ask(held).Allowed);
        }
        Cap(cap);
        var answer = Ask(asked);
        Assert.Equal(allowed, answer.Allowed);
        Assert.Equal(allowed ? null : DenialReason.SpendingCapReached, answer.Reason);
    }

    [Fact]
    public void A_denial_says_what_the_cap_leaves_and_what_is_missing()
    {
        Cap("10");
        Use(4);
        var answer = Ask(9);
        Assert.Equal(("6.00", "3.00"), (Assert.Single(answer.Available).Amount, answer.Shortfall));
        // And an answer that allows says how much further ones may take, which is the lesser of wallet and cap.
        Assert.Equal("4.00", Assert.Single(Ask(2).Available).Amount);
    }

    [Fact]
    public void Usage_that_happened_is_recorded_beyond_the_cap()
    {
        Cap("10");
        Use(25);
        Assert.Equal("975.00", anna.Balance);
        Assert.Equal("25.00", Spent());
        Assert.Equal("-15.00", Assert.Single(Ask(1).Available).Amount);
    }

    [Fact]
    public void A_hold_may_be_partial_down_to_its_least()
    {
        Cap("10");
        Use(7);
        AuthorizeUsageInput Partly(decimal least) => new() { CustomerId = "anna", Asset = "usd", Amount = 8, AllowPartial = true, MinAmount = least, IdempotencyKey = NextKey() };
        Assert.Equal(DenialReason.SpendingCapReached, anna.Do(new AuthorizeUsageCommand(Partly(4))).Reason);
        Assert.Equal("3.00", Assert.Single(anna.Do(new AuthorizeUsageCommand(Partly(2))).Amounts).Amount);
    }

    [Fact]
    public void A_cap_that_is_raised_lets_through_and_one_that_is_taken_away_does_not_count()
    {
        Cap("5");
        Use(5);
        Assert.False(Ask(1).Allowed);
        Cap("6");
        Assert.Equal("5.00", Spent());
        Assert.True(Ask(1).Allowed);
        Cap(null);
        Assert.True(Ask(100).Allowed);
        Assert.Empty(Show());
    }

    [Fact]
    public void What_was_spent_before_the_cap_was_set_counts_in_its_period_and_no_further_back()
    {
        Use(3);
        anna.Now += TimeSpan.FromDays(1);
        Use(2);
        Cap("10", CapPeriod.Day);
        Assert.Equal("2.00", Spent());
        Cap("10", CapPeriod.Month);
        Assert.Equal("5.00", Spent());
    }

    [Fact]
    public void A_new_period_begins_at_nothing()
    {
        Cap("10", CapPeriod.Day);
        Use(10);
        Assert.False(Ask(1).Allowed);
        anna.Now = SpendingCaps.PeriodOf(CapPeriod.Day, anna.Now, TimeZoneInfo.Utc).End;
        Assert.Equal("0.00", Spent());
        Assert.True(Ask(10).Allowed);
    }

    [Fact]
    public void What_is_given_back_may_be_spent_again()
    {
        Cap("10");
        anna.Use(new UsageEvent("e", "image.generated", anna.Now, 10, EventProperties.None));
        Assert.False(Ask(1).Allowed);
        anna.Reverse("e");
        Assert.Equal("0.00", Spent());
        Assert.True(Ask(10).Allowed);
    }

    [Fact]
    public void A_cap_is_of_one_asset()
    {
        Cap("0");
        var answer = anna.Do(new AuthorizeUsageCommand(new AuthorizeUsageInput { CustomerId = "anna", Asset = "credits", Amount = 1, IdempotencyKey = NextKey() }));
        Assert.Equal(DenialReason.InsufficientBalance, answer.Reason);
    }

    [Theory]
    [InlineData("-1", null, "spending_cap")]
    [InlineData("0.00000000001", null, "spending_cap")]
    [InlineData(null, "-1", "low_balance")]
    [InlineData(null, "0", "low_balance")]
    public void What_is_no_limit_is_refused_and_named(string? cap, string? low, string field)
    {
        var refusal = Assert.Throws<BillingException>(() => Save(cap, CapPeriod.Month, low));
        Assert.Equal((ErrorCode.AmountInvalid, field), (refusal.Code, refusal.Field));
        Assert.True(anna.Limits.IsEmpty);
    }

    [Fact]
    public void The_count_is_what_the_ledger_says_whatever_happened_and_whenever_the_cap_was_set() => Gen.Int[0, 4].Array[1, 30].Sample(steps =>
    {
        var customer = new OneCustomer(Pictures);
        int n = 0;
        foreach (int step in steps)
        {
            n++;
            switch (step)
            {
                case 0: customer.Do(new SaveLimitsCommand(Limits(1 + n, n % 2 == 0 ? CapPeriod.Day : CapPeriod.Month))); break;
                case 1: customer.Use(new UsageEvent($"e{n}", "image.generated", customer.Now, n, EventProperties.None)); break;
                case 2 when n > 1 && steps[n - 2] == 1: customer.Reverse($"e{n - 1}"); break;
                case 3: customer.Now += TimeSpan.FromHours(7); break;
                default: customer.Do(new AuthorizeUsageCommand(new AuthorizeUsageInput { CustomerId = "anna", Asset = "usd", Amount = n, IdempotencyKey = $"k{n}" })); break;
            }
            if (customer.Limits.Of("usd") is { } limits)
            {
                var start = SpendingCaps.PeriodOf(limits.Period, customer.Now, TimeZoneInfo.Utc).Start;
                Assert.Equal(customer.Spent(1, customer.Catalog.RequireAsset("usd"), start), limits.SpentSince(start));
            }
        }
    });

    private void Use(int dollars)
    {
        if (dollars > 0)
        {
            anna.Use(new UsageEvent(NextKey(), "image.generated", anna.Now, dollars, EventProperties.None));
        }
    }

    private AuthorizeUsageOutput Ask(int dollars) =>
        anna.Do(new AuthorizeUsageCommand(new AuthorizeUsageInput { CustomerId = "anna", Asset = "usd", Amount = dollars, IdempotencyKey = NextKey() }));

    private void Cap(string? cap, CapPeriod period = CapPeriod.Month) => Save(cap, period, null);

    private void Save(string? cap, CapPeriod period, string? low) => anna.Do(new SaveLimitsCommand(new SaveLimitsInput
    {
        CustomerId = "anna",
        Asset = "usd",
        SpendingCap = cap is null ? null : decimal.Parse(cap, System.Globalization.CultureInfo.InvariantCulture),
        Period = period,
        LowBalance = low is null ? null : decimal.Parse(low, System.Globalization.CultureInfo.InvariantCulture),
    }));

    private static SaveLimitsInput Limits(decimal cap, CapPeriod period) => new() { CustomerId = "anna", Asset = "usd", SpendingCap = cap, Period = period };

    private IReadOnlyList<AssetLimitsView> Show() => AssetLimitsView.Of(anna.Limits, anna.Catalog, anna.Now);

    private string? Spent() => Assert.Single(Show()).Spent;

    private string NextKey() => $"k{++keys}";
}
