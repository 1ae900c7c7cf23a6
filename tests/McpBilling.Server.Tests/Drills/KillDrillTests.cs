using System.Globalization;
using System.Net;
using System.Net.Sockets;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Drills;

/// <summary>kill -9 of the program under load: what was acknowledged is there exactly once, what was not is whole or absent.</summary>
public sealed class KillDrillTests
{
    private const int Clients = 24;

    [Fact]
    public async Task Killed_again_and_again_under_load_nothing_acknowledged_is_lost_or_doubled()
    {
        int rounds = Drill.Rounds(20, 50);
        int seed = int.Parse(Environment.GetEnvironmentVariable("MCP_BILLING_SEED") ?? "20261124", CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await using var shop = await DrillShop.Open();
        var book = new DrillBook();
        // Wide wallets never run dry; tight ones do, which is where overspending would show.
        string[] wide = ["wide-0", "wide-1", "wide-2", "wide-3", "wide-4", "wide-5"], tight = ["tight-0", "tight-1"];
        var (server, client) = await shop.Serve();
        await DrillShop.Define(client);
        await book.SendAll(client, [.. wide.Select(w => book.Make("grant", w, 1_000_000)), .. tight.Select(t => book.Make("grant", t, 400))]);
        int cutOff = 0;
        for (int round = 0; round < rounds; round++)
        {
            var dice = new Random(seed + round);
            using var stop = new CancellationTokenSource();
            var load = Enumerable.Range(0, Clients).Select(i => DrillLoad.Run(client, book, new Random(seed * 1000 + round * 100 + i), wide, tight, stop.Token)).ToArray();
            await Task.Delay(dice.Next(150, 700));
            await server.DisposeAsync();
            await stop.CancelAsync();
            await Task.WhenAll(load);
            var unknown = book.Unanswered;
            cutOff += unknown.Count;
            (server, client) = await shop.Serve();
            await book.SendAll(client, unknown);
            foreach (string customer in wide.Concat(tight))
            {
                Assert.Equal((round, customer, book.Available(customer)), (round, customer, (long)await DrillShop.Figure(client, customer, "available", "credits")));
            }
            Assert.Empty(book.Wrong);
        }
        // Everything once more: the same answers, nothing changed; and no tight wallet was ever overspent.
        await book.SendAll(client, book.All);
        Assert.Empty(book.Wrong);
        foreach (string customer in wide.Concat(tight))
        {
            Assert.Equal((customer, book.Available(customer)), (customer, (long)await DrillShop.Figure(client, customer, "available", "credits")));
            Assert.True(book.Available(customer) >= 0, customer);
        }
        Assert.True(book.Answered > rounds * Clients && cutOff > 0, $"{book.Answered} answered, {cutOff} cut off: too little to mean anything");
        Assert.Equal(0, await server.Stop(TimeSpan.FromSeconds(10)));
        await DrillReport.Close("kill", $"kill -9 of serve under load, {Clients} clients; {cutOff} requests cut off", rounds, shop, book);
    }

    [Fact]
    public async Task The_drill_of_the_shared_folder_passes()
    {
        int rounds = Drill.Rounds(3, 50);
        string script = Needs.Shared("checks/scale/kill_drill.mjs"), node = Needs.Program("node");
        await using var shop = await DrillShop.Open();
        var (server, client) = await shop.Serve();
        await DrillShop.Define(client);
        await server.Stop(TimeSpan.FromSeconds(10));
        string url = $"http://127.0.0.1:{FreePort()}";
        var (exit, output, error) = await ProgramProcess.RunWithin(TimeSpan.FromMinutes(rounds), node,
        [
            script, "--start", $"dotnet {ProgramProcess.Dll} serve --urls {url} --data {shop.DataFile}", "--base", url, "--key", shop.Key,
            "--rounds", $"{rounds}", "--seconds", "1", "--clients", "24", "--log", shop.File("server.log"),
        ]);
        Assert.True(exit == 0, output + error);
        await shop.MustVerify();
        Drill.Note("kill-script", "kill_drill.mjs: " + output.Trim().Split('\n')[^1].Trim(), rounds, long.Parse(output.Trim().Split('\n')[^1].Trim().Split(' ')[0], CultureInfo.InvariantCulture), 0, 0);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
