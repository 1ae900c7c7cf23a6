using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>Replicas tell each other what they changed; whoever cannot know it reads everything again.</summary>
public sealed class ChangeLogTests : IDisposable
{
    private readonly ReplicasUnderTest _replicas = new();

    public void Dispose() => _replicas.Dispose();

    [Fact]
    public async Task Of_a_wallet_with_many_holds_only_those_are_read_again_that_another_has_changed() => await Few_holds_are_read_in_turns(static _ => { });

    // A process notes a key's last use once a minute.
    [Fact]
    public async Task Whoever_writes_nothing_of_the_ledger_makes_nobody_read_again() => await Few_holds_are_read_in_turns(turn =>
    {
        using var keys = new ApiKeys(_replicas.Database, _replicas.Time);
        keys.Create($"key {turn}", Mode.Live, Scopes.All, null);
    });

    private async Task Few_holds_are_read_in_turns(Action<int> before)
    {
        const int Open = 300, Turns = 40;
        var alone = _replicas.Another();
        await alone.Grant("hot", "100000");
        for (int i = 0; i < Open; i++)
        {
            await alone.Authorize("hot", "1", $"open-{i}");
        }
        long fetched = await HoldsFetched();
        var (one, two) = (_replicas.Another(new WriterFaults()), _replicas.Another(new WriterFaults()));
        for (int i = 0; i < Turns; i++)
        {
            before(i);
            await (i % 2 == 0 ? one : two).Authorize("hot", "1", $"turn-{i}");
        }
        Assert.Equal($"{100000 - Open - Turns}", await two.Figure("hot", "available"));
        // Once each reads all of them, then those only that are asked for.
        Assert.InRange(await HoldsFetched() - fetched, Open, 2 * Open + Turns * 10);
    }

    [Fact]
    public async Task What_another_did_to_a_hold_and_a_grant_counts_at_once()
    {
        var (one, two) = (_replicas.Another(), _replicas.Another());
        await one.Grant("c", "10");
        string hold = await one.Hold("c", "4", "a");
        Assert.Equal("6", await two.Figure("c", "available"));
        await two.Do("capture_hold", new { hold_id = hold, amount = "3", idempotency_key = "x" });
        Assert.Equal("hold_already_captured", await one.Code("capture_hold", new { hold_id = hold, amount = "1", idempotency_key = "y" }));
        await two.Grant("c", "5", key: "more");
        Assert.Equal("denied", await Verdict(one, "13", "b"));
        Assert.Equal("allowed", await Verdict(one, "12", "d"));
        Assert.Equal("denied", await Verdict(two, "1", "e"));
    }

    // Each turn is held against the database (WriterFaults.ChecksMemory): what one did, the other has in memory.
    [Fact]
    public async Task Whatever_one_did_the_other_knows()
    {
        var (one, two) = (_replicas.Another(), _replicas.Another());
        var turns = new Queue<Func<Desk, Task>>();
        await one.Apply(Shop.Catalog);
        await one.Grant("c", "3", key: "first");
        await two.Grant("c", "20", key: "second");
        string hold = await one.Hold("c", "4", "hold"), voided = await two.Hold("c", "1", "voided"), late = await one.Hold("c", "1", "late");
        // Uses up the first grant, and gives it back.
        turns.Enqueue(d => d.Record("c", "tokens", "e1", "7"));
        turns.Enqueue(d => d.Do("reverse_usage", new { event_id = "e1", customer_id = "c", reason = "was slow", idempotency_key = "r1" }));
        turns.Enqueue(d => d.Record("c", "tokens", "e2", "1"));
        turns.Enqueue(d => d.Do("capture_hold", new { hold_id = hold, amount = "1", final = false, idempotency_key = "part" }));
        turns.Enqueue(d => d.Do("extend_hold", new { hold_id = hold, ttl_seconds = 3600, idempotency_key = "longer" }));
        turns.Enqueue(d => d.Do("capture_hold", new { hold_id = hold, amount = "5", idempotency_key = "more" }));
        turns.Enqueue(d => d.Do("void_hold", new { hold_id = voided, idempotency_key = "void" }));
        turns.Enqueue(d => d.Grant("c", "5", key: "expires", expires: "2026-03-10T13:00:00Z"));
        turns.Enqueue(d => d.Record("c", "tokens", "e3", "2"));
        turns.Enqueue(d => d.Grant("new", "5", key: "another"));
        turns.Enqueue(d => d.Do("record_cost", new { id = "cost", customer_id = "c", provider = "aws", category = "gpu", amount = new { currency = "usd", amount = "1" } }));
        turns.Enqueue(d => d.Do("save_limits", new { customer_id = "c", asset = "usd", spending_cap = "100", period = "month" }));
        turns.Enqueue(d => d.Record("c", "tokens", "e4", "1"));
        turns.Enqueue(d => d.Code("record_usage_event", new { id = "e4", customer_id = "c", event_type = "tokens", quantity = "9" }));
        turns.Enqueue(d => d.Record("c", "tokens", "e5", "100"));
        turns.Enqueue(d => d.Grant("c", "50", key: "pays the debt"));
        turns.Enqueue(d => d.Record("c", "tokens", "e6", "1"));
        for (int i = 0; turns.TryDequeue(out var turn); i++)
        {
            if (i % 4 == 3)
            {
                _replicas.Time.Advance(TimeSpan.FromMinutes(9));
            }
            await turn(i % 2 == 0 ? two : one);
        }
        Assert.Equal(await one.Figure("c", "balance"), await two.Figure("c", "balance"));
        Assert.Equal("hold_expired", await one.Code("capture_hold", new { hold_id = late, amount = "1", idempotency_key = "too late" }));
        Assert.Empty((await new Verifying.Verifier(_replicas.Database).Verify(TestContext.Current.CancellationToken)).Differences);
    }

