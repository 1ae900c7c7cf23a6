namespace McpBilling.Tests.Wallets;

/// <summary>Time comes first: what falls due before a command, and in which order.</summary>
public sealed class TimeTests
{
    [Fact]
    public void A_grant_is_usable_from_its_start_until_just_before_its_expiry() => WalletStory.Run("""
        day 1       grant G 5.00 promotional starts day 2 expires day 3
                    lines
                    expect balance 0 available 0
        day 1.9999  hold H 1.00 → insufficient_balance short 1.00
        day 2       expect balance 5.00 available 5.00
        day 2.9999  use 1.00
                    lines granted G 5.00 at day 2, used G -1.00
        day 3       use 1.00
                    lines expired G -4.00, used debt -1.00
        """);

    [Fact]
    public void At_one_instant_holds_end_then_grants_expire_then_grants_begin() => WalletStory.Run("""
        day 1  grant G1 5.00 promotional expires day 2
               hold H 5.00 until day 2
               use 1.00
               grant G2 5.00 paid starts day 2
        day 3  pass
               lines released G1 0.00 held -5.00 at day 2, expired G1 -5.00 at day 2, granted G2 5.00 at day 2, settled G2 -1.00 at day 2, settled debt 1.00 at day 2
               expect balance 4.00 debt 0
        """);

    // The hold ends first, but a grant is usable only before expires_at: at that instant it pays no debt any more.
    [Fact]
    public void Credit_released_at_the_instant_of_its_expiry_settles_nothing() => WalletStory.Run("""
        day 1  grant G 5.00 promotional expires day 2
               hold H 5.00 until day 2
               use 3.00
        day 2  expect debt 3.00 balance -3.00
        """);

    [Fact]
    public void Credit_released_before_the_expiry_settles_debt() => WalletStory.Run("""
        day 1    grant G 5.00 promotional expires day 2
                 hold H 5.00 until day 1.9
                 use 3.00
        day 1.9  expect debt 0 balance 2.00
        """);

    [Fact]
    public void A_long_sleep_is_told_in_the_order_in_which_it_happened() => WalletStory.Run("""
        day 1   grant G1 1.00 promotional expires day 3
                grant G2 2.00 included starts day 2 expires day 6
                grant G3 4.00 paid starts day 5
                hold H 1.00 until day 2
                use 6.00
                lines used debt -6.00
        day 99  pass
                lines released G1 0.00 held -1.00 at day 2, settled G1 -1.00 at day 2, settled debt 1.00 at day 2, granted G2 2.00 at day 2, settled G2 -2.00 at day 2, settled debt 2.00 at day 2, granted G3 4.00 at day 5, settled G3 -3.00 at day 5, settled debt 3.00 at day 5
                expect balance 1.00 debt 0
        """);

    [Fact]
    public void A_refusal_changes_nothing_but_what_was_due() => WalletStory.Run("""
        day 1  grant G 5.00 promotional expires day 2
        day 2  hold H 1.00 → insufficient_balance short 1.00
               lines expired G -5.00
        """);

    [Fact]
    public void A_grant_whose_life_lies_in_the_past_begins_and_expires() => WalletStory.Run("""
        day 9  use 1.00
               grant G 5.00 paid cost 2.00 starts day 1 expires day 9
               lines granted G 5.00, expired G -5.00 cost 2.00
               expect debt 1.00
        """);

    [Fact]
    public void A_scheduled_grant_that_is_voided_never_begins() => WalletStory.Run("""
        day 1  grant G1 5.00 paid starts day 2
               grant G2 5.00 paid starts day 2
               void G1
               void G2 2.00
        day 2  expect balance 3.00 G1 0 G2 3.00
        """);
}
