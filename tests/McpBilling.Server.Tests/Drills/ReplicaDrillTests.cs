using System.Diagnostics;
using System.Globalization;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Drills;

/// <summary>Replicas on one PostgreSQL under load, while they are killed, frozen and cut off: what was acknowledged is there exactly once.</summary>
public sealed class ReplicaDrillTests
{
    private const int Replicas = 3;
    private const int Clients = 24;

    [Fact]
    public async Task Replicas_killed_frozen_and_cut_off_lose_and_double_nothing()
    {
        int rounds = int.Parse(Environment.GetEnvironmentVariable("MCP_BILLING_DRILL_ROUNDS") ?? "9", CultureInfo.InvariantCulture);
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
        string[] wide = ["wide-0", "wide-1", "wide-2", "wide-3"], tight = ["tight-0", "tight-1"];
        await DrillShop.Define(replicas[0].Client);
        await book.SendAll(replicas[0].Client, [.. wide.Select(w => book.Make("grant", w, 1_000_000)), .. tight.Select(t => book.Make("grant", t, 400))]);
        int cutOff = 0;
        for (int round = 0; round < rounds; round++)
        {
            var dice = new Random(seed + round);
            using var stop = new CancellationTokenSource();
            var now = replicas.ToArray();
            var load = Enumerable.Range(0, Clients).Select(i => Load(now[i % Replicas].Client, book, new Random(seed * 1000 + round * 100 + i), wide, tight, stop.Token)).ToArray();
            await Task.Delay(dice.Next(150, 700));
            int victim = dice.Next(Replicas);
            switch (round % 3)
            {
                case 0:
                    await replicas[victim].Process.DisposeAsync();
                    replicas[victim] = await shop.Serve();
                    break;
                case 1:
                    PostgresServer.Running.Sql("postgres", $"SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{address[(address.LastIndexOf('/') + 1)..]}'");
                    break;
                default:
                    // Stopped where it stands, perhaps with the lock in its hands: the others wait or refuse, and go on when it wakes.
                    Signal("STOP", replicas[victim].Process.Id);
                    await Task.Delay(dice.Next(300, 1500), CancellationToken.None);
                    Signal("CONT", replicas[victim].Process.Id);
                    break;
            }
            await stop.CancelAsync();
            await Task.WhenAll(load);
            var unknown = book.Unanswered;
            cutOff += unknown.Count;
            // By whichever replica: an answer of one is the answer of all.
            await book.SendAll(replicas[dice.Next(Replicas)].Client, unknown);
            foreach (string customer in wide.Concat(tight))
            {
                foreach (var (_, client) in replicas)
                {
                    Assert.Equal((round, customer, book.Available(customer)), (round, customer, (long)await DrillShop.Figure(client, customer, "available", "credits")));
                }
            }
            Assert.Empty(book.Wrong);
        }
        await book.SendAll(replicas[^1].Client, book.All);
        Assert.Empty(book.Wrong);
        foreach (string customer in wide.Concat(tight))
        {
            Assert.True(book.Available(customer) >= 0, customer);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{rounds} rounds, {book.Answered} operations, {cutOff} cut off");
        Assert.True(book.Answered > rounds * Clients && cutOff > 0, $"{book.Answered} answered, {cutOff} cut off: too little to mean anything");
        await shop.MustVerify();
    }

    private static async Task Load(BillingClient client, DrillBook book, Random dice, string[] wide, string[] tight, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            bool isTight = dice.Next(4) == 0;
            string customer = isTight ? tight[dice.Next(tight.Length)] : wide[dice.Next(wide.Length)];
            var sent = isTight || dice.Next(2) == 0 ? book.Make("authorize", customer, dice.Next(1, 20)) : book.Make("usage", customer, dice.Next(1, 5));
            if (!await book.Send(client, sent))
            {
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    private static void Signal(string name, int process)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
