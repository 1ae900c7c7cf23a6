namespace McpBilling.Tests.Wallets;

/// <summary>Holds: how they are placed, and every row of the table of their ends.</summary>
public sealed class HoldTests
{
    [Theory]
    [InlineData("less", "capture H 2.00", "", "lines used G1 -2.00 held -2.00, released G1 0.00 held -1.00, released G2 0.00 held -1.00", "balance 8.00 held 0 G1 1.00 G2 7.00 debt 0")]
    [InlineData("nothing", "capture H 0", "", "lines released G1 0.00 held -3.00, released G2 0.00 held -1.00", "balance 10.00 held 0")]
    [InlineData("exactly", "capture H 4.00", "", "lines used G1 -3.00 held -3.00, used G2 -1.00 held -1.00", "balance 6.00 held 0 G1 0 G2 6.00")]
    [InlineData("more", "capture H 9.00", "", "lines used G1 -3.00 held -3.00, used G2 -1.00 held -1.00, used G2 -5.00", "balance 1.00 held 0 G2 1.00")]
    [InlineData("more than there is", "capture H 12.00", "", "lines used G1 -3.00 held -3.00, used G2 -1.00 held -1.00, used G2 -6.00, used debt -2.00", "balance -2.00 held 0 debt 2.00")]
    [InlineData("more than there is, reject", "capture H 12.00 reject", "insufficient_balance short 2.00", "lines ", "balance 10.00 held 4.00 H 4.00")]
    [InlineData("all there is, reject", "capture H 10.00 reject", "", "lines used G1 -3.00 held -3.00, used G2 -1.00 held -1.00, used G2 -6.00", "balance 0 debt 0")]
    [InlineData("void", "release H", "", "lines released G1 0.00 held -3.00, released G2 0.00 held -1.00", "balance 10.00 held 0")]
    [InlineData("expiry", "day 2 pass", "", "lines released G1 0.00 held -3.00, released G2 0.00 held -1.00", "balance 10.00 held 0")]
    public void Each_end_of_a_hold(string end, string step, string refusal, string lines, string figures)
    {
        Assert.NotEmpty(end);
        WalletStory.Run($"""
            day 1  grant G1 3.00 promotional expires day 10
                   grant G2 7.00 paid
                   hold H 4.00 until day 2
                   lines held G1 0.00 held 3.00, held G2 0.00 held 1.00
                   {step} → {refusal}
                   {lines}
                   expect {figures}
            """);
    }

    [Theory]
    [InlineData("capture H 1.00", "hold_already_captured", "capture H 1.00")]
    [InlineData("capture H 1.00", "hold_already_captured", "release H")]
    [InlineData("capture H 1.00", "hold_already_captured", "extend H until day 1.9")]
    [InlineData("release H", "hold_already_voided", "capture H 1.00 expired-too")]
    [InlineData("release H", "hold_already_voided", "release H")]
    [InlineData("release H", "hold_already_voided", "extend H until day 1.9")]
    [InlineData("day 1.5 pass", "hold_expired", "capture H 1.00")]
    [InlineData("day 1.5 pass", "hold_expired", "release H")]
    [InlineData("day 1.5 pass", "hold_expired", "extend H until day 1.9")]
    [InlineData("pass", "hold_not_found", "capture H2 1.00 expired-too")]
    [InlineData("pass", "hold_not_found", "release H2")]
    [InlineData("pass", "hold_not_found", "extend H2 until day 1.9")]
    // It expires in the same step that asks for it: the wallet knows, though nothing was stored yet.
    [InlineData("pass", "hold_expired", "day 1.5 capture H 1.00")]
    [InlineData("pass", "hold_expired", "day 1.5 release H")]
    public void A_hold_that_ended_says_how(string end, string refusal, string step) => WalletStory.Run($"""
        day 1  grant G 5.00 paid
               hold H 1.00 until day 1.5
               {end}
               {step} → {refusal}
        """);

    [Theory]
    [InlineData("capture H 99.00 reject", "hold_expired")]
    [InlineData("capture H -1.00", "amount_invalid")]
    [InlineData("capture H 99.00 reject expired-too", "insufficient_balance short 94.00")]
    public void What_is_wrong_with_the_amount_goes_first_and_the_balance_last(string step, string refusal) => WalletStory.Run($"""
        day 1  grant G 5.00 paid
               hold H 1.00 until day 1.5
        day 2  {step} → {refusal}
               expect balance 5.00 held 0
        """);

