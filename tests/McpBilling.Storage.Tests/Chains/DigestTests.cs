using System.Text.Json;
using McpBilling.Ledger;
using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;
using McpBilling.Storage.Verifying;

namespace McpBilling.Storage.Tests.Chains;

/// <summary>Signed digests: what was exported finds what was rewritten, also by somebody who holds the database and its key.</summary>
public sealed class DigestTests : IDisposable
{
    private readonly SqliteStore _store = new();

    private Desk Desk => field ??= new Desk(() => _store.Billing, _store.Caller(Mode.Test));

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task A_digest_stays_true_while_the_ledger_grows()
    {
        string first = await TradeADay("1");
        Assert.Empty(await Verify(first));
        string second = await TradeADay("2");
        Assert.Empty(await Verify(first, second));
        await Desk.Record("anna", "tokens", "after", "1");
        Assert.Empty(await Verify(first, second));
        var (one, two) = (Read(first), Read(second));
        Assert.Equal(("2026-03-10", "2026-03-11", 2L), (one.Day, two.Day, one.Accounts));
        Assert.True(one.ThroughEntry < two.ThroughEntry && one.Root != two.Root);
        var listed = await Desk.Do("list_ledger_digests", new { limit = 1 });
        Assert.Equal(("2026-03-11", 2), (listed.GetProperty("digests")[0].GetProperty("day").GetString(), listed.GetProperty("total").GetInt32()));
        var older = await Desk.Do("list_ledger_digests", new { limit = 1, cursor = listed.GetProperty("next_cursor").GetString() });
        Assert.Equal(first, older.GetProperty("digests")[0].GetRawText());
        Assert.False(older.TryGetProperty("next_cursor", out _));
    }

    [Fact]
    public async Task A_day_has_one_digest_whenever_it_is_asked_for()
    {
        string first = await TradeADay("1");
        await TradeADay("2");
        Assert.Equal(first, (await Desk.Do("take_ledger_digest", new { day = "2026-03-10" })).GetRawText());
        Assert.Equal(first, (await Desk.Do("get_ledger_digest", new { day = "2026-03-10" })).GetRawText());
        _store.Reopen();
        Assert.Equal(first, (await Desk.Do("get_ledger_digest", new { day = "2026-03-10" })).GetRawText());
    }

    [Fact]
    public async Task A_digest_taken_late_is_of_the_day_that_it_names()
    {
        await Trade("1");
        long entries = _store.Number("SELECT MAX(seq) FROM entry WHERE workspace_id = 1");
        _store.Time.Advance(TimeSpan.FromDays(3));
        await Trade("2");
        var digest = Read((await Desk.Do("take_ledger_digest", new { day = "2026-03-10" })).GetRawText());
        Assert.Equal((entries, 2L), (digest.ThroughEntry, digest.Accounts));
        Assert.Equal(entries, digest.Entries);
        Assert.Empty(await Verify(JsonSerializer.Serialize(digest, BillingJson.TypeInfo<LedgerDigest>())));
    }

