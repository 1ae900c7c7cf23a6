using McpBilling.Operations;
using McpBilling.Storage.Postgres;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Postgres;
using McpBilling.Storage.Tests.Sqlite;
using McpBilling.Storage.Verifying;

namespace McpBilling.Storage.Tests;

/// <summary>Everything goes from a file to a server and back, or not at all.</summary>
public sealed class MoveTests : IDisposable
{
    private readonly SqliteStore _store = new();
    private readonly TemporaryFolder _folder = new();
    private readonly PostgresDatabase _server = PostgresDatabase.At(PostgresServer.Running.NewDatabase());
    private readonly List<string> _log = [];

    public void Dispose()
    {
        _store.Dispose();
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task There_and_back_everything_is_as_it_was()
    {
        await Trade(_store.Billing, "anna", "bruno\0with a NUL", "\uE000 marked");
        string before = Contents(_store.File);
        long rows = await Carry(_store.File, _server);
        Assert.True(rows > 10);
        var back = _folder.DataFile("back.db");
        Assert.Equal(rows, await Carry(_server, back));
        Assert.Equal(before, Contents(back));
        using var there = new BillingStore(back, _store.Time, _log.Add);
        Assert.Equal("7.00", await Available(there, "anna"));
    }

    [Fact]
    public async Task Chains_and_digests_go_with_it_and_what_was_exported_before_holds_there_and_back()
    {
        await Trade(_store.Billing, "anna");
        string first = await DigestOfTheDay(_store.Billing);
        string key = KeyOf(_store.File);
        await Carry(_store.File, _server);
        Assert.Empty(await Verify(_server, key, first));
        string second;
        using (var there = new BillingStore(_server, _store.Time, _log.Add))
        {
            Assert.Equal(first, (await Desk(there).Do("get_ledger_digest", new { day = "2026-03-10" })).GetRawText());
            await Trade(there, "bruno");
            second = await DigestOfTheDay(there);
        }
        Assert.Empty(await Verify(_server, key, first, second));
        var back = _folder.DataFile("back.db");
        await Carry(_server, back);
        Assert.Empty(await Verify(back, key, first, second));
        using (var again = new BillingStore(back, _store.Time, _log.Add))
        {
            await Trade(again, "carla");
            string third = await DigestOfTheDay(again);
            Assert.Empty(await Verify(back, key, first, second, third));
        }
        // What was exported is not in vain: one entry changed, and each digest from its day on names it.
        using var writer = back.OpenWriter();
        Assert.Equal(1, writer.Execute("UPDATE entry SET at = at + 1 WHERE workspace_id = 1 AND seq = (SELECT MIN(seq) FROM entry WHERE workspace_id = 1)"));
        Assert.NotEmpty(await Verify(back, key, first, second));
    }

    [Fact]
    public async Task Whom_the_target_lets_write_is_the_target_s_own_to_say()
    {
        await Trade(_store.Billing, "anna");
        _store.Tamper("UPDATE meta SET value = '1' WHERE name = 'writers_from'");
        await Carry(_store.File, _server);
        using var there = _server.OpenReader();
        Assert.Equal($"{Migration.All.Last(m => m.EndsOlderWriters).Number}", there.Scalar<string>("SELECT value FROM meta WHERE name = 'writers_from'"));
    }

    [Fact]
    public async Task A_server_on_the_old_file_takes_no_more_writes_and_says_where_to_go()
    {
        await Trade(_store.Billing, "anna");
        await Carry(_store.File, _server);
        var refused = await Assert.ThrowsAsync<BillingException>(() => Trade(_store.Billing, "late"));
        Assert.Contains(_server.Name, refused.Message, StringComparison.Ordinal);
        var again = Assert.Throws<DataFileException>(() => Migrator.Prepare(_store.File, _store.Time));
        Assert.Contains("was moved to", again.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_move_that_broke_off_is_gone_on_with()
    {
        await Trade(_store.Billing, "anna", "bruno");
        using var stop = new CancellationTokenSource();
        int tables = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Move.Run(_store.File, _server, _store.Time, _ =>
        {
            if (++tables == 9)
            {
                stop.Cancel();
            }
        }, stop.Token));
        // Nothing happened to the source.
        await Trade(_store.Billing, "carla");
        await Carry(_store.File, _server);
        using var there = new BillingStore(_server, _store.Time, _log.Add);
        Assert.Equal("7.00", await Available(there, "carla"));
    }

    [Fact]
    public async Task A_database_with_data_is_no_target()
    {
        await Trade(_store.Billing, "anna");
        using var other = new SqliteStore();
        await Trade(other.Billing, "someone");
        string before = Contents(other.File);
        var refused = await Assert.ThrowsAsync<DataFileException>(() => Carry(_store.File, other.File));
        Assert.Contains("has data already", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Contents(other.File));
    }

    private async Task<string> DigestOfTheDay(IBilling billing)
    {
        _store.Time.Advance(TimeSpan.FromDays(1));
        return (await Desk(billing).Do("take_ledger_digest", new { })).GetRawText();
    }

    private static async Task<IReadOnlyList<string>> Verify(Database database, string key, params string[] exported) =>
        (await new Verifier(database).Verify(new ExportedDigests([.. exported.Select((json, i) => ($"digest {i + 1}.json", json))], key), CancellationToken.None)).Differences;

    private static string KeyOf(Database database)
    {
        using var connection = database.OpenReader();
        return DatabaseSecrets.Read(connection).DigestPublicKey();
    }

    private Task<long> Carry(Database from, Database to) => Move.Run(from, to, _store.Time, _log.Add, CancellationToken.None);

    private Desk Desk(IBilling billing) => new(() => billing, _store.Caller(Mode.Test));

    private async Task<string> Available(IBilling billing, string customer) =>
        (await Desk(billing).Do("get_wallet", new { customer_id = customer })).GetProperty("accounts")[0].GetProperty("available").GetString()!;

    private async Task Trade(IBilling billing, params string[] customers)
    {
        var desk = Desk(billing);
        foreach (string customer in customers)
        {
            await desk.Grant(customer, "10");
            await desk.Authorize(customer, "3", "a");
        }
    }

    private static string Contents(DataFile file)
    {
        using var connection = file.OpenReader();
        var text = new System.Text.StringBuilder();
        foreach (string table in file.Tables(connection).Where(t => t is not ("schema_version" or "change_log")).Order(StringComparer.Ordinal))
        {
            var columns = file.Columns(connection, table);
            using var rows = connection.Statement($"SELECT {string.Join(", ", columns.Select(c => c.Name))} FROM {table}{(table == "meta" ? " WHERE name <> 'moved_to'" : "")}");
            var lines = new List<string>();
            while (rows.Next())
            {
                lines.Add(string.Join('|', columns.Select((c, i) => rows.IsNull(i) ? "NULL" : c.IsText ? rows.Text(i) : $"{rows.Long(i)}")));
            }
            text.Append(table).Append('\n').AppendJoin('\n', lines.Order(StringComparer.Ordinal)).Append('\n');
        }
        return text.ToString();
    }
}