    [Fact]
    public void A_capture_after_expiry_posts_as_ordinary_usage_where_that_is_allowed() => WalletStory.Run("""
        day 1  grant G1 2.00 promotional expires day 2
               grant G2 5.00 paid
               hold H 1.00 until day 1.5
        day 2  capture H 1.00 expired-too
               lines released G1 0.00 held -1.00 at day 1.5, expired G1 -2.00, used G2 -1.00
               expect balance 4.00
        """);

    [Fact]
    public void A_long_task_reports_as_it_goes() => WalletStory.Run("""
        grant G 10.00 paid
        hold H 4.00
        capture H 1.00 open
        expect balance 9.00 held 3.00 H 3.00 available 6.00
        capture H 2.50 open
        capture H 2.00 open
        lines used G -0.50 held -0.50, used G -1.50
        expect balance 4.50 held 0
        capture H 0.50
        expect balance 4.00
        capture H 0.50 → hold_already_captured
        """);

    [Fact]
    public void A_rejected_part_leaves_the_hold_for_another_try() => WalletStory.Run("""
        grant G 4.00 paid
        hold H 3.00
        capture H 5.00 open reject → insufficient_balance short 1.00
        expect held 3.00 available 1.00
        capture H 4.00 reject
        expect balance 0 debt 0
        """);

    [Fact]
    public void Holds_are_prolonged_to_a_day_at_most_and_never_shortened() => WalletStory.Run("""
        day 1    grant G 1.00 paid
                 hold H 1.00 until day 1.5
                 extend H until day 1.2
        day 1.4  expect H 1.00
                 extend H until day 9
        day 1.9  expect H 1.00
        day 2    expect H 0 held 0
                 extend H until day 2.5 → hold_expired
        """);

    [Fact]
    public void A_hold_on_several_assets_is_all_or_nothing() => WalletStory.Run("""
        grant G1 5.00 paid
        grant G2 10 credits included
        hold H1 2.00 + 11 credits → insufficient_balance short 1
        expect held 0 credits.held 0
        hold H2 3.00 + 3.00 → insufficient_balance short 1.00
        hold H3 2.00 + 10 credits
        expect held 2.00 credits.held 10 credits.available 0
        capture H3 1.00 + 10 credits
        expect balance 4.00 held 0 credits.balance 0
        """);

    [Fact]
    public void A_question_holds_nothing() => WalletStory.Run("""
        hold H1 0
        expect H1 0
        capture H1 0 → hold_not_found
        use 1.00
        hold H2 0 → insufficient_balance short 1.00
        hold H3 0 quoted
        capture H3 1.00
        expect debt 2.00
        """);

    [Fact]
    public void Credit_of_a_voided_grant_stays_promised_and_vanishes_when_released() => WalletStory.Run("""
        grant G 5.00 paid
        hold H 2.00
        void G
        lines voided G -3.00
        expect balance 2.00 held 2.00 available 0
        void G → grant_insufficient short 0.00
        capture H 0.50
        lines used G -0.50 held -0.50, released G 0.00 held -1.50, voided G -1.50
        expect balance 0 held 0
        void G → grant_insufficient
        """);

    [Fact]
    public void Part_of_a_grant_can_be_voided_and_its_held_part_comes_back_to_it() => WalletStory.Run("""
        grant G 5.00 paid
        hold H 2.00
        void G 3.01 → grant_insufficient short 0.01
        void G 3.00
        expect balance 2.00 available 0
        release H
        expect balance 2.00 available 2.00
        void G 2.00
        expect balance 0
        """);

    [Fact]
    public void An_overdraft_promised_to_a_hold_becomes_debt_and_is_settled_by_credit_that_came_meanwhile() => WalletStory.Run("""
        overdraft 5.00
        grant G1 1.00 paid
        hold H 3.00
        expect G1.held 1.00 held 3.00 available 3.00 balance 1.00
        grant G2 10.00 paid
        capture H 2.50
        lines used G1 -1.00 held -1.00, used debt -1.50 held -1.50, settled G2 -1.50, settled debt 1.50, released debt 0.00 held -0.50
        expect balance 8.50 held 0 available 13.50 debt 0
        """);

    [Fact]
    public void A_lowered_overdraft_limit_breaks_no_promise() => WalletStory.Run("""
        overdraft 5.00
        hold H 4.00
        overdraft 0
        expect available -4.00 held 4.00
        hold H2 0.01 → insufficient_balance short 4.01
        capture H 4.00
        expect debt 4.00 available -4.00
        """);
}
