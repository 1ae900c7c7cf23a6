using System.Diagnostics;
using System.Globalization;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Drills;

/// <summary>
/// Two builds of the program on one database, as while a new version is rolled out: the newer one starts under the load of two older ones and migrates, they go
/// on or refuse as its migrations say, and are stopped one by one. <c>drills/run rolling-upgrade</c> builds the other program: an older commit of this repository, or
/// this one with one more migration, which ends older writers.
/// </summary>
public sealed class RollingUpgradeDrillTests
{
    // The first that chains entries; what an older program writes after it has no hash, which verify says for ever.
    private const int ChainMigration = 16;

    private const int Clients = 16;

    public static TheoryData<string> Engines => ["a file", "PostgreSQL"];

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Programs_of_an_older_commit_are_replaced_by_this_one(string engine)
    {
        string older = Build("MCP_BILLING_OLDER_PROGRAM");
        int migrations = int.Parse(Environment.GetEnvironmentVariable("MCP_BILLING_OLDER_MIGRATIONS")!, CultureInfo.InvariantCulture);
        string what = $"two serve of {Environment.GetEnvironmentVariable("MCP_BILLING_OLDER_NAME")} (schema {migrations}) replaced by this one (schema {Storage.Migrator.CurrentVersion}) under load, on {engine}";
        await Replace("rolling-upgrade", engine, older, ProgramProcess.Dll, what, ends: false, leavesOutHashes: migrations < ChainMigration);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task This_program_is_replaced_by_one_whose_migration_ends_older_writers(string engine)
    {
        string newer = Build("MCP_BILLING_NEWER_PROGRAM");
        await Replace("upgrade-ends", engine, ProgramProcess.Dll, newer, $"two serve replaced under load by one whose migration ends older writers, on {engine}", ends: true, leavesOutHashes: false);
    }

    private static async Task Replace(string name, string engine, string older, string newer, string what, bool ends, bool leavesOutHashes)
    {
        int perPhase = Drill.Rounds(200, 1_000);
        await using var shop = await DrillShop.Open(engine == "PostgreSQL" ? PostgresServer.Running.NewDatabase() : null, older);
        var book = new DrillBook();
        var old = new List<(ProgramProcess Process, BillingClient Client)> { await shop.ServeWith(older), await shop.ServeWith(older) };
        await DrillShop.Define(old[0].Client);
        await DrillLoad.Fund(old[0].Client, book);
        var balancer = new Balancer(book, [.. old.Select(o => o.Client)]);
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, Clients).Select(i => Task.Run(() => balancer.Load(new Random(i), stop.Token), CancellationToken.None)).ToArray();
        await balancer.More(perPhase, balancer.Servers);

        var starting = Stopwatch.StartNew();
        var young = new List<(ProgramProcess Process, BillingClient Client)> { await shop.ServeWith(newer) };
        double started = starting.Elapsed.TotalSeconds;
        balancer.Servers = [.. old.Concat(young).Select(p => p.Client)];
        // The newer one writes; the older ones go on beside it, or no longer do.
        await balancer.More(perPhase, [young[0].Client]);
        if (ends)
        {
            Assert.True(book.PutOff.GetValueOrDefault("program_outdated") > 0, "no older program refused anything");
            foreach (var (process, client) in old)
            {
                await MustBeReadOnly(process, client);
            }
        }
        else
        {
            await balancer.More(perPhase / 4, [.. old.Select(o => o.Client)]);
        }

        foreach (var (process, _) in old)
        {
            young.Add(await shop.ServeWith(newer));
            balancer.Servers = [.. old.SkipWhile(o => o.Process != process).Skip(1).Concat(young).Select(p => p.Client)];
            Assert.Equal(0, await process.Stop(TimeSpan.FromSeconds(30)));
        }
        var (exit, output, error) = await ProgramProcess.RunAny("dotnet", [older, "serve", "--urls", "http://127.0.0.1:0"], environment: [("MCP_BILLING_DATA", shop.DataFile)]);
        Assert.True(exit == 1 && error.Contains("written by a newer mcp-billing", StringComparison.Ordinal), output + error);
        await balancer.More(perPhase, balancer.Servers);
        await stop.CancelAsync();
        await Task.WhenAll(load);

        await book.SendAll(young[0].Client, book.Unanswered);
        foreach (var (_, client) in young)
        {
            await DrillLoad.MustBalance(client, book, what);
        }
        Assert.All(book.PutOff.Keys, code => Assert.Contains(code, new[] { "try_again", "shutting_down", "program_outdated" }));
        DrillReport.Count(engine == "PostgreSQL" ? name + "-postgresql" : name, string.Create(
            CultureInfo.InvariantCulture,
            $"{what}; it listened after {started:0.0} s, {book.PutOff.GetValueOrDefault("program_outdated")} answers 503 program_outdated, {book.PutOff.GetValueOrDefault("try_again")} try_again, longest time without an acknowledgement {balancer.LongestPause.TotalSeconds:0.0} s"),
            1, shop, book);
        string[] found = await shop.Differences(newer);
        Assert.All(found, line => Assert.True(leavesOutHashes && line.Contains("hash", StringComparison.Ordinal), line));
    }

