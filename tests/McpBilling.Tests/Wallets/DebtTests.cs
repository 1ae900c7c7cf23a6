namespace McpBilling.Tests.Wallets;

/// <summary>Using credit, debt, adjustments, and the cost basis that entries name.</summary>
public sealed class DebtTests
{
    [Fact]
    public void Usage_takes_what_is_free_and_owes_the_rest() => WalletStory.Run("""
        grant G 5.00 paid
        hold H 2.00
        use 4.00
        expect debt 1.00 G 2.00 G.held 2.00 balance 1.00 available -1.00
        use 1.00 reject → insufficient_balance short 2.00
        release H
        expect debt 0 balance 1.00 available 1.00
        """);

    [Fact]
    public void A_usage_event_is_charged_in_every_asset_or_in_none() => WalletStory.Run("""
        grant G1 5.00 paid
        grant G2 3 credits included
        use 1.00 + 4 credits reject → insufficient_balance short 1
        expect balance 5.00 credits.balance 3
        use 1.00 + 4 credits
        expect balance 4.00 credits.balance -1 credits.debt 1 debt 0
        """);

    // Debt has no product, so credit that is kept for a product does not pay it.
    [Fact]
    public void A_restricted_grant_settles_no_debt() => WalletStory.Run("""
        use 2.00 for images
        grant G 5.00 promotional for images
        expect debt 2.00 G 5.00 balance 3.00 available 3.00 available/images 3.00 available/plain -2.00
        use 5.00 for images
        expect debt 2.00 balance -2.00
        """);

    [Fact]
    public void A_new_grant_larger_or_smaller_than_the_debt_says_what_it_settled() => WalletStory.Run("""
        use 3.00
        grant G1 1.00 paid cost 0.80
        lines granted G1 1.00, settled G1 -1.00 cost 0.80, settled debt 1.00
        adjust A1 0.50
        lines adjusted A1 0.50, settled A1 -0.50, settled debt 0.50
        grant G2 2.00 promotional
        lines granted G2 2.00, settled G2 -1.50, settled debt 1.50
        expect balance 0.50 debt 0
        """);

    [Fact]
    public void An_adjustment_gives_a_grant_or_takes_in_burn_order() => WalletStory.Run("""
        adjust A1 3.00
        adjust A2 -5.00 reject → insufficient_balance short 2.00
        adjust A3 -1.00
        lines adjusted A1 -1.00
        adjust A4 -3.00
        lines adjusted A1 -2.00, adjusted debt -1.00
        expect balance -1.00 debt 1.00
        """);

    [Fact]
    public void Every_line_of_a_paid_grant_names_its_share_and_the_shares_make_the_whole() => WalletStory.Run("""
        day 1  grant G 3.00 paid cost 1.00 expires day 9
               use 1.00 as U1
               lines used G -1.00 cost 0.333333333
               hold H 1.00
               capture H 0.50
               lines used G -0.50 held -0.50 cost 0.166666667, released G 0.00 held -0.50
               return U1 0.25
               lines returned G 0.25 cost -0.083333334
               void G 0.75
               lines voided G -0.75 cost 0.25
        day 9  pass
               lines expired G -1.00 cost 0.333333334
        """);

    [Theory]
    [InlineData("use -1.00")]
    [InlineData("use 1.00 + -1.00")]
    [InlineData("hold H -1.00")]
    [InlineData("hold H 1.00 partial at least -1.00")]
    [InlineData("grant G2 -1.00 paid")]
    [InlineData("void G -1.00")]
    [InlineData("overdraft -1.00")]
    [InlineData("capture H -1.00")]
    public void A_negative_amount_is_refused_before_anything_else(string step) => WalletStory.Run($"""
        grant G 5.00 paid
        {step} → amount_invalid
        expect balance 5.00 available 5.00
        """);
}
