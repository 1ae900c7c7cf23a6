using CsCheck;
using McpBilling.Operations;
using McpBilling.Storage.Chains;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;
using McpBilling.Storage.Verifying;

namespace McpBilling.Storage.Tests.Chains;

/// <summary>Whatever is done to any row of the ledger behind its back, <c>verify</c> finds it, and says where.</summary>
public sealed class TamperTests(TamperTests.Ledger ledger) : IClassFixture<TamperTests.Ledger>
{
    private static readonly string[] Columns = Forger.AllColumns.Split(", ");
    private static readonly string[] Nullable = ["grant_seq", "hold_seq", "hash_1", "hash_2", "hash_3", "hash_4"];

    /// <summary>A day's trade of three customers in two assets, once for all tests; each tampers with a copy.</summary>
    public sealed class Ledger : IAsyncLifetime
    {
        private readonly SqliteStore _store = new();
        private readonly TemporaryFolder _folder = new();
        private int _copies;

        public async ValueTask InitializeAsync()
        {
            var desk = new Desk(() => _store.Billing, _store.Caller(Mode.Test));
            await desk.Apply(Shop.Catalog);
            foreach (string customer in (string[])["anna", "ben", "cleo"])
            {
                await desk.Grant(customer, "10", key: "g1", expires: "2027-01-01T00:00:00Z");
                await desk.Record(customer, "tokens", "e1", "3");
                string hold = await desk.Hold(customer, "2", "h");
                await desk.Do("capture_hold", new { hold_id = hold, amount = "1", idempotency_key = "x" });
                await desk.Record(customer, "tokens", "e2", "20");
                await desk.Grant(customer, "4", key: "g2");
                await desk.Record(customer, "image", "e3", "1");
            }
            Assert.Empty(await _store.Differences());
            Backup.Write(_store.File, _folder.File("ledger.db"), overwrite: false);
        }

        public DataFile Copy()
        {
            string name = $"copy-{Interlocked.Increment(ref _copies)}.db";
            File.Copy(_folder.File("ledger.db"), _folder.File(name));
            return _folder.DataFile(name);
        }

        public ValueTask DisposeAsync()
        {
            _store.Dispose();
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task An_edit_of_any_column_of_any_entry_is_found_and_named() =>
        await Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, Columns.Length - 1], Gen.Int[0, 62], Gen.Bool).SampleAsync(async (which, place, bit, toNull) =>
        {
            var (file, forger, row) = Pick(which);
            string column = Columns[place];
            long? old = forger.Value(row.Seq, column);
            long? edited = old is null ? 1L << bit : toNull && Nullable.Contains(column) ? null : old ^ (1L << bit);
            if (!forger.Do($"UPDATE entry SET {column} = $value WHERE workspace_id = 1 AND seq = $seq", ("$value", edited), ("$seq", row.Seq)))
            {
                // The place of another entry: the database refuses it.
                Assert.Contains(column, new[] { "workspace_id", "seq" });
                return;
            }
            var found = await Differences(file);
            Assert.True(found.Count > 0, $"{column} of entry {row.Seq} was {old} and is {edited}");
            if (column is not ("workspace_id" or "seq" or "customer_id" or "asset_id"))
            {
                Assert.Contains(found, d => d.Contains($"entry {row.Seq} (entry_", StringComparison.Ordinal) && d.Contains($"customer {CustomerOf(row)}, asset ", StringComparison.Ordinal));
            }
        }, iter: 60, threads: 1);

