using System.Diagnostics;
using System.Globalization;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Drills;

/// <summary>
/// The primary of a Patroni cluster is killed under load, again and again. Takes minutes, so it runs when asked for: by <c>drills/run failover</c>, or
/// <c>MCP_BILLING_FAILOVERS=10</c> (rounds); with Debian's patroni, etcd-server and postgresql-15, and <c>shared/checks/scale/patroni.sh</c>.
/// </summary>
public sealed class FailoverDrillTests
{
    private const int Replicas = 2;
    private const int Clients = 16;

    // Without a standby no commit is acknowledged (synchronous_mode_strict), and one must first catch up.
    private const int Patience = 5_000;

    [Fact]
    public async Task Failovers_lose_and_double_nothing()
    {
        int rounds = Environment.GetEnvironmentVariable("MCP_BILLING_FAILOVERS") is { Length: > 0 } asked ? int.Parse(asked, CultureInfo.InvariantCulture) : Drill.Rounds(0, 10);
        Assert.SkipWhen(rounds == 0, "takes minutes; asked for by MCP_BILLING_FAILOVERS=10");
        string script = Needs.Shared("checks/scale/patroni.sh");
        await Patroni(script, "up");
        try
        {
            await Patroni(script, "wait-streaming");
            string[] leader = (await Patroni(script, "leader")).Split(' ');
            string name = $"drill_{Environment.ProcessId}";
            await Sql(leader[1], $"CREATE DATABASE {name}");
            await KillPrimaries(script, rounds, $"postgres://postgres:secret@127.0.0.1:25431,127.0.0.1:25432,127.0.0.1:25433/{name}");
        }
        finally
        {
            await Patroni(script, "down");
        }
    }

    private static async Task KillPrimaries(string script, int rounds, string address)
    {
        await using var shop = await DrillShop.Open(address);
        var clients = new List<BillingClient>();
        for (int i = 0; i < Replicas; i++)
        {
            clients.Add((await shop.Serve()).Client);
        }
        var book = new DrillBook();
        string[] wide = ["wide-0", "wide-1", "wide-2", "wide-3"], tight = ["tight-0", "tight-1"];
        await DrillShop.Define(clients[0]);
        await book.SendAll(clients[0], [.. wide.Select(w => book.Make("grant", w, 1_000_000)), .. tight.Select(t => book.Make("grant", t, 400))]);
        int cutOff = 0;
        var outages = new List<long>();
        for (int round = 0; round < rounds; round++)
        {
            using var stop = new CancellationTokenSource();
            int number = round;
            var load = Enumerable.Range(0, Clients).Select(i => Load(clients[i % Replicas], book, new Random(number * 100 + i), wide, tight, stop.Token)).ToArray();
            await Task.Delay(1000);
            long killed = Stopwatch.GetTimestamp();
            string node = await Patroni(script, "kill");
            await Patroni(script, "wait-leader", node);
            // The first that is taken after it.
            await book.SendAll(clients[0], [book.Make("usage", wide[0], 1)], Patience);
            outages.Add((long)Stopwatch.GetElapsedTime(killed).TotalMilliseconds);
            await Task.Delay(500);
            await stop.CancelAsync();
            await Task.WhenAll(load);
            var unknown = book.Unanswered;
            cutOff += unknown.Count;
            await book.SendAll(clients[round % Replicas], unknown, Patience);
            foreach (var client in clients)
            {
                await UntilRead(client, wide[0]);
            }
            foreach (string customer in wide.Concat(tight))
            {
                foreach (var client in clients)
                {
                    Assert.Equal((round, customer, book.Available(customer)), (round, customer, (long)await DrillShop.Figure(client, customer, "available", "credits")));
                }
            }
            Assert.Empty(book.Wrong);
            await Patroni(script, "start", node);
            await Patroni(script, "wait-streaming");
        }
        await book.SendAll(clients[0], book.All, Patience);
        Assert.Empty(book.Wrong);
        TestContext.Current.TestOutputHelper?.WriteLine($"kill to the next acknowledgement in ms: {string.Join(", ", outages)}");
        await DrillReport.Close(
            "failover",
            string.Create(CultureInfo.InvariantCulture, $"Patroni, 3 nodes, strict synchronous mode: the primary's node killed under load; {outages.Min() / 1000.0:F1} to {outages.Max() / 1000.0:F1} s from the kill to the next acknowledgement; {cutOff} cut off and asked again"),
            rounds, shop, book);
    }

    // A read may be put off as a write is, until the new primary is found.
    private static async Task UntilRead(BillingClient client, string customer)
    {
        for (int i = 0; ; i++)
        {
            var reply = await client.Get($"/v1/customers/{customer}/wallet");
            if (reply.Status == 200)
            {
                return;
            }
            Assert.True(reply.Code == "try_again" && i < 600, reply.Text);
            await Task.Delay(50);
        }
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
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }

    private static async Task<string> Patroni(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [script, .. arguments]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        // Daemons that it starts keep what they were given open: to the first line, not to the end.
        var first = process.StandardOutput.ReadLineAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"patroni.sh {string.Join(' ', arguments)} ended with {process.ExitCode}");
        return await Task.WhenAny(first, Task.Delay(200)) == first ? await first ?? "" : "";
    }

    private static async Task Sql(string port, string sql)
    {
        var (exit, output, error) = await ProgramProcess.RunAny("psql", ["-h", "127.0.0.1", "-p", port, "-U", "postgres", "-d", "postgres", "-c", sql], null, ("PGPASSWORD", "secret"));
        Assert.True(exit == 0, output + error);
    }
}
