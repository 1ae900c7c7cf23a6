using McpBilling.Operations;
using McpBilling.Storage.Postgres;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Postgres;
using McpBilling.Storage.Tests.Sqlite;

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
        using var there = new SqliteBilling(back, _store.Time, _log.Add);
        Assert.Equal("7.00", await Available(there, "anna"));
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
        using var there = new SqliteBilling(_server, _store.Time, _log.Add);
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
        foreach (string table in file.Tables(connection).Where(t => t != "schema_version").Order(StringComparer.Ordinal))
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
