using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Tests.Ledger;

/// <summary>The second witness must notice when a ledger or a wallet was tampered with; that it agrees with honest ones, every wallet test shows.</summary>
public sealed class ReplayTests
{
    private static readonly Asset Usd = new("usd", "US dollar", 9, 2) { IsCurrency = true };
    private static readonly (WalletState State, List<Entry> Entries) Honest = Live();

    [Fact]
    public void An_honest_ledger_agrees_with_its_wallet() => Assert.Equal([], Differences(Honest.Entries));

    [Theory]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6)]
    public void A_missing_line_is_noticed(int line) => Assert.NotEmpty(Differences([.. Honest.Entries.Where((_, i) => i != line)]));

    [Theory]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6)]
    public void A_changed_amount_is_noticed(int line) =>
        Assert.NotEmpty(Differences([.. Honest.Entries.Select((e, i) => i == line ? e with { Amount = e.Amount - 1 } : e)]));

    [Fact]
    public void A_line_told_twice_is_noticed() => Assert.NotEmpty(Differences([.. Honest.Entries, Honest.Entries[^1]]));

    [Fact]
    public void A_line_of_another_grant_is_noticed() =>
        Assert.NotEmpty(Differences([.. Honest.Entries.Select(e => e.Kind == EntryKind.Used && e.GrantKey == 1 ? e with { GrantKey = 2 } : e)]));

    [Fact]
    public void A_wallet_that_says_otherwise_is_told_in_words()
    {
        var replay = Replayed(Honest.Entries);
        var account = Honest.State.Accounts["usd"];
        Assert.Equal(["usd: debt is 1 as stored, 0 by its entries", "usd: balance is 3 as stored, 4 by its entries"],
            LedgerComparison.Differences(replay, [account with { Debt = account.Debt + 1 }], Honest.State.Holds.Values).OrderDescending());
        Assert.Equal(["hold 7 is not open or keeps nothing of grant 2 in usd; its entries say 2"], LedgerComparison.Differences(replay, [account], []));
        var hold = Honest.State.Holds[7];
        var altered = hold with { Lines = [hold.Lines[0] with { Shares = [new Share(2, 3)] }] };
        Assert.Equal(["hold 7 keeps 3 of grant 2 in usd; its entries say 2"], LedgerComparison.Differences(replay, [account], [altered]));
        Assert.Contains(LedgerComparison.Differences(replay, [account with { Grants = [] }], Honest.State.Holds.Values), d => d.Contains("it is not in the account"));
        Assert.Contains("usd: there are entries, but no account", LedgerComparison.Differences(replay, [], Honest.State.Holds.Values));
    }

    private static IReadOnlyList<string> Differences(List<Entry> entries) =>
        LedgerComparison.Differences(Replayed(entries), Honest.State.Accounts.Values, Honest.State.Holds.Values);

    private static Replay Replayed(List<Entry> entries)
    {
        var replay = new Replay();
        entries.ForEach(replay.Take);
        return replay;
    }

    // Seven lines: usage becomes debt, a grant settles it, another is held in part, and some is used.
    private static (WalletState, List<Entry>) Live()
    {
        var now = Instant.Earliest;
        WalletCommand Grant(long key, long amount) => new WalletCommand.AddGrant(key, Usd, amount, GrantSource.Paid, 50, [], now, Instant.Never, null);
        WalletCommand[] commands =
        [
            new WalletCommand.Use([new Debit(Usd, 3)], [], OnInsufficient.Debt),
            Grant(1, 5),
            new WalletCommand.Use([new Debit(Usd, 2)], [], OnInsufficient.Debt),
            Grant(2, 4),
            new WalletCommand.Authorize(7, [new Debit(Usd, 2)], now + Hold.MaxLife, false, 0),
        ];
        var (state, entries) = (WalletState.Empty, new List<Entry>());
        foreach (var command in commands)
        {
            var done = state.Apply(command, now, () => 99);
            state = done.State;
            entries.AddRange(done.Entries);
        }
        return (state, entries);
    }
}
