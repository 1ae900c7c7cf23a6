using CsCheck;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Tests.Wallets;

/// <summary>The laws of wallets.md as properties over short random lives; the simulator checks them over long ones.</summary>
public sealed class WalletLawTests
{
    private sealed record Step(int Kind, long Amount, int Wait, int Life, string? Product, bool Reject);

    private static readonly Instant Start = Instant.Earliest;

    private static readonly Gen<string?> Products = Gen.Bool.Select(b => b ? "p" : null);

    private static readonly Gen<List<Step>> Lives =
        Gen.Select(Gen.Int[0, 7], Gen.Long[0, 20], Gen.Int[0, 5], Gen.Int[1, 12], Products, Gen.Bool)
            .Select((kind, amount, wait, life, product, reject) => new Step(kind, amount, wait, life, product, reject)).List[1, 40];

    [Fact]
    public void Law_1_entries_and_counter_entries_sum_to_zero() => Lives.Sample(steps =>
    {
        var (state, entries, _) = Live(steps);
        long between = entries.Where(e => e.Counter == CounterAccount.None).Sum(e => e.Amount);
        // Each other line stands against its counter-account, so the account holds exactly what those gave.
        Assert.Equal(0, between);
        Assert.Equal(state.Accounts.Values.Sum(a => a.Balance), entries.Where(e => e.Counter != CounterAccount.None).Sum(e => e.Amount));
    });

    [Fact]
    public void Law_2_replaying_the_entries_gives_every_balance_debt_and_hold() => Lives.Sample(steps =>
    {
        var (state, entries, _) = Live(steps);
        var replay = new Replay();
        entries.ForEach(replay.Take);
        Assert.Equal([], LedgerComparison.Differences(replay, state.Accounts.Values, state.Holds.Values));
    });

    [Fact]
    public void Law_3_what_remains_covers_what_is_held_and_debt_is_never_negative() => Lives.Sample(steps =>
    {
        foreach (var account in Live(steps).State.Accounts.Values)
        {
            Assert.All(account.Grants, g => Assert.InRange(g.Held, 0, g.Remaining));
            Assert.True(account.Debt >= 0);
            Assert.True(account.Debt == 0 || !account.Grants.Any(g => g.Products.IsEmpty && g.Free > 0));
        }
    });

    [Fact]
    public void Law_4_a_hold_never_exceeds_what_was_available() => Gen.Select(Lives, Gen.Long[1, 60], Products).Sample((steps, amount, product) =>
    {
        var (state, _, now) = Live(steps);
        state = state.Apply(new WalletCommand.BringUp(), now, NoReversal).State;
        long available = (state.Accounts.GetValueOrDefault("usd") ?? Account.Empty(WalletStory.Usd)).AvailableTo(product);
        var asked = state.Apply(new WalletCommand.Authorize(999, [new Debit(WalletStory.Usd, amount, product)], now + Hold.MaxLife, false, 0), now, NoReversal);
        Assert.Equal(amount <= available, asked.Refusal is null);
        Assert.Equal(asked.Refusal is null ? amount : 0, asked.Hold?.Lines.Sum(l => l.Held) ?? 0);
        Assert.Equal(asked.Refusal is null ? 0 : amount - available, asked.Refusal?.Shortfall ?? 0);
    });

    [Fact]
    public void Law_6_commands_on_different_customers_commute() => Gen.Select(Lives, Lives, Gen.Bool.List[80, 80]).Sample((one, other, turns) =>
    {
        var states = new[] { WalletState.Empty, WalletState.Empty };
        var told = new[] { new List<Entry>(), new List<Entry>() };
        var queues = new[] { new Queue<(WalletCommand, Instant)>(Commands(one)), new Queue<(WalletCommand, Instant)>(Commands(other)) };
        foreach (bool turn in turns)
        {
            int who = turn ? 0 : 1;
            who = queues[who].Count > 0 ? who : 1 - who;
            if (queues[who].TryDequeue(out var next))
            {
                var done = states[who].Apply(next.Item1, next.Item2, NoReversal);
                states[who] = done.State;
                told[who].AddRange(done.Entries);
            }
        }
        Assert.Equal(Live(one).Entries, told[0]);
        Assert.Equal(Live(other).Entries, told[1]);
    });

    [Fact]
    public void Law_7_one_step_or_many_gives_the_same_entries() => Gen.Select(Lives, Gen.Int[0, 30].List[0, 6]).Sample((steps, stops) =>
    {
        var (state, _, now) = Live(steps);
        var end = now + TimeSpan.FromHours(30);
        var atOnce = state.Apply(new WalletCommand.BringUp(), end, NoReversal);
        var entries = new List<Entry>();
        foreach (int hour in stops.Append(30).Order())
        {
            var step = state.Apply(new WalletCommand.BringUp(), now + TimeSpan.FromHours(hour), NoReversal);
            entries.AddRange(step.Entries);
            state = step.State;
        }
        Assert.Equal(atOnce.Entries, entries);
        Assert.Equal(atOnce.State.Accounts.Values.Select(a => (a.Balance, a.Held, a.Debt)), state.Accounts.Values.Select(a => (a.Balance, a.Held, a.Debt)));
    });

    private static (WalletState State, List<Entry> Entries, Instant Now) Live(List<Step> steps)
    {
        var state = WalletState.Empty;
        var entries = new List<Entry>();
        var now = Start;
        foreach (var (command, at) in Commands(steps))
        {
            var done = state.Apply(command, at, NoReversal);
            (state, now) = (done.State, at);
            entries.AddRange(done.Entries);
            Assert.True(done.Refusal is null || done.Refusal.Code != ErrorCode.Internal);
        }
        return (state, entries, now);
    }

    // The n-th step's grant or hold has the key n; a capture or release names a hold a few steps back, which may be none.
    private static IEnumerable<(WalletCommand, Instant)> Commands(List<Step> steps)
    {
        var now = Start;
        for (int i = 0; i < steps.Count; i++)
        {
            var s = steps[i];
            now += TimeSpan.FromHours(s.Wait);
            var missing = s.Reject ? OnInsufficient.Reject : OnInsufficient.Debt;
            var ends = now + TimeSpan.FromHours(s.Life);
            var debit = new Debit(WalletStory.Usd, s.Amount, s.Product);
            WalletCommand command = s.Kind switch
            {
                0 or 1 => new WalletCommand.AddGrant(
                    i + 1, WalletStory.Usd, s.Amount, s.Reject ? GrantSource.Paid : GrantSource.Included, 50, s.Product is null ? [] : [s.Product],
                    s.Kind == 0 ? now : now + TimeSpan.FromHours(3), s.Kind == 0 && s.Reject ? Instant.Never : ends + TimeSpan.FromHours(3), null),
                2 => new WalletCommand.Use([debit], [], missing),
                3 or 4 => new WalletCommand.Authorize(i + 1, [debit], ends, s.Reject, 0),
                5 => new WalletCommand.Capture(Math.Max(1, i - 1), null, [debit], [], s.Life > 6, missing, false),
                6 => new WalletCommand.VoidHold(Math.Max(1, i - 2), null),
                _ => new WalletCommand.SetOverdraft(WalletStory.Usd, s.Amount),
            };
            yield return (command, now);
        }
    }

    private static long NoReversal() => throw new InvalidOperationException("nothing is given back here");
}
