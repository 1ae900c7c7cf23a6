using System.Globalization;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Drills;

/// <summary>
/// The two ways of docs/operations/backups.md to have a ledger on PostgreSQL back, while replicas write: what was acknowledged before the chosen instant is there, once,
/// and nothing that was asked for after it.
/// </summary>
public sealed class PostgresBackupDrillTests
{
    private const int Clients = 16;

    [Fact]
    public async Task A_dump_taken_under_load_is_the_ledger_of_one_instant_and_goes_on()
    {
        var server = PostgresServer.Running;
        int rounds = Drill.Rounds(1, 5), after = 0;
        long before = 0;
        await using var shop = await DrillShop.Open(server.NewDatabase());
        var (_, first) = await shop.Serve();
        var (_, second) = await shop.Serve();
        await DrillShop.Define(first);
        var book = new DrillBook();
        await DrillLoad.Fund(first, book);
        string digest = await shop.Digest(first);
        for (int round = 0; round < rounds; round++)
        {
            using var stop = new CancellationTokenSource();
            var load = DrillLoad.Start(Clients, book, 500 * round, stop.Token, first, second);
            await Grown(book, 300);
            var (known, last) = Now(book);
            string dump = shop.File($"{round}.dump"), copy = server.NewDatabase();
            await Tool("pg_dump", "--format=custom", "--no-owner", $"--file={dump}", shop.DataFile);
            await Grown(book, 100);
            await stop.CancelAsync();
            await Task.WhenAll(load);
            await book.SendAll(second, book.Unanswered);
            await Tool("pg_restore", "--exit-on-error", "--no-owner", "--single-transaction", $"--dbname={copy}", dump);

            await shop.MustVerify(copy, digest);
            var stored = DrillReport.Stored(copy);
            Assert.Equal([], known.Where(k => !stored.ContainsKey(k)));
            Assert.All(stored, s => Assert.Equal((s.Key, 1), (s.Key, s.Value)));
            // Balances of the instant: the live ledger's entries, as far as the copy's go.
            string through = DrillReport.Texts(copy, "SELECT CAST(MAX(seq) AS TEXT) FROM entry WHERE workspace_id = 1").Single();
            Assert.True(long.Parse(through, CultureInfo.InvariantCulture) < long.Parse(DrillReport.Texts(shop.DataFile, "SELECT CAST(MAX(seq) AS TEXT) FROM entry WHERE workspace_id = 1").Single(), CultureInfo.InvariantCulture), "nothing was written after the dump");
            Assert.Equal(
                DrillReport.Texts(shop.DataFile, $"SELECT customer_id || '/' || asset_id || ' ' || CAST(SUM(amount) AS BIGINT) FROM entry WHERE workspace_id = 1 AND seq <= {through} GROUP BY customer_id, asset_id ORDER BY 1"),
                DrillReport.Texts(copy, "SELECT customer_id || '/' || asset_id || ' ' || balance FROM account WHERE workspace_id = 1 AND entry_count > 0 ORDER BY 1"));
            await GoesOn(shop, copy, book, stored);
            (before, after) = (before + known.Count, after + book.All.Count(s => Ordinal(s) > last && !stored.ContainsKey(s.Key)));
        }
        await DrillLoad.MustBalance(first, book, "at the end");
        Assert.Empty(book.Wrong);
        Drill.Note("dump", $"pg_dump of two serve's ledger under load, pg_restore into a fresh database: balances of the dump's instant, digest and verify clean, goes on; {after} operations came after it", rounds, before, 0, 0);
    }