    [Theory]
    [InlineData("2026-03-10", "not over")]
    [InlineData("2026-02-30", "calendar does not have")]
    public async Task A_day_that_is_not_over_or_does_not_exist_is_refused(string day, string words)
    {
        await Trade("1");
        var refusal = await Assert.ThrowsAsync<BillingException>(() => Desk.Do("take_ledger_digest", new { day }));
        Assert.Equal((ErrorCode.InvalidRequest, "day"), (refusal.Code, refusal.Field));
        Assert.Contains(words, refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(0, _store.Number("SELECT COUNT(*) FROM ledger_digest"));
    }

    [Fact]
    public async Task Who_rewrites_the_whole_file_with_its_chains_is_found_by_what_was_exported()
    {
        string exported = await TradeADay("1");
        // Moves an entry by a microsecond, makes every hash right, and removes the digest that the file itself keeps.
        var forger = new Forger(_store.File);
        var entry = forger.Entries()[2];
        Assert.True(forger.Do("UPDATE entry SET at = at + 1 WHERE workspace_id = 1 AND seq = $seq", ("$seq", entry.Seq)));
        forger.Chain(entry.Customer, entry.Asset);
        Assert.Contains(await Verify(), d => d.Contains("digest of 2026-03-10 (kept)", StringComparison.Ordinal));
        Assert.True(forger.Do("DELETE FROM ledger_digest"));
        Assert.Empty(await Verify());
        Assert.Contains("digest of 2026-03-10 (digest 1.json): through entry", Assert.Single(await Verify(exported)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_that_lost_what_came_later_is_an_older_one()
    {
        await TradeADay("1");
        using var folder = new TemporaryFolder();
        Backup.Write(_store.File, folder.File("old.db"), overwrite: false);
        string exported = await TradeADay("2");
        var found = (await new Verifier(folder.DataFile("old.db")).Verify(new ExportedDigests([("d", exported)], null), CancellationToken.None)).Differences;
        Assert.Contains("older backup", Assert.Single(found), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("root", "\"root\":\"", "\"root\":\"0")]
    [InlineData("day", "2026-03-10", "2026-03-09")]
    [InlineData("entries", "\"entries\":", "\"entries\":1")]
    [InlineData("signature", "\"signature\":\"M", "\"signature\":\"N")]
    public async Task A_digest_that_was_changed_is_not_what_was_signed(string what, string old, string changed)
    {
        string exported = await TradeADay("1");
        Assert.True(exported.Contains(old, StringComparison.Ordinal), what);
        Assert.Contains(await Verify(exported.Replace(old, changed, StringComparison.Ordinal)), d => d.Contains("was not signed by this database's key, or was changed since", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_digest_of_another_key_is_refused_and_the_key_that_was_given_counts()
    {
        string exported = await TradeADay("1");
        using var other = new SqliteStore();
        string own = KeyOf(_store), foreign = KeyOf(other);
        Assert.Empty((await new Verifier(_store.File).Verify(new ExportedDigests([("d", exported)], own), CancellationToken.None)).Differences);
        Assert.Contains("not signed by the key that was given",
            Assert.Single((await new Verifier(_store.File).Verify(new ExportedDigests([("d", exported)], foreign), CancellationToken.None)).Differences), StringComparison.Ordinal);
        // Against another database: neither its key, nor its name, nor its ledger.
        var elsewhere = (await new Verifier(other.File).Verify(new ExportedDigests([("d", exported)], null), CancellationToken.None)).Differences;
        Assert.Equal(3, elsewhere.Count);
        Assert.Contains(elsewhere, d => d.Contains("of another database", StringComparison.Ordinal));
        await Assert.ThrowsAsync<DataFileException>(() => new Verifier(_store.File).Verify(new ExportedDigests([("d", exported)], "no key"), CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("not json")]
    public async Task What_is_no_digest_is_named(string text) => Assert.Contains("is no digest of this form", Assert.Single(await Verify(text)), StringComparison.Ordinal);

    [Fact]
    public async Task A_damaged_chain_is_not_signed()
    {
        await Trade("1");
        new Forger(_store.File).Do("UPDATE entry SET hash_1 = NULL");
        _store.Time.Advance(TimeSpan.FromDays(1));
        var refusal = await Assert.ThrowsAsync<BillingException>(() => Desk.Do("take_ledger_digest", new { }));
        Assert.Contains("has no hash", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_day_before_the_ledger_began_a_digest_is_taken_without_a_look_at_what_came_later()
    {
        await Trade("1");
        new Forger(_store.File).Do("UPDATE entry SET hash_1 = NULL");
        var digest = Read((await Desk.Do("take_ledger_digest", new { day = "2026-03-09" })).GetRawText());
        Assert.Equal((0L, 0L, 0L), (digest.ThroughEntry, digest.Accounts, digest.Entries));
    }

    private static string KeyOf(SqliteStore store)
    {
        using var connection = store.File.OpenReader();
        return DatabaseSecrets.Read(connection).DigestPublicKey();
    }

    private async Task<string> TradeADay(string day)
    {
        await Trade(day);
        _store.Time.Advance(TimeSpan.FromDays(1));
        return (await Desk.Do("take_ledger_digest", new { })).GetRawText();
    }

    private async Task Trade(string day)
    {
        await Desk.Apply(Shop.Catalog);
        await Desk.Grant("anna", "10", key: "g" + day);
        await Desk.Record("anna", "tokens", "e" + day, "3");
    }

    private static LedgerDigest Read(string json) => JsonSerializer.Deserialize(json, BillingJson.TypeInfo<LedgerDigest>())!;

    private async Task<IReadOnlyList<string>> Verify(params string[] exported) =>
        (await new Verifier(_store.File).Verify(new ExportedDigests([.. exported.Select((json, i) => ($"digest {i + 1}.json", json))], null), CancellationToken.None)).Differences;
}
