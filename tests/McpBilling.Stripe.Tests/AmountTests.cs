using CsCheck;
using McpBilling.Money;

namespace McpBilling.Stripe.Tests;

public sealed class AmountTests
{
    [Theory]
    [InlineData("usd", "10", 1000L)]
    [InlineData("usd", "0.01", 1L)]
    [InlineData("eur", "12.34", 1234L)]
    [InlineData("jpy", "500", 500L)]
    [InlineData("krw", "10000", 10000L)]
    // Two digits in ISO 4217, none at Stripe.
    [InlineData("mga", "5000", 5000L)]
    [InlineData("mga", "5000.50", null)]
    // None in ISO 4217, two at Stripe, which are always 00.
    [InlineData("isk", "5", 500L)]
    [InlineData("ugx", "3000", 300000L)]
    // Three, of which the last is 0.
    [InlineData("kwd", "5.12", 5120L)]
    [InlineData("kwd", "5.124", null)]
    [InlineData("bhd", "1", 1000L)]
    [InlineData("jod", "0.57", 570L)]
    [InlineData("omr", "0.001", null)]
    [InlineData("tnd", "0.01", 10L)]
    // Less than a coin.
    [InlineData("usd", "0.001", null)]
    [InlineData("jpy", "0.5", null)]
    [InlineData("huf", "175.25", 17525L)]
    [InlineData("twd", "20.5", 2050L)]
    // Not a currency of Stripe.
    [InlineData("kpw", "10", null)]
    public void Amounts_go_out_in_the_units_that_Stripe_counts(string currency, string amount, long? minor) =>
        Assert.Equal(minor, StripeAmounts.To(Make.Money(currency, amount)));

    [Theory]
    [InlineData("usd", 1000L, "10.00")]
    [InlineData("USD", 1L, "0.01")]
    [InlineData("jpy", 500L, "500")]
    [InlineData("isk", 500L, "5")]
    // A tax may have a digit that a payment may not.
    [InlineData("kwd", 5124L, "5.124")]
    [InlineData("mga", 7L, "7.00")]
    [InlineData("isk", 1L, "0.01")]
    [InlineData("xxx", 1L, null)]
    public void Amounts_come_in_as_Stripe_counts_them(string currency, long minor, string? amount) =>
        Assert.Equal(amount, StripeAmounts.From(currency, minor)?.ToString());

    [Fact]
    public void What_comes_in_is_what_went_out()
    {
        var currencies = Currencies.All.Values.Where(StripeAmounts.Takes).ToArray();
        Gen.Select(Gen.Int[0, currencies.Length - 1].Select(i => currencies[i]), Gen.Long[0, 9_999_999_999]).Sample((currency, cents) =>
        {
            // In hundredths, which every currency with digits has.
            Assert.True(Amount.TryFrom(currency, cents / 100m, out var amount));
            if (StripeAmounts.To(amount) is { } minor)
            {
                Assert.Equal(amount, StripeAmounts.From(currency, minor));
            }
        });
    }

    [Theory]
    [InlineData("usd", "0.50", true)]
    [InlineData("usd", "0.49", false)]
    [InlineData("gbp", "0.30", true)]
    [InlineData("gbp", "0.29", false)]
    [InlineData("jpy", "50", true)]
    [InlineData("jpy", "49", false)]
    [InlineData("huf", "175", true)]
    [InlineData("czk", "14.99", false)]
    [InlineData("thb", "10", true)]
    [InlineData("hkd", "3.99", false)]
    [InlineData("usd", "999999.99", true)]
    [InlineData("usd", "1000000", false)]
    [InlineData("usd", "0.505", false)]
    [InlineData("usd", "0", false)]
    [InlineData("usd", "-10", false)]
    [InlineData("kwd", "5.124", false)]
    [InlineData("isk", "100.5", false)]
    public void Only_what_Stripe_takes_can_be_paid(string currency, string amount, bool can)
    {
        using var processor = Make.Processor(new ScriptedStripe((200, "{}")));
        Assert.Equal(can, processor.Capabilities.CanPay(Make.Money(currency, amount)));
    }

    [Fact]
    public void Units_of_the_builder_are_no_money() =>
        Assert.False(StripeAmounts.Takes(new Asset("credits", "Credits", 2, 0)));

    [Fact]
    public void No_bound_is_below_a_coin_or_beyond_what_can_be_paid() =>
        Assert.All(Currencies.All.Values.Where(StripeAmounts.Takes), c =>
        {
            var least = StripeAmounts.Least(c);
            Assert.True(least.Units == 0 || StripeAmounts.CanPay(least), c.Id);
        });
}