    [Fact]
    public async Task A_lost_disk_comes_back_to_the_last_acknowledged_commit_and_to_any_moment()
    {
        int rounds = Drill.Rounds(1, 5), cutOff = 0, after = 0;
        long toMoment = 0, toLast = 0;
        for (int round = 0; round < rounds; round++)
        {
            await using var server = await LoggedPostgres.Start();
            await using var shop = await DrillShop.Open(server.Address);
            var (firstProcess, first) = await shop.Serve();
            var (secondProcess, second) = await shop.Serve();
            await DrillShop.Define(first);
            var book = new DrillBook();
            await DrillLoad.Fund(first, book);
            string digest = await shop.Digest(first);
            using var stop = new CancellationTokenSource();
            var load = DrillLoad.Start(Clients, book, 500 * round, stop.Token, first, second);
            await Grown(book, 100);
            await server.BaseBackup();
            await Grown(book, 200);
            // What has an answer is before the moment; what is only made when it is over is after it.
            var known = Now(book).Known;
            string moment = await server.Moment();
            long last = Now(book).Last;
            // The mistake, and life after it.
            await book.SendAll(first, [book.Make("grant", DrillLoad.Wide[0], 500_000)]);
            await Grown(book, 200);
            await server.Lose();
            await stop.CancelAsync();
            await Task.WhenAll(load);
            await firstProcess.DisposeAsync();
            await secondProcess.DisposeAsync();
            Assert.Empty(book.Wrong);

            string back = await server.Restore(moment);
            await shop.MustVerify(back, digest);
            var stored = DrillReport.Stored(back);
            Assert.Equal([], known.Where(k => !stored.ContainsKey(k)));
            var later = book.All.Where(s => Ordinal(s) > last).ToList();
            Assert.Equal([], later.Where(s => stored.ContainsKey(s.Key)).Select(s => s.Key));
            Assert.All(stored, s => Assert.Equal((s.Key, 1), (s.Key, s.Value)));
            await GoesOn(shop, back, book, stored);

            back = await server.Restore(null);
            await shop.MustVerify(back, digest);
            stored = DrillReport.Stored(back);
            var acknowledged = book.All.Where(s => s.Answer is not null).Select(s => s.Key).ToList();
            Assert.Equal([], acknowledged.Where(k => !stored.ContainsKey(k)));
            Assert.All(stored, s => Assert.Equal((s.Key, 1), (s.Key, s.Value)));
            cutOff += book.Unanswered.Count;
            var (process, client) = await shop.ServeOn(back);
            await book.SendAll(client, book.Unanswered);
            await DrillLoad.MustBalance(client, book, $"round {round}, to the last commit");
            await book.SendAll(client, book.All);
            await DrillLoad.MustBalance(client, book, $"round {round}, all asked again");
            await process.DisposeAsync();
            await shop.MustVerify(back, digest);
            (toMoment, toLast, after) = (toMoment + known.Count, toLast + acknowledged.Count, after + later.Count);
        }
        Drill.Note("pitr-moment", $"PostgreSQL killed and its disk lost under load; base backup and log to a moment: all acknowledged before it, none of {after} asked for after it", rounds, toMoment, 0, 0);
        Drill.Note("pitr-last", $"the same, to the last commit: all acknowledged; {cutOff} cut off and asked again, verify and digest clean", rounds, toLast, 0, 0);
    }

    private static long Ordinal(DrillBook.Sent sent) => long.Parse(sent.Key.AsSpan(2), CultureInfo.InvariantCulture);

    // What is acknowledged, and the last that was made so far.
    private static (IReadOnlyList<string> Known, long Last) Now(DrillBook book)
    {
        var all = book.All;
        return ([.. all.Where(s => s.Answer is not null).Select(s => s.Key)], all.Max(Ordinal));
    }

    // A program on the copy knows what the copy has, answers it as it was answered, takes what is new once, and leaves a ledger that adds up.
    private static async Task GoesOn(DrillShop shop, string data, DrillBook book, Dictionary<string, int> stored)
    {
        var (process, client) = await shop.ServeOn(data);
        await book.SendAll(client, book.All.Where(s => s.Answer is not null && stored.ContainsKey(s.Key)));
        Assert.Empty(book.Wrong);
        foreach (string customer in DrillLoad.Wallets)
        {
            Assert.Equal((customer, book.Available(customer, stored)), (customer, (long)await DrillShop.Figure(client, customer, "available", "credits")));
        }
        string wide = DrillLoad.Wide[0];
        for (int i = 0; i < 2; i++)
        {
            await client.Do("/v1/usage", new { id = "after the restore", customer_id = wide, event_type = DrillShop.EventType, quantity = "3" });
            Assert.Equal(book.Available(wide, stored) - 3, (long)await DrillShop.Figure(client, wide, "available", "credits"));
        }
        await process.DisposeAsync();
        await shop.MustVerify(data);
    }

    private static async Task Grown(DrillBook book, int by)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        for (int wanted = book.Answered + by; book.Answered < wanted;)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private static async Task Tool(string name, params string[] arguments)
    {
        var (exit, output, error) = await ProgramProcess.RunAny(Path.Combine(PostgresServer.Running.BinaryFolder, name), arguments);
        Assert.True(exit == 0, output + error);
    }
}
