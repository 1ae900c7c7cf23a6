using System.Collections.Concurrent;
using System.Collections.Frozen;
using McpBilling.Operations;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>
/// A newer program starts on the database while this one runs: where its migration only adds, this one goes on; where it ends older writers, this one writes nothing
/// more and says why. The newer program is the migrator with steps that this one does not know.
/// </summary>
public abstract class UpgradeTests(StoreUnderTest store) : ComplianceTests(store)
{
    private static readonly Migration Adds = Migration.Of(
        9000, "adds", "-- older writers: go on\nALTER TABLE entry ADD COLUMN later_note TEXT;\nALTER TABLE customer ADD COLUMN later_rank INTEGER NOT NULL DEFAULT 0;\nCREATE TABLE later (workspace_id INTEGER NOT NULL PRIMARY KEY) STRICT;");

    private static readonly Migration Ends = Migration.Of(9001, "ends", "-- older writers: stop\nALTER TABLE account ADD COLUMN later_sum INTEGER;");

    [Fact]
    public async Task Beside_a_newer_program_that_only_added_something_this_one_goes_on()
    {
        await Desk.Apply(Shop.Catalog);
        var other = new Desk(() => Store.Billing, Desk.Caller);
        await Desk.Grant("c", "10");
        Store.StartProgram(Adds);
        await Desk.Grant("c", "5", key: "after");
        await Desk.Record("c", "tokens", "e", "1");
        await Desk.Authorize("new", "1", "a");
        Assert.Equal(("14", "14"), (await Desk.Figure("c", "balance"), await other.Figure("c", "balance")));
        Assert.Empty(Store.Log);
        Store.Keys.Create("app", Mode.Test, FrozenSet<string>.Empty, null);
        await MustVerify();
    }

    [Fact]
    public async Task Beside_a_newer_program_that_ended_older_writers_this_one_writes_nothing_more_and_reads_on()
    {
        await Desk.Grant("c", "10");
        var another = new Desk(() => Another, Desk.Caller);
        await another.Grant("c", "1", key: "another");
        Store.StartProgram(Adds, Ends);
        string rows = Store.Fingerprint();
        for (int i = 0; i < 5; i++)
        {
            var sent = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => (n % 2 == 0 ? Desk : another).Code("grant_credit", Grant($"k{i}-{n}"))));
            Assert.All(sent, code => Assert.Equal("program_outdated", code));
        }
        Assert.Equal("program_outdated", await Desk.Code("apply_catalog", new { document = System.Text.Json.JsonElement.Parse(Shop.Catalog) }));
        Assert.Equal(ErrorCode.ProgramOutdated, Assert.Throws<BillingException>(() => Store.Keys.Create("app", Mode.Test, FrozenSet<string>.Empty, null)).Code);
        Assert.Equal(ErrorCode.ProgramOutdated, (await Assert.ThrowsAsync<BillingException>(() => Store.BringUp(Desk.Caller, 10))).Code);
        Assert.Equal(rows, Store.Fingerprint());
        Assert.Equal(("11", "11"), (await Desk.Figure("c", "balance"), await another.Figure("c", "balance")));
        // A line for each of the two engines, however often they were asked.
        Assert.Equal(2, Store.Log.Count);
        Assert.All(Store.Log, line => Assert.Contains("A newer mcp-billing has changed the database: who writes must know its schema 9001", line, StringComparison.Ordinal));
        await MustVerify();
    }

    [Fact]
    public async Task Where_the_database_is_put_back_it_writes_again()
    {
        await Desk.Grant("c", "10");
        await Desk.Grant("c", "1", key: "k");
        Store.StartProgram(Ends);
        // Also where it knows the answer: that is the newer program's to give.
        Assert.Equal("program_outdated", await Desk.Code("grant_credit", Grant("k")));
        Store.Tamper("DELETE FROM meta WHERE name = 'writers_from'");
        Assert.True((await Desk.Do("grant_credit", Grant("k"))).GetProperty("replayed").GetBoolean());
        await Desk.Grant("c", "1", key: "k2");
        Assert.Equal("12", await Desk.Figure("c", "balance"));
        await MustVerify();
    }

    [Fact]
    public void Started_again_the_older_program_is_refused_whatever_the_newer_one_did()
    {
        Store.StartProgram(Adds);
        var refusal = Assert.Throws<DataFileException>(() => Store.StartProgram());
        Assert.Contains("newer mcp-billing (schema 9000", refusal.Message, StringComparison.Ordinal);
        Store.StartProgram(Adds, Ends);
        Assert.Contains("(schema 9001, this one knows 9000)", Assert.Throws<DataFileException>(() => Store.StartProgram(Adds)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_newer_schema_keeps_otherwise_is_no_longer_read_by_this_program_and_it_says_why()
    {
        await Desk.Do("list_webhook_endpoints", new { });
        await Desk.Grant("c", "10");
        Store.StartProgram(Migration.Of(9000, "renames", "-- older writers: stop\nALTER TABLE webhook_endpoint RENAME TO later_endpoint;"));
        Assert.Equal("program_outdated", await Desk.Code("list_webhook_endpoints", new { }));
        Assert.Equal("10", await Desk.Figure("c", "balance"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_newer_program_migrates_while_two_older_ones_write(bool ends)
    {
        await Desk.Apply(Shop.Catalog);
        var another = new Desk(() => Another, Desk.Caller);
        using var stop = new CancellationTokenSource();
        var acknowledged = new ConcurrentBag<string>();
        var other = new ConcurrentBag<string>();
        int sent = 0;
        var load = Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                string id = $"e{Interlocked.Increment(ref sent)}";
                string code = await (i % 2 == 0 ? Desk : another).Code("record_usage_event", new { id, customer_id = $"c{i % 5}", event_type = "tokens", quantity = "1" });
                (code == "ok" ? acknowledged : other).Add(code == "ok" ? id : code);
            }
        })).ToArray();
        await Until(() => acknowledged.Count > 200);
        Store.StartProgram(ends ? Ends : Adds);
        int before = acknowledged.Count;
        await Until(() => ends ? other.Count > 50 : acknowledged.Count > before + 200);
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Equal(ends ? ["program_outdated"] : [], other.Distinct());
        Assert.Equal(acknowledged.Count, Store.Number("SELECT COUNT(*) FROM usage_event"));
        await MustVerify();
    }

    private static object Grant(string key) => new { customer_id = "c", asset = "usd", amount = "1", idempotency_key = key };

    private IBilling Another => field ??= Store.OpenAnother();

    private static async Task Until(Func<bool> done)
    {
        for (int i = 0; !done(); i++)
        {
            Assert.True(i < 60_000, "nothing more happened");
            await Task.Delay(5, CancellationToken.None);
        }
    }
}
