using System.Globalization;
using McpBilling.Operations;
using McpBilling.Storage.Postgres;
using McpBilling.Storage.Tests.Compliance;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Storage.Tests.Postgres;

/// <summary>What PostgreSQL and what stands before it are known to do to programs that do not expect it.</summary>
public sealed class TrapTests
{
    private readonly FakeTimeProvider _time = new(StoreUnderTest.Start);
    private readonly List<string> _log = [];
    private readonly PostgresServer _server = PostgresServer.Running;

    // https://www.postgresql.org/docs/15/warm-standby.html#SYNCHRONOUS-REPLICATION: such a commit is answered as if it had succeeded, and may be lost at a failover.
    [Fact]
    public async Task A_commit_whose_wait_for_the_standby_was_cancelled_is_not_acknowledged()
    {
        string address = Prepared(out string name);
        _server.Sql("postgres", $"ALTER DATABASE {name} SET synchronous_commit = on");
        using (var database = PostgresDatabase.At(address))
        using (var billing = new BillingStore(database, _time, Note))
        {
            var granting = Desk(database, billing).Grant("anna", "10");
            string waiting = "";
            for (int i = 0; i < 500 && waiting.Length == 0; i++)
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
                waiting = _server.Sql("postgres", $"SELECT pid FROM pg_stat_activity WHERE datname = '{name}' AND wait_event = 'SyncRep'");
            }
            Assert.NotEqual("", waiting);
            Assert.False(granting.IsCompleted, "answered before the standby had it");
            _server.Sql("postgres", $"SELECT pg_cancel_backend({waiting})");
            var answer = await Assert.ThrowsAsync<BillingException>(() => granting);
            Assert.Equal(ErrorCode.TryAgain, answer.Code);
            Assert.Contains("not known", answer.Message, StringComparison.Ordinal);
            _server.Sql("postgres", $"ALTER DATABASE {name} SET synchronous_commit = local");
        }
        // Here the primary is the one that goes on, and has it: the key finds the first answer, and nothing twice.
        using (var database = PostgresDatabase.At(address))
        using (var billing = new BillingStore(database, _time, Note))
        {
            await Desk(database, billing).Grant("anna", "10");
            Assert.Equal("10", await Desk(database, billing).Figure("anna", "balance"));
        }
    }

    [Fact]
    public async Task Plans_made_on_empty_tables_do_not_scan_full_ones()
    {
        string address = Prepared(out string name);
        await Analyze(name);
        using (var database = PostgresDatabase.At(address))
        using (var billing = new BillingStore(database, _time, Note))
        {
            var desk = Desk(database, billing);
            // Often enough for a plan to be kept.
            for (int i = 0; i < 15; i++)
            {
                await desk.Grant($"early-{i}", "1");
            }
            _server.Sql(name, "INSERT INTO customer SELECT 1, 1000 + n, 'bulk-' || n, NULL, NULL, NULL, 0, 0, NULL, 0, 0 FROM generate_series(1, 20000) n");
            for (int i = 1; i <= 15; i++)
            {
                await desk.Grant($"bulk-{i}", "1");
            }
        }
        await _server.UntilAlone(name);
        Assert.Equal("0", _server.Sql(name, "SELECT COALESCE(SUM(seq_scan), 0) FROM pg_stat_user_tables WHERE relname IN ('account', 'credit_grant', 'hold', 'customer_limit', 'auto_recharge')"));
    }

    // Of an empty table each index is as good as the others: that of all grants of the workspace may be taken to find those of a customer.
    [Fact]
    public async Task Plans_made_on_empty_tables_are_made_anew_when_there_is_much()
    {
        string address = Prepared(out string name);
        // Nothing but the program itself has plans made anew.
        _server.Sql(name, "ALTER TABLE credit_grant SET (autovacuum_enabled = off)");
        await Analyze(name);
        const int Early = 15, Later = 100, AtOnce = 8, Grants = 5_000;
        using (var database = PostgresDatabase.At(address))
        using (var billing = new BillingStore(database, _time, Note))
        using (var another = new BillingStore(database, _time, Note))
        {
            var (desk, other) = (Desk(database, billing), Desk(database, another));
            for (int i = 0; i < Early + Later; i++)
            {
                if (i == Early)
                {
                    _server.Sql(name, $"INSERT INTO credit_grant SELECT 1, 1000000, n, 1, 0, 1, 1, 1, 0, 0, '', 0, 0, NULL, NULL, NULL FROM generate_series(1, {Grants}) n");
                }
                // Customers whom one has made and the other does not know: alone, and several at once.
                await Save(other, $"{i}");
                await Save(desk, $"{i}");
                await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(k => Save(other, $"{i}-{k}")));
                await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(k => Save(desk, $"{i}-{k}")));
            }
        }
        await _server.UntilAlone(name);
        Assert.InRange(
            long.Parse(_server.Sql(name, "SELECT SUM(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'credit_grant'"), CultureInfo.InvariantCulture), 0, Later * (1 + AtOnce) * Grants / 5L);

        static Task Save(Desk desk, string customer) => desk.Do("save_customer", new { id = customer, name = "x" });
    }

    // Readers keep plans, too, on each of their connections.
    [Fact]
    public async Task Plans_of_reads_made_on_empty_tables_are_made_anew_after_a_while()
    {
        string address = Prepared(out string name);
        // Nothing but the program itself has plans made anew.
        _server.Sql(name, "ALTER TABLE credit_grant SET (autovacuum_enabled = off)");
        await Analyze(name);
        const int Reads = 100, Grants = 5_000;
        using (var database = PostgresDatabase.At(address))
        using (var billing = new BillingStore(database, _time, Note))
        {
            database.Time = _time;
            var desk = Desk(database, billing);
            await desk.Do("save_customer", new { id = "anna" });
            // Often enough on each connection for a plan to be kept.
            for (int i = 0; i < 20; i++)
            {
                await Task.WhenAll(Enumerable.Range(0, Reading.ReadThreads.Count).Select(_ => desk.Wallet("anna")));
            }
            _server.Sql(name, $"INSERT INTO credit_grant SELECT 1, 1000000, n, 1, 0, 1, 1, 1, 0, 0, '', 0, 0, NULL, NULL, NULL FROM generate_series(1, {Grants}) n");
            _time.Advance(TimeSpan.FromSeconds(11));
            for (int i = 0; i < Reads; i++)
            {
                await desk.Wallet("anna");
            }
        }
        await _server.UntilAlone(name);
        Assert.InRange(
            long.Parse(_server.Sql(name, "SELECT SUM(seq_tup_read) + SUM(COALESCE(idx_tup_fetch, 0)) FROM pg_stat_user_tables WHERE relname = 'credit_grant'"), CultureInfo.InvariantCulture)
                + long.Parse(_server.Sql(name, "SELECT SUM(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'credit_grant'"), CultureInfo.InvariantCulture),
            0, Reads * Grants / 10L);
    }

    // As while a standby takes over: the connections are gone, and no new one is to be had.
    [Fact]
    public async Task Reads_and_writes_without_a_way_to_the_data_are_put_off()
    {
        using var database = PostgresDatabase.At(Prepared(out string name));
        using var billing = new BillingStore(database, _time, Note);
        using var keys = new ApiKeys(database, _time);
        var (key, kept) = keys.Create("app", Mode.Test, Scopes.All, null);
        var desk = Desk(database, billing);
        await desk.Grant("anna", "10");
        Assert.Equal("10", await desk.Figure("anna", "balance"));
        _server.Shut(name);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("try_again", await desk.Code("get_wallet", new { customer_id = "anna" }));
            Assert.Equal("try_again", await desk.Code("grant_credit", new { customer_id = "anna", asset = "usd", amount = "1", idempotency_key = "while" }));
            // What is known of keys is too old to go by; hundreds that ask at once are told so as well.
            _time.Advance(TimeSpan.FromSeconds(5));
            Parallel.For(0, 100, _ => PutOff(() => keys.Find(key)));
            PutOff(() => keys.Create("other", Mode.Live, Scopes.All, null));
            PutOff(() => keys.Revoke(kept.Id));
            PutOff(keys.List);
            PutOff(() => keys.OwnerCaller(Mode.Test));
        }
        _server.Open(name);
        Assert.Equal(kept.Id, keys.Find(key)?.Id);
        Assert.Equal(kept.Id, Assert.Single(keys.List()).Id);
        await desk.Grant("anna", "1", key: "while");
        Assert.Equal("11", await desk.Figure("anna", "balance"));
    }

    // Each question is a round trip, under the lock that all replicas share.
    [Fact]
    public async Task What_is_not_there_is_not_asked_for_again_and_again()
    {
        string address = Prepared(out string name);
        using (var database = PostgresDatabase.At(address))
        using (var billing = new BillingStore(database, _time, Note))
        {
            var desk = Desk(database, billing);
            await desk.Apply(Shop.Catalog);
            await desk.Grant("anna", "100");
            // Charged by amounts alone, which makes no rating row.
            for (int i = 0; i < 30; i++)
            {
                var held = await desk.Do("authorize_usage", new { customer_id = "anna", @event = new { event_type = "tokens", quantity = "1" }, idempotency_key = $"a{i}" });
                await desk.Do("capture_hold", new { hold_id = held.GetProperty("hold_id").GetString(), amount = "0.5", idempotency_key = $"c{i}" });
            }
            Assert.Equal("85", await desk.Figure("anna", "balance"));
        }
        await _server.UntilAlone(name);
        Assert.InRange(int.Parse(_server.Sql(name, "SELECT idx_scan FROM pg_stat_user_tables WHERE relname = 'rating'"), System.Globalization.CultureInfo.InvariantCulture), 1, 9);
    }

    [Fact]
    public async Task Behind_a_pooler_that_gives_each_transaction_any_connection_it_works_and_outlives_a_restart_of_it()
    {
        string address = Prepared(out string name);
        await using var pooler = new Pooler(_server, name);
        using var database = PostgresDatabase.At(pooler.Address);
        using var first = new BillingStore(database, _time, Note);
        using var second = new BillingStore(database, _time, Note);
        for (int round = 0; round < 3; round++)
        {
            int number = round;
            await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Persist(() => Desk(database, i % 2 == 0 ? first : second).Grant("anna", "1", key: $"{number}-{i}"))));
            Assert.Equal($"{(round + 1) * 60}", await Desk(database, first).Figure("anna", "balance"));
            Assert.Equal($"{(round + 1) * 60}", await Desk(database, second).Figure("anna", "balance"));
            await pooler.Restart();
        }
        using var direct = PostgresDatabase.At(address);
        Assert.Empty((await new Verifying.Verifier(direct).Verify(CancellationToken.None)).Differences);
    }

    [Fact]
    public async Task A_connection_that_is_cut_in_the_middle_costs_a_retry_and_no_more()
    {
        string address = Prepared(out string name);
        using var database = PostgresDatabase.At(address);
        using var billing = new BillingStore(database, _time, Note);
        var desk = Desk(database, billing);
        for (int round = 0; round < 10; round++)
        {
            int number = round;
            var granting = Enumerable.Range(0, 40).Select(i => Persist(() => desk.Grant("anna", "1", key: $"{number}-{i}"))).ToArray();
            _server.CutOff(name);
            await Task.WhenAll(granting);
            Assert.Equal($"{(round + 1) * 40}", await Retried(() => desk.Figure("anna", "balance")));
        }
        Assert.Empty((await new Verifying.Verifier(database).Verify(CancellationToken.None)).Differences);
    }

    private void Note(string message)
    {
        lock (_log)
        {
            _log.Add(message);
        }
    }

    // Whoever wants to read the table next waits behind whoever waits to change it.
    [Fact]
    public async Task A_migration_that_a_long_read_holds_up_gives_way_to_other_reads_and_tries_again()
    {
        using var database = PostgresDatabase.At(Prepared(out string name));
        using var reader = database.OpenReader();
        Engine.Of(reader).BeginRead(reader);
        Assert.Equal(0, reader.Scalar<long>("SELECT COUNT(*) FROM account"));
        var step = Migration.Of(9000, "adds", "-- older writers: go on\nALTER TABLE account ADD COLUMN later_sum INTEGER;");
        var migrating = Task.Run(() => Migrator.Prepare(database, _time, [.. Migration.All, step]));
        var tries = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; tries.Count < 2; i++)
        {
            Assert.True(i < 3_000 && !migrating.IsCompleted, "it did not try again");
            await Task.Delay(20, TestContext.Current.CancellationToken);
            tries.UnionWith(_server.Sql(name, "SELECT virtualtransaction FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'").Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        Engine.Of(reader).EndRead(reader);
        await migrating;
        Assert.Equal(0, reader.Scalar<long>("SELECT COUNT(*) FROM account WHERE later_sum = 1"));
    }

    private static void PutOff(Func<object?> ask) => Assert.Equal(ErrorCode.TryAgain, Assert.Throws<BillingException>(ask).Code);

    // Then the planner knows for certain that there is nothing in the tables, and what is counted begins here.
    private async Task Analyze(string name)
    {
        await _server.UntilAlone(name);
        _server.Sql(name, "VACUUM ANALYZE");
        await _server.UntilAlone(name);
        _server.Sql(name, "SELECT pg_stat_reset()");
    }

    private string Prepared(out string name)
    {
        string address = _server.NewDatabase();
        using var database = PostgresDatabase.At(address);
        Migrator.Prepare(database, _time);
        name = PostgresServer.NameOf(address);
        return address;
    }

    private Desk Desk(Database database, BillingStore billing)
    {
        using var keys = new ApiKeys(database, _time);
        var caller = keys.OwnerCaller(Mode.Test);
        return new Desk(() => billing, caller);
    }

    private static Task<bool> Persist(Func<Task> ask) => Retried(async () =>
    {
        await ask();
        return true;
    });

    private static async Task<T> Retried<T>(Func<Task<T>> ask)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                return await ask();
            }
            catch (Exception e) when (i < 200 && e is DataFileException or BillingException { Code.Name: "try_again" })
            {
                await Task.Delay(20);
            }
        }
    }
}