    [Fact]
    public async Task An_edit_with_a_hash_to_match_is_found_at_what_follows() =>
        await Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, 3].Select(i => ((string[])["at", "cause_seq", "cost_basis", "kind"])[i]), Gen.Int[0, 40]).SampleAsync(async (which, column, bit) =>
        {
            var (file, forger, row) = Pick(which);
            forger.Do($"UPDATE entry SET {column} = $value WHERE workspace_id = 1 AND seq = $seq", ("$value", forger.Value(row.Seq, column) ^ (1L << bit)), ("$seq", row.Seq));
            forger.Hash(row.Seq);
            var next = forger.Entries().FirstOrDefault(e => e.Previous == row.Seq && e.Customer == row.Customer && e.Asset == row.Asset);
            string expected = next == default ? $"another end of its chain than entry {row.Seq}" : $"entry {next.Seq} (entry_";
            Assert.Contains(await Differences(file), d => d.Contains(expected, StringComparison.Ordinal));
        }, iter: 25, threads: 1);

    [Fact]
    public async Task A_removed_entry_is_found_at_what_followed_it() =>
        await Gen.Int[0, 10_000].SampleAsync(async which =>
        {
            var (file, forger, row) = Pick(which);
            var next = forger.Entries().FirstOrDefault(e => e.Previous == row.Seq && e.Customer == row.Customer && e.Asset == row.Asset);
            Assert.True(forger.Do("DELETE FROM entry WHERE workspace_id = 1 AND seq = $seq", ("$seq", row.Seq)));
            string expected = next == default ? $"the account ends at entry {row.Seq}" : $"entry {next.Seq} (entry_";
            Assert.Contains(await Differences(file), d => d.Contains($"customer {CustomerOf(row)}, asset ", StringComparison.Ordinal) && d.Contains(expected, StringComparison.Ordinal));
        }, iter: 20, threads: 1);

    [Fact]
    public async Task Two_entries_that_change_places_are_found() =>
        await Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, 10_000], Gen.Bool).SampleAsync(async (one, other, wholeRows) =>
        {
            var (file, forger, a) = Pick(one);
            var b = Pick(other).Row;
            if (a.Seq == b.Seq)
            {
                return;
            }
            // The rows as they are under each other's number; or all that they say, with number, predecessor and hash left in place.
            if (wholeRows)
            {
                foreach (var (from, to) in new[] { (a.Seq, -1L), (b.Seq, a.Seq), (-1L, b.Seq) })
                {
                    forger.Do("UPDATE entry SET seq = $to WHERE workspace_id = 1 AND seq = $from", ("$from", from), ("$to", to));
                }
            }
            else
            {
                foreach (var (row, with) in new[] { (a, b), (b, a) })
                {
                    forger.Do("UPDATE entry SET at = $at, kind = $kind, counter = $counter, grant_seq = $grant, amount = $amount, held = $held, balance_after = $after, hold_seq = $hold, cost_basis = $basis, cause_seq = $cause WHERE workspace_id = 1 AND seq = $seq",
                        ("$at", with.At), ("$kind", with.Kind), ("$counter", with.Counter), ("$grant", with.Grant), ("$amount", with.Amount), ("$held", with.Held), ("$after", with.BalanceAfter),
                        ("$hold", with.Hold), ("$basis", with.CostBasis), ("$cause", with.Cause), ("$seq", row.Seq));
                }
            }
            bool alike = !wholeRows && a with { Seq = 0, Previous = 0, Customer = 0, Asset = 0 } == b with { Seq = 0, Previous = 0, Customer = 0, Asset = 0 };
            Assert.Equal(alike, (await Differences(file)).Count == 0);
        }, iter: 20, threads: 1);

    [Fact]
    public async Task An_inserted_entry_is_found_and_named() =>
        await Gen.Select(Gen.Int[0, 10_000], Gen.Bool, Gen.Bool).SampleAsync(async (which, atEnd, hashed) =>
        {
            var (file, forger, row) = Pick(which);
            var all = forger.Entries();
            long seq = all[^1].Seq + 1;
            long previous = atEnd ? all.Last(e => e.Customer == row.Customer && e.Asset == row.Asset).Seq : row.Previous;
            forger.Do(
                $"INSERT INTO entry ({Forger.AllColumns}) SELECT workspace_id, $new, customer_id, asset_id, $previous, at, kind, counter, grant_seq, amount, held, balance_after, hold_seq, cost_basis, cause_seq, hash_1, hash_2, hash_3, hash_4 FROM entry WHERE workspace_id = 1 AND seq = $seq",
                ("$new", seq), ("$previous", previous), ("$seq", row.Seq));
            if (hashed)
            {
                forger.Hash(seq);
            }
            var found = await Differences(file);
            Assert.Contains(found, d => d.Contains(hashed && atEnd ? $"another end of its chain than entry {seq}" : $"entry {seq} (entry_", StringComparison.Ordinal));
        }, iter: 20, threads: 1);

    [Theory]
    [InlineData("the end that the account knows", "UPDATE account SET head_4 = head_4 + 1 WHERE workspace_id = 1 AND customer_id = 2")]
    [InlineData("the end that the account knows, gone", "UPDATE account SET head_1 = NULL WHERE workspace_id = 1 AND customer_id = 2")]
    [InlineData("where the chain begins", "UPDATE account SET chained_after = 1 WHERE workspace_id = 1 AND customer_id = 1")]
    [InlineData("a chain that is said never to have begun", "UPDATE account SET chained_after = last_entry_seq, head_1 = NULL, head_2 = NULL, head_3 = NULL, head_4 = NULL")]
    [InlineData("whose account it is", "UPDATE customer SET id = 'mallory' WHERE workspace_id = 1 AND customer_id = 2")]
    [InlineData("what the account counts in", "UPDATE asset SET scale = scale - 1 WHERE id = 'usd'")]
    public async Task What_the_chain_hangs_on_cannot_be_changed_either(string what, string sql)
    {
        var file = ledger.Copy();
        Assert.True(new Forger(file).Do(sql), what);
        Assert.NotEmpty(await Differences(file));
    }

    [Fact]
    public async Task A_ledger_that_nobody_touched_is_right() => Assert.Empty(await Differences(ledger.Copy()));

    private (DataFile File, Forger Forger, EntryRow Row) Pick(int which)
    {
        var file = ledger.Copy();
        var forger = new Forger(file);
        var entries = forger.Entries();
        Assert.True(entries.Count > 20);
        return (file, forger, entries[which % entries.Count]);
    }

    private static string CustomerOf(EntryRow row) => ((string[])["'anna'", "'ben'", "'cleo'"])[row.Customer - 1];

    private static async Task<IReadOnlyList<string>> Differences(DataFile file) => (await new Verifier(file).Verify(CancellationToken.None)).Differences;
}
