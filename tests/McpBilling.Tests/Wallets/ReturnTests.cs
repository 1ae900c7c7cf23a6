namespace McpBilling.Tests.Wallets;

/// <summary>Giving used credit back: to which grant, with which life left, and what of it pays debt.</summary>
public sealed class ReturnTests
{
    [Fact]
    public void Credit_returns_to_its_grants_last_used_first_and_keeps_its_expiry() => WalletStory.Run("""
        day 1  grant G1 3.00 promotional expires day 5
               grant G2 5.00 paid
               use 6.00 as U
        day 2  return U 4.00
               lines returned G2 3.00, returned G1 1.00
        day 5  expect G1 0 G2 5.00
        """);

    [Fact]
    public void Credit_returns_to_a_grant_that_was_used_up() => WalletStory.Run("""
        day 1  grant G 3.00 promotional expires day 5
               use 3.00 as U
        day 2  return U 1.00
               expect G 1.00 available 1.00
        day 5  expect balance 0
        """);

    [Fact]
    public void Credit_of_an_expired_grant_comes_back_with_the_life_it_had_left_when_it_was_used() => WalletStory.Run("""
        day 1   grant G 3.00 paid cost 0.30 expires day 5 priority 7 for images
                use 2.00 for images as U
                lines used G -2.00 cost 0.20
        day 20  return U 1.00
                lines expired G -1.00 cost 0.10 at day 5, returned R1 1.00 cost -0.10
                expect R1 1.00 available/images 1.00 available/plain 0
        day 24  pass
                lines expired R1 -1.00 cost 0.10
        """);

    // The grant expires in the very step that gives back to it; whoever sent the command could not know.
    [Fact]
    public void Credit_of_a_grant_that_expires_just_now_comes_back_too() => WalletStory.Run("""
        day 1  grant G 3.00 promotional expires day 5
               use 2.00 as U
        day 5  return U 2.00
               lines expired G -1.00, returned R1 2.00
        day 9  expect balance 0
        """);

    [Fact]
    public void Credit_that_a_hold_used_after_the_expiry_has_no_life_left() => WalletStory.Run("""
        day 1    grant G 2.00 promotional expires day 2
        day 1.5  hold H 1.00 until day 2.5
        day 2.2  capture H 1.00 as U
        day 3    return U 1.00
                 lines returned G 1.00, expired G -1.00
                 expect balance 0
        """);

    [Fact]
    public void Credit_of_a_voided_grant_is_taken_back_at_once() => WalletStory.Run("""
        day 1  grant G 3.00 paid cost 0.30
               use 1.00 as U
               void G
               return U 1.00
               lines returned G 1.00 cost -0.10, voided G -1.00 cost 0.10
               expect balance 0
        """);

    [Fact]
    public void Debt_that_the_usage_caused_is_reduced_first() => WalletStory.Run("""
        grant G 5.00 paid
        use 8.00 as U
        expect debt 3.00
        return U 4.00
        lines returned debt 3.00, returned G 1.00
        expect debt 0 balance 1.00
        """);

    [Fact]
    public void Credit_returned_while_other_usage_is_owed_settles_that() => WalletStory.Run("""
        grant G 5.00 paid
        use 5.00 as U1
        use 2.00 as U2
        return U1 3.00
        lines returned G 3.00, settled G -2.00, settled debt 2.00
        return U2 2.00
        lines returned G 2.00
        expect G 3.00 balance 3.00
        """);

    [Fact]
    public void Debt_that_was_settled_since_returns_to_the_grants_that_paid_it_the_last_first() => WalletStory.Run("""
        use 5.00 as U
        grant G1 2.00 paid
        grant G2 9.00 promotional expires day 30
        expect debt 0 G2 6.00
        return U 4.00
        lines returned G2 3.00, returned G1 1.00
        expect balance 10.00 G1 1.00 G2 9.00
        """);

    // The lifetime counts from when the credit paid the debt: before that it was not used.
    [Fact]
    public void Credit_that_settled_debt_and_expired_since_comes_back_with_the_life_it_had_left_then() => WalletStory.Run("""
        day 1     use 5.00 as U
        day 10    grant G 9.00 promotional expires day 12
        day 20    return U 5.00
                  expect R1 5.00
        day 21.9  expect balance 5.00
        day 22    expect balance 0
        """);

    [Fact]
    public void A_captured_hold_is_given_back_like_any_usage() => WalletStory.Run("""
        overdraft 2.00
        grant G 1.00 paid
        hold H 3.00
        capture H 3.00 as U
        expect debt 2.00
        return U 3.00
        expect balance 1.00 debt 0 G 1.00
        """);
}