    [Theory]
    [InlineData("UPDATE change_log SET state = NULL WHERE seq = (SELECT MAX(seq) FROM change_log)")]
    [InlineData("UPDATE change_log SET state = '[2]' WHERE seq = (SELECT MAX(seq) FROM change_log)")]
    [InlineData("UPDATE change_log SET state = '[1,[7' WHERE seq = (SELECT MAX(seq) FROM change_log)")]
    [InlineData("UPDATE change_log SET state = '[1,[1,[1,2]]]' WHERE seq = (SELECT MAX(seq) FROM change_log)")]
    [InlineData("DELETE FROM change_log")]
    [InlineData("DELETE FROM change_log WHERE seq < (SELECT MAX(seq) FROM change_log)")]
    [InlineData("UPDATE change_log SET previous = 'of an older program' WHERE seq = (SELECT MAX(seq) FROM change_log)")]
    [InlineData("UPDATE meta SET value = 'of an older program' WHERE name = 'last_writer'")]
    public async Task Where_the_log_does_not_reach_back_everything_is_read_again(string gap)
    {
        var (one, two) = (_replicas.Another(), _replicas.Another());
        await one.Grant("c", "10");
        await two.Authorize("c", "1", "a");
        await one.Authorize("c", "2", "b");
        await one.Authorize("c", "3", "d");
        _replicas.Server.Sql(_replicas.Name, gap);
        Assert.Equal("denied", await Verdict(two, "5", "e"));
        Assert.Equal("allowed", await Verdict(two, "4", "f"));
        Assert.Equal("denied", await Verdict(one, "1", "g"));
    }

    // Few are told what they left; of more it is only said what they changed.
    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(200)]
    public async Task Whoever_was_idle_knows_what_many_transactions_left(int transactions)
    {
        var (one, two) = (_replicas.Another(), _replicas.Another());
        await one.Grant("c", "1000");
        await two.Authorize("c", "1", "known");
        for (int i = 0; i < transactions; i++)
        {
            await one.Authorize("c", "2", $"a{i}");
        }
        Assert.Equal("denied", await Verdict(two, $"{1000 - 2 * transactions}", "b"));
        Assert.Equal("allowed", await Verdict(two, $"{999 - 2 * transactions}", "d"));
        Assert.Equal("denied", await Verdict(one, "1", "e"));
    }

    [Fact]
    public async Task The_log_is_cut()
    {
        var one = _replicas.Another();
        for (int i = 0; i < 1_300; i++)
        {
            await one.Grant($"c{i % 7}", "1", key: $"k{i}");
        }
        Assert.InRange(long.Parse(_replicas.Server.Sql(_replicas.Name, "SELECT COUNT(*) FROM change_log"), System.Globalization.CultureInfo.InvariantCulture), 1_024, 1_280);
    }

    private static async Task<string> Verdict(Desk desk, string amount, string key) =>
        (await desk.Do("authorize_usage", new { customer_id = "c", asset = "usd", amount, idempotency_key = key })).GetProperty("allowed").GetBoolean() ? "allowed" : "denied";

    private async Task<long> HoldsFetched()
    {
        await _replicas.End();
        return long.Parse(_replicas.Server.Sql(_replicas.Name, "SELECT idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'hold'"), System.Globalization.CultureInfo.InvariantCulture);
    }
}
