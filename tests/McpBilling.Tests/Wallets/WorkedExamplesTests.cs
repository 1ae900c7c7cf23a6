using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Tests.Wallets;

/// <summary>The worked examples A to G of wallets.md, line by line.</summary>
public sealed class WorkedExamplesTests
{
    [Fact]
    public void A_credit_burns_in_order_and_new_credit_settles_debt() => WalletStory.Run("""
        day 1   grant G1 5.00 promotional expires day 10
                grant G2 20.00 paid
                grant G3 3.00 promotional expires day 5
                use 4.00
                lines used G3 -3.00, used G1 -1.00
                expect G3 0 G1 4.00 G2 20.00 balance 24.00 debt 0
        day 10  use 21.00
                lines expired G1 -4.00, used G2 -20.00, used debt -1.00
                expect G1 0 G2 0 debt 1.00 balance -1.00 available -1.00
                grant G4 10.00 paid
                lines granted G4 10.00, settled G4 -1.00, settled debt 1.00
                expect debt 0 G4 9.00 balance 9.00
        """);

    [Fact]
    public void B_a_hold_is_a_promise_that_outlives_its_grant() => WalletStory.Run("""
        day 1    grant G 2.00 promotional expires day 2
        day 1.5  hold H 1.50 until day 2.5
                 expect balance 2.00 held 1.50 available 0.50
        day 2    expect balance 1.50 held 1.50 available 0
        day 2.2  capture H 1.20
                 lines expired G -0.50 at day 2, used G -1.20 held -1.20, released G 0.00 held -0.30, expired G -0.30
                 expect balance 0 held 0 available 0
        """);

    [Fact]
    public void C_ten_thousand_race_for_a_hundred_dollars()
    {
        var now = Instant.Earliest;
        long cent = WalletStory.Usd.UnitsPerWhole / 100;
        static long NoReversals() => throw new InvalidOperationException("no reversal here");
        var state = WalletState.Empty.Apply(
            new WalletCommand.AddGrant(1, WalletStory.Usd, 100_00 * cent, GrantSource.Paid, 50, [], now, Instant.Never, null), now, NoReversals).State;
        int allowed = 0, denied = 0;
        for (long key = 1; key <= 10_000; key++)
        {
            var asked = state.Apply(new WalletCommand.Authorize(key, [new Debit(WalletStory.Usd, 4 * cent)], now + Hold.MaxLife, false, 0), now, NoReversals);
            state = asked.State;
            (allowed, denied) = asked.Refusal is null ? (allowed + 1, denied) : (allowed, denied + 1);
        }
        Assert.Equal((2_500, 7_500), (allowed, denied));
        var account = state.Accounts["usd"];
        Assert.Equal((0, 100_00 * cent, 100_00 * cent), (account.Available, account.Balance, account.Held));

        foreach (long key in state.Holds.Keys.Order())
        {
            var captured = state.Apply(
                new WalletCommand.Capture(key, HoldStatus.Open, [new Debit(WalletStory.Usd, 3 * cent)], [], true, OnInsufficient.Debt, false), now, NoReversals);
            Assert.Null(captured.Refusal);
            state = captured.State;
        }
        account = state.Accounts["usd"];
        Assert.Equal((25_00 * cent, 0L), (account.Balance, account.Held));
        Assert.Empty(state.Holds);
    }

    [Fact]
    public void D_an_overdraft_bounds_what_may_be_promised() => WalletStory.Run("""
        overdraft 5.00
        hold H1 4.00
        hold H2 2.00 → insufficient_balance short 1.00
        expect available 1.00 held 4.00 balance 0
        capture H1 4.50
        expect debt 4.50 available 0.50 balance -4.50
        """);

    [Fact]
    public void E_a_hold_is_captured_once() => WalletStory.Run("""
        grant G 5.00 paid
        hold H 1.00
        capture H 1.00
        capture H 1.00 → hold_already_captured
        expect balance 4.00 held 0
        """);

    [Fact]
    public void F_a_partial_authorization_reserves_what_there_is() => WalletStory.Run("""
        grant G 0.70 paid
        hold H1 1.00 partial at least 0.80 → insufficient_balance short 0.10
        hold H2 1.00 partial
        expect H2 0.70 available 0
        hold H3 1.00 partial → insufficient_balance short 1.00
        """);

    // The wallet's side of it: which share comes back is pricing's business.
    [Fact]
    public void G_a_reversal_gives_back_what_the_period_no_longer_owes() => WalletStory.Run("""
        grant G 1.00 paid
        use 0.10 as U1
        use 0.05 as U2
        expect G 0.85
        return U1 0.05
        lines returned G 0.05
        return U2 0.05
        return U1 0.05
        expect G 1.00 balance 1.00
        """);
}
