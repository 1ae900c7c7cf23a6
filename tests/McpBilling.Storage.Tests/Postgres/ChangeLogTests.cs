using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;

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
        var (one, two) = (_replicas.Another(), _replicas.Another());
        for (int i = 0; i < Turns; i++)
        {
            before(i);
            await (i % 2 == 0 ? one : two).Authorize("hot", "1", $"turn-{i}");
        }
        Assert.Equal($"{100000 - Open - Turns}", await two.Figure("hot", "available"));
        // Once each reads all of them, then a few for each turn of the other.
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

    [Theory]
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
