using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;

namespace McpBilling.Storage.Tests.Chains;

/// <summary>A file from before the chains: its accounts are chained from the migration on, and say so.</summary>
public sealed class OlderFileTests : IDisposable
{
    private readonly SqliteStore _store = new();

    private Desk Desk => field ??= new Desk(() => _store.Billing, _store.Caller(Mode.Test));

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task What_is_written_after_the_migration_is_chained_and_the_beginning_is_stated()
    {
        long last = await MakeOlder();
        Assert.Empty(await _store.Differences());
        await Desk.Record("anna", "tokens", "e2", "1");
        await Desk.Grant("new", "1");
        Assert.Empty(await _store.Differences());
        Assert.Equal(last, _store.Number("SELECT MAX(seq) FROM entry WHERE hash_1 IS NULL"));
        Assert.Equal(_store.Number("SELECT MAX(seq) FROM entry WHERE customer_id = 1 AND asset_id = 1 AND hash_1 IS NULL"), _store.Number("SELECT chained_after FROM account WHERE customer_id = 1 AND asset_id = 1"));
        Assert.Equal(0, _store.Number("SELECT SUM(chained_after) FROM account WHERE customer_id = (SELECT MAX(customer_id) FROM customer)"));
        // Accounts that nothing has happened to since are in no digest; the others are, whole.
        _store.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(3, (await Desk.Do("take_ledger_digest", new { })).GetProperty("accounts").GetInt32());
        Assert.Empty(await _store.Differences());
    }

    [Theory]
    [InlineData("a chained entry edited", "UPDATE entry SET at = at + 1 WHERE seq = (SELECT MAX(seq) FROM entry)")]
    [InlineData("an old entry gone", "DELETE FROM entry WHERE seq = 1")]
    [InlineData("an old entry given a hash", "UPDATE entry SET hash_1 = 1, hash_2 = 1, hash_3 = 1, hash_4 = 1 WHERE seq = 1")]
    [InlineData("the beginning moved", "UPDATE account SET chained_after = chained_after - 1 WHERE chained_after > 1")]
    public async Task What_is_done_to_it_afterwards_is_found(string what, string sql)
    {
        await MakeOlder();
        await Desk.Record("anna", "tokens", "e2", "1");
        Assert.True(_store.Tamper(sql) > 0, what);
        Assert.NotEmpty(await _store.Differences());
    }

    // Takes away what the step added and takes the step again, on entries that were written without hashes.
    private async Task<long> MakeOlder()
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("anna", "10", key: "g1");
        await Desk.Record("anna", "tokens", "e1", "3");
        await Desk.Grant("idle", "5", key: "g1");
        string step = await Step();
        foreach (string column in (string[])["hash_1", "hash_2", "hash_3", "hash_4"])
        {
            _store.Tamper($"ALTER TABLE entry DROP COLUMN {column}");
        }
        foreach (string column in (string[])["chained_after", "head_1", "head_2", "head_3", "head_4"])
        {
            _store.Tamper($"ALTER TABLE account DROP COLUMN {column}");
        }
        _store.Tamper("DROP TABLE ledger_digest");
        _store.Tamper(step);
        _store.Reopen();
        return _store.Number("SELECT MAX(seq) FROM entry");
    }

    private static async Task<string> Step()
    {
        using var reader = new StreamReader(typeof(Migrator).Assembly.GetManifestResourceStream("McpBilling.Storage.Migrations.0016_chain.sql")!);
        return await reader.ReadToEndAsync();
    }
}
