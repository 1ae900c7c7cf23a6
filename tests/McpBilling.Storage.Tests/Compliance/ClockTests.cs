using McpBilling.Operations;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>Time comes first: test clocks, the machine's clock, and what falls due by itself.</summary>
public abstract class ClockTests(StoreUnderTest store) : ComplianceTests(store)
{
    [Fact]
    public async Task A_live_workspace_has_no_test_clock()
    {
        var live = new Desk(() => Store.Billing, Store.Caller(Mode.Live));
        string rows = Store.Fingerprint();
        Assert.Equal("live_workspace", await live.Code("advance_test_clock", new { now = "2030-01-01T00:00:00Z" }));
        // Also when the caller's mode is wrong: the store knows the workspace's own.
        var forged = new Desk(() => Store.Billing, live.Caller with { Mode = Mode.Test });
        Assert.Equal("live_workspace", await forged.Code("advance_test_clock", new { now = "2030-01-01T00:00:00Z" }));
        Assert.Equal(rows, Store.Fingerprint());
    }

    [Fact]
    public async Task A_test_clock_moves_forward_only_and_survives_reopening()
    {
        await Desk.Clock("2020-05-01T00:00:00Z");
        await Desk.Grant("c", "5", expires: "2020-05-03T00:00:00Z");
        Assert.Equal("clock_conflict", await Desk.Code("advance_test_clock", new { now = "2020-04-30T23:59:59Z" }));
        Store.Reopen();
        Assert.Equal("2020-05-01T00:00:00Z", (await Desk.Do("get_test_clock", new { })).GetProperty("now").GetString());
        await Desk.Clock("2020-05-02T23:59:59.999999Z");
        Assert.Equal("5", await Desk.Figure("c", "balance"));
        await Desk.Clock("2020-05-03T00:00:00Z");
        Assert.Equal("0", await Desk.Figure("c", "balance"));
        // Real time is later: the clock may be taken away, and time then never goes back to it.
        var real = await Desk.Do("advance_test_clock", System.Text.Json.JsonElement.Parse("""{"now":null}"""));
        Assert.True(real.GetProperty("real").GetBoolean());
        await Desk.Grant("c", "1", key: "k");
        Assert.Equal("clock_conflict", await Desk.Code("advance_test_clock", new { now = "2020-06-01T00:00:00Z" }));
        await MustVerify();
    }

    [Fact]
    public async Task A_clock_ahead_of_real_time_cannot_be_taken_away()
    {
        await Desk.Clock("2031-01-01T00:00:00Z");
        await Desk.Grant("c", "5");
        Assert.Equal("clock_conflict", await Desk.Code("advance_test_clock", System.Text.Json.JsonElement.Parse("""{"now":null}""")));
    }

    [Fact]
    public async Task Time_never_goes_back_with_the_machines_clock()
    {
        await Desk.Grant("c", "5");
        Store.Time.AdjustTime(StoreUnderTest.Start.AddHours(-1));
        Store.Reopen();
        await Desk.Grant("c", "5", key: "second");
        Assert.Equal(Minutes(0), (await Desk.Wallet("c")).GetProperty("as_of").GetString());
        await MustVerify();
    }

    [Fact]
    public async Task The_sweep_posts_what_was_due_at_the_time_at_which_it_was_due()
    {
        for (int i = 0; i < 12; i++)
        {
            await Desk.Grant($"c{i}", "5", key: "expires", expires: Minutes(10));
            await Desk.Grant($"c{i}", "3", key: "begins", effective: Minutes(20), expires: Minutes(40));
            await Desk.Hold($"c{i}", "2", "h", ttl: 1800);
        }
        Assert.Empty(Store.Due());
        Store.Time.SetUtcNow(StoreUnderTest.Start.AddMinutes(35));
        string before = await Desk.Everything("c3");
        var due = Assert.Single(Store.Due());
        Assert.Equal(Desk.Caller.WorkspaceKey, due.WorkspaceKey);
        Assert.Equal(5, await Store.BringUp(due, 5));
        Assert.Equal(5, await Store.BringUp(due, 5));
        Assert.Equal(2, await Store.BringUp(due, 5));
        Assert.Equal(0, await Store.BringUp(due, 5));
        Assert.Empty(Store.Due());
        // Reads had shown it already; now the ledger says so too.
        Assert.Equal(before.Split('\n')[0], (await Desk.Wallet("c3")).ToString());
        var entries = (await Desk.Do("list_entries", new { customer_id = "c3" })).GetProperty("entries").EnumerateArray()
            .Select(e => $"{e.GetProperty("kind").GetString()} {Desk.Number(e, "amount")} {e.GetProperty("time").GetString()} {e.GetProperty("cause").GetProperty("kind").GetString()}").Take(4);
        Assert.Equal([$"expired -2 {Minutes(30)} time", $"released 0 {Minutes(30)} time", $"granted 3 {Minutes(20)} time", $"expired -3 {Minutes(10)} time"], entries);
        await MustVerify();
    }

    [Fact]
    public async Task Moving_a_test_clock_makes_everything_due_happen_for_every_customer()
    {
        await Desk.Clock("2026-03-10T12:00:00Z");
        for (int i = 0; i < 300; i++)
        {
            await Desk.Grant($"c{i}", "5", expires: Minutes(1 + i));
        }
        await Desk.Clock(Minutes(200));
        Assert.Equal(200, Store.Number("SELECT COUNT(*) FROM entry WHERE cause_seq = 0"));
        Assert.Equal(100, Store.Number("SELECT COUNT(*) FROM customer WHERE next_due_at IS NOT NULL"));
        await MustVerify();
    }
}
