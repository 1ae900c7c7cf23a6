using System.Globalization;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;
using McpBilling.Server.Tests.Webhooks;

namespace McpBilling.Server.Tests.Drills;

/// <summary>Replicas on one PostgreSQL under load, while they are killed, frozen and cut off: what was acknowledged is there exactly once.</summary>
public sealed class ReplicaDrillTests
{
    private const int Replicas = 3;
    private const int Clients = 24;

    [Fact]
    public async Task Replicas_killed_frozen_and_cut_off_lose_and_double_nothing()
    {
        int rounds = int.Parse(Environment.GetEnvironmentVariable("MCP_BILLING_DRILL_ROUNDS") ?? Drill.Rounds(9, 150).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        int seed = int.Parse(Environment.GetEnvironmentVariable("MCP_BILLING_SEED") ?? "20261126", CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        string address = PostgresServer.Running.NewDatabase();
        await using var shop = await DrillShop.Open(address);
        var replicas = new List<(ProgramProcess Process, BillingClient Client)>();
        for (int i = 0; i < Replicas; i++)
        {
            replicas.Add(await shop.Serve());
        }
        var book = new DrillBook();
        await DrillShop.Define(replicas[0].Client);
        await DrillLoad.Fund(replicas[0].Client, book);
        int cutOff = 0;
        for (int round = 0; round < rounds; round++)
        {
            var dice = new Random(seed + round);
            using var stop = new CancellationTokenSource();
            var load = DrillLoad.Start(Clients, book, seed * 1000 + round * 100, stop.Token, [.. replicas.Select(r => r.Client)]);
            await Task.Delay(dice.Next(150, 700));
            int victim = dice.Next(Replicas);
            switch (round % 3)
            {
                case 0:
                    await replicas[victim].Process.DisposeAsync();
                    replicas[victim] = await shop.Serve();
                    break;
                case 1:
                    PostgresServer.Running.CutOff(PostgresServer.NameOf(address));
                    break;
                default:
                    // Stopped where it stands, perhaps with the lock in its hands: the others wait or refuse, and go on when it wakes.
                    await FaultLibrary.Signal(replicas[victim].Process, "-STOP");
                    await Task.Delay(dice.Next(300, 1500), CancellationToken.None);
                    await FaultLibrary.Signal(replicas[victim].Process, "-CONT");
                    break;
            }
            await stop.CancelAsync();
            await Task.WhenAll(load);
            cutOff += await Reconcile(book, replicas, dice.Next(Replicas), $"round {round}");
        }
        await book.SendAll(replicas[^1].Client, book.All);
        await DrillLoad.MustBalance(replicas[0].Client, book, "all asked again");
        Assert.True(book.Answered > rounds * Clients && cutOff > 0, $"{book.Answered} answered, {cutOff} cut off: too little to mean anything");
        await DrillReport.Close("replicas", $"three serve on one PostgreSQL under load: one killed, all connections cut, one frozen for up to 1.5 s, in turns; {cutOff} cut off and asked again", rounds, shop, book);
    }

    [Fact]
    public async Task A_replica_that_is_frozen_is_done_without_and_does_no_harm_when_it_wakes()
    {
        int rounds = Drill.Rounds(1, 5), seconds = Drill.Rounds(0, 30), cutOff = 0, meanwhile = 0;
        await using var shop = await DrillShop.Open(PostgresServer.Running.NewDatabase());
        await using var receiver = await WebhookReceiver.Start();
        var replicas = new List<(ProgramProcess Process, BillingClient Client)>();
        for (int i = 0; i < Replicas; i++)
        {
            replicas.Add(await shop.ServeOn(shop.DataFile, "--webhooks-to-loopback"));
        }
        var book = new DrillBook();
        await DrillShop.Define(replicas[0].Client);
        await DrillLoad.Fund(replicas[0].Client, book);
        string endpoint = (await replicas[0].Client.Do("/v1/webhook-endpoints", new { url = receiver.Url + "/", idempotency_key = "e" })).Json.GetProperty("endpoint").GetProperty("id").GetString()!;
        for (int round = 0; round < rounds; round++)
        {
            using var stop = new CancellationTokenSource();
            var load = DrillLoad.Start(Clients, book, 500 * round, stop.Token, [.. replicas.Select(r => r.Client)]);
            await Task.Delay(300 + 70 * round, CancellationToken.None);
            // The one that sends the webhooks, wherever it stands, perhaps with the lock of the database in its hands.
            string owner = await Sender(shop, o => o is not null);
            int frozen = replicas.FindIndex(r => owner.Contains($":{r.Process.Id.ToString(CultureInfo.InvariantCulture)}:", StringComparison.Ordinal));
            await FaultLibrary.Signal(replicas[frozen].Process, "-STOP");
            var thirty = Task.Delay(TimeSpan.FromSeconds(seconds), CancellationToken.None);
            int before = book.Answered;
            // Who is awake takes over what comes round, and takes writes: what waits to be sent is sent.
            var awake = replicas[(frozen + 1) % Replicas].Client;
            int heard = receiver.Received.Select(r => r.Id).Distinct().Count();
            await Ask(awake, $"/v1/webhook-endpoints/{endpoint}/test");
            await Until(() => Task.FromResult(receiver.Received.Select(r => r.Id).Distinct().Count() > heard));
            string heir = await Sender(shop, o => o is not null && o != owner);
            await Until(() => Task.FromResult(book.Answered > before + 100));
            await thirty;
            meanwhile += book.Answered - before;
            await FaultLibrary.Signal(replicas[frozen].Process, "-CONT");
            await Ask(replicas[frozen].Client, $"/v1/webhook-endpoints/{endpoint}/test");
            await Until(() => Task.FromResult(receiver.Received.Select(r => r.Id).Distinct().Count() > heard + 1));
            await stop.CancelAsync();
            await Task.WhenAll(load);
            cutOff += await Reconcile(book, replicas, frozen, $"round {round}");
            // It has seen that another has it, and lets it.
            Assert.Equal(heir, await Sender(shop, o => o is not null));
        }
        await book.SendAll(replicas[0].Client, book.All);
        await DrillLoad.MustBalance(replicas[1].Client, book, "all asked again");
        Assert.All(book.PutOff.Keys, code => Assert.Equal("try_again", code));
        int twice = receiver.Received.Count - receiver.Received.Select(r => r.Id).Distinct().Count();
        await DrillReport.Close(
            "replica-frozen",
            $"SIGSTOP of the one of three serve on PostgreSQL that has the leases, {(seconds > 0 ? $"{seconds} s" : "until they are taken over")}; {meanwhile} acknowledged by the others meanwhile, {cutOff} cut off and asked again, {book.PutOff.Values.Sum()} answers 503, {twice} webhooks twice",
            rounds, shop, book);
    }

    [Fact]
    public async Task A_pooler_that_restarts_under_load_loses_and_doubles_nothing()
    {
        int rounds = Drill.Rounds(2, 20), cutOff = 0;
        string address = PostgresServer.Running.NewDatabase();
        await using var pooler = new Pooler(PostgresServer.Running, PostgresServer.NameOf(address));
        await using var shop = await DrillShop.Open(pooler.Address);
        List<(ProgramProcess Process, BillingClient Client)> replicas = [await shop.Serve(), await shop.Serve()];
        var book = new DrillBook();
        await DrillShop.Define(replicas[0].Client);
        await DrillLoad.Fund(replicas[0].Client, book);
        for (int round = 0; round < rounds; round++)
        {
            using var stop = new CancellationTokenSource();
            var load = DrillLoad.Start(Clients, book, 500 * round, stop.Token, [.. replicas.Select(r => r.Client)]);
            int before = book.Answered;
            await Until(() => Task.FromResult(book.Answered > before + 200));
            await pooler.Restart();
            before = book.Answered;
            await Until(() => Task.FromResult(book.Answered > before + 100));
            await stop.CancelAsync();
            await Task.WhenAll(load);
            cutOff += await Reconcile(book, replicas, round % 2, $"round {round}");
        }
        await book.SendAll(replicas[0].Client, book.All);
        await DrillLoad.MustBalance(replicas[1].Client, book, "all asked again");
        Assert.All(book.PutOff.Keys, code => Assert.Equal("try_again", code));
        await DrillReport.Close("pgbouncer", $"PgBouncer in transaction mode before two serve ended and started again under load; {cutOff} cut off and asked again", rounds, shop, book);
    }

    // Whatever has no answer is asked again of one replica: an answer of one is the answer of all.
    private static async Task<int> Reconcile(DrillBook book, List<(ProgramProcess Process, BillingClient Client)> replicas, int by, string when)
    {
        var unknown = book.Unanswered;
        await book.SendAll(replicas[by].Client, unknown);
        foreach (var (_, client) in replicas)
        {
            await DrillLoad.MustBalance(client, book, when);
        }
        return unknown.Count;
    }

    // Who has the lease of the webhooks, as soon as that is as wanted.
    private static async Task<string> Sender(DrillShop shop, Func<string?, bool> wanted)
    {
        string? owner = null;
        await Until(() =>
        {
            owner = DrillReport.Texts(shop.DataFile, "SELECT owner FROM lease WHERE workspace_id = 0 AND name = 'webhooks' AND owner IS NOT NULL").SingleOrDefault();
            return Task.FromResult(wanted(owner));
        });
        return owner!;
    }

    private static Task Ask(BillingClient client, string path) => Until(async () =>
    {
        var reply = await client.Post(path, new { });
        Assert.True(reply.Status is 200 or 201 or 503, reply.Text);
        return reply.Status != 503;
    });

    // A row or an answer is the signal; the patience is for a machine that does other things.
    private static async Task Until(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (!await holds())
        {
            await Task.Delay(50, limit.Token);
        }
    }
}
