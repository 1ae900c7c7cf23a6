using System.Collections.Concurrent;
using System.Globalization;
using Dapper;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Verifying;

namespace McpBilling.Storage.Tests.Sqlite;

/// <summary>A backup that was taken while customers are charged, restored into a fresh folder: whole as of one commit, right, and able to go on.</summary>
public sealed class RestoreDrillTests : IDisposable
{
    private static readonly string[] Customers = ["anna", "ben", "cleo"];

    private readonly SqliteStore _store = new();
    private readonly TemporaryFolder _folder = new();

    private Desk Desk => field ??= new Desk(() => _store.Billing, _store.Caller(Mode.Test));

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_restored_is_the_ledger_of_the_backups_instant()
    {
        await Desk.Apply(Shop.Catalog);
        using var stop = new CancellationTokenSource();
        var acknowledged = new ConcurrentQueue<(string Customer, string Id)>();
        var working = Customers.Select(c => Task.Run(() => Work(c, acknowledged, stop.Token))).ToArray();
        await Until(() => acknowledged.Count >= 60);
        var before = acknowledged.ToArray();
        Backup.Write(_store.File, _folder.File("copy.db"), overwrite: false);
        int during = acknowledged.Count;
        await Until(() => acknowledged.Count >= during + 30);
        await stop.CancelAsync();
        await Task.WhenAll(working);

        var fresh = _folder.DataFile("elsewhere/data/billing.db");
        Backup.Restore(_folder.File("copy.db"), fresh, _store.Time);
        var verified = await new Verifier(fresh).Verify(CancellationToken.None);
        Assert.Empty(verified.Differences);

        using var restored = fresh.OpenReader();
        using var live = _store.File.OpenReader();
        long last = restored.ExecuteScalar<long>("SELECT MAX(seq) FROM entry WHERE workspace_id = 1");
        Assert.True(last < live.ExecuteScalar<long>("SELECT MAX(seq) FROM entry WHERE workspace_id = 1"), "nothing was written after the backup: the drill tried too little");
        const string balances = "SELECT customer_id, asset_id, CAST(SUM(amount) AS BIGINT) FROM entry WHERE workspace_id = 1 AND seq <= @last GROUP BY customer_id, asset_id ORDER BY customer_id, asset_id";
        var stored = restored.Query<(long, long, long)>("SELECT customer_id, asset_id, balance FROM account WHERE workspace_id = 1 AND entry_count > 0 ORDER BY customer_id, asset_id").ToList();
        Assert.True(stored.Count >= Customers.Length);
        Assert.Equal(live.Query<(long, long, long)>(balances, new { last }), stored);
        // Whatever was acknowledged before the backup began is in it.
        var events = restored.Query<string>("SELECT c.id || ' ' || e.id FROM usage_event e JOIN customer c ON c.workspace_id = e.workspace_id AND c.customer_id = e.customer_id").ToHashSet();
        Assert.All(before, a => Assert.Contains($"{a.Customer} {a.Id}", events));
        restored.Close();

        await GoesOn(fresh, before[0]);
    }

    [Fact]
    public void A_data_file_that_is_there_is_never_restored_over()
    {
        Backup.Write(_store.File, _folder.File("copy.db"), overwrite: false);
        foreach (string there in (string[])["billing.db", "billing.db-wal"])
        {
            File.WriteAllText(_folder.File(there), "precious");
            var refusal = Assert.Throws<DataFileException>(() => Backup.Restore(_folder.File("copy.db"), _folder.DataFile(), TimeProvider.System));
            Assert.Contains(there, refusal.Message, StringComparison.Ordinal);
            Assert.Equal("precious", File.ReadAllText(_folder.File(there)));
            File.Delete(_folder.File(there));
        }
        Assert.True(Backup.Restore(_folder.File("copy.db"), _folder.DataFile(), TimeProvider.System) > 0);
    }

    [Theory]
    [InlineData("missing.db", "no backup")]
    [InlineData("letter.txt", "not a database")]
    [InlineData("newer.db", "newer mcp-billing")]
    public void What_is_no_backup_of_ours_becomes_no_data_file(string name, string words)
    {
        File.WriteAllText(_folder.File("letter.txt"), string.Concat(Enumerable.Repeat("Dear Sir or Madam, ", 100)));
        Backup.Write(_store.File, _folder.File("newer.db"), overwrite: false);
        using (var connection = _folder.DataFile("newer.db").OpenReader())
        {
            connection.Execute("INSERT INTO schema_version (version, name, applied_at) VALUES (9000, 'from the future', 0)");
        }
        var refusal = Assert.Throws<DataFileException>(() => Backup.Restore(_folder.File(name), _folder.DataFile(), TimeProvider.System));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("billing.db")));
    }

    private async Task Work(string customer, ConcurrentQueue<(string, string)> acknowledged, CancellationToken stop)
    {
        await Desk.Grant(customer, "1000");
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"e{i}");
            await Desk.Record(customer, "tokens", id, "1");
            acknowledged.Enqueue((customer, id));
        }
    }

    // The restored file answers a retry of what it has, charges anew, and reads without waiting for the writer, as the one that was lost did.
    private async Task GoesOn(DataFile file, (string Customer, string Id) done)
    {
        using var again = new SqliteStore(null, null, file.Path);
        var desk = new Desk(() => again.Billing, again.Caller(Mode.Test));
        Assert.True((await desk.Record(done.Customer, "tokens", done.Id, "1")).GetProperty("replayed").GetBoolean());
        await desk.Record("anna", "tokens", "after the restore", "1");
        Assert.Empty(await again.Differences());
        using var connection = file.OpenReader();
        Assert.Equal("wal", connection.Scalar<string>("PRAGMA journal_mode"));
    }

    private static async Task Until(Func<bool> reached)
    {
        for (int i = 0; i < 3000 && !reached(); i++)
        {
            await Task.Delay(20);
        }
        Assert.True(reached());
    }
}