    private static async Task MustBeReadOnly(ProgramProcess process, BillingClient client)
    {
        var ready = await client.Get("/readyz");
        Assert.Equal((503, "program_outdated", true, false), (ready.Status, ready.Code, ready.Json.GetProperty("readable").GetBoolean(), ready.Json.GetProperty("writable").GetBoolean()));
        Assert.Equal("read_only", (await client.Get("/readyz/reads")).Json.GetProperty("status").GetString());
        Assert.Equal(200, (await client.Wallet(DrillLoad.Wide[0])).Status);
        Assert.Single(process.Said.Split('\n'), line => line.Contains("no more is written", StringComparison.Ordinal));
    }

    private static string Build(string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } program)
        {
            Assert.Skip("takes another build of the program; drills/run rolling-upgrade makes it");
        }
        return Environment.GetEnvironmentVariable(variable)!;
    }

    /// <summary>Apps behind a balancer: each request goes to any server, and again, under its key, to any other until one answers it.</summary>
    private sealed class Balancer(DrillBook book, BillingClient[] servers)
    {
        private readonly Dictionary<BillingClient, int> _answered = [];
        private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
        private volatile BillingClient[] _servers = servers;

        public BillingClient[] Servers { get => _servers; set => _servers = value; }

        public TimeSpan LongestPause { get; private set; }

        public async Task Load(Random dice, CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                string wide = DrillLoad.Wide[dice.Next(DrillLoad.Wide.Length)], tight = DrillLoad.Tight[dice.Next(DrillLoad.Tight.Length)];
                // Few holds and grants: each stays open, and is read again by every server whenever another has written.
                var sent = dice.Next(40) switch
                {
                    < 6 => book.Make("authorize", tight, 1),
                    < 8 => book.Make("authorize", wide, dice.Next(1, 9)),
                    < 39 => book.Make("usage", wide, dice.Next(1, 9)),
                    _ => book.Make("grant", wide, dice.Next(1, 9)),
                };
                while (!stop.IsCancellationRequested)
                {
                    var server = _servers[dice.Next(_servers.Length)];
                    if (await book.Send(server, sent))
                    {
                        Note(server);
                        break;
                    }
                    await Task.Delay(20, CancellationToken.None);
                }
            }
        }

        /// <summary>Waits until these servers together have answered so many more.</summary>
        public async Task More(int count, BillingClient[] by)
        {
            int until = Answered(by) + count;
            for (int i = 0; Answered(by) < until; i++)
            {
                Assert.True(i < 12_000, $"nothing more was answered: {until - Answered(by)} of {count} are missing; {string.Join(", ", book.PutOff)}");
                await Task.Delay(20, CancellationToken.None);
            }
        }

        private int Answered(BillingClient[] by)
        {
            lock (_answered)
            {
                return by.Sum(s => _answered.GetValueOrDefault(s));
            }
        }

        private void Note(BillingClient server)
        {
            lock (_answered)
            {
                _answered[server] = _answered.GetValueOrDefault(server) + 1;
                LongestPause = _sinceLast.Elapsed > LongestPause ? _sinceLast.Elapsed : LongestPause;
                _sinceLast.Restart();
            }
        }
    }
}
