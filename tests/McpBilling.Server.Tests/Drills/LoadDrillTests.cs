using System.Globalization;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;
using ModelContextProtocol.Client;

namespace McpBilling.Server.Tests.Drills;

/// <summary>Real processes under real load: exact at the last cent, stopped in order, copied while they work, started together.</summary>
public sealed class LoadDrillTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task Ten_thousand_authorizations_of_four_cents_on_a_hundred_dollars_allow_exactly_2500_twice(int processes) => Ten_thousand(processes, null);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public Task So_they_do_by_replicas_on_PostgreSQL(int processes) => Ten_thousand(processes, PostgresServer.Running.NewDatabase());

    private static async Task Ten_thousand(int processes, string? data)
    {
        await using var shop = await DrillShop.Open(data);
        var clients = new List<BillingClient>();
        for (int i = 0; i < processes; i++)
        {
            clients.Add((await shop.Serve()).Client);
        }
        foreach (string customer in new[] { "first", "second" })
        {
            await clients[0].Do("/v1/grants", new { customer_id = customer, asset = "usd", amount = "100", idempotency_key = "fund" });
            int allowed = 0;
            await Parallel.ForEachAsync(Enumerable.Range(0, 10_000), new ParallelOptions { MaxDegreeOfParallelism = 256 }, async (i, _) =>
            {
                var answer = await Answered(clients[i % processes], "/v1/usage/authorize", new { customer_id = customer, asset = "usd", amount = "0.04", idempotency_key = $"a{i}" });
                if (answer.Json.GetProperty("allowed").GetBoolean())
                {
                    Interlocked.Increment(ref allowed);
                }
            });
            Assert.Equal(2500, allowed);
            foreach (var client in clients)
            {
                Assert.Equal((0m, 100m, 100m), (await DrillShop.Figure(client, customer, "available", "usd"), await DrillShop.Figure(client, customer, "held", "usd"), await DrillShop.Figure(client, customer, "balance", "usd")));
            }
        }
        await shop.MustVerify();
    }

    [Fact]
    public async Task A_stop_signal_under_load_loses_nothing_that_was_acknowledged()
    {
        await using var shop = await DrillShop.Open();
        var (server, client) = await shop.Serve();
        await DrillShop.Define(client);
        var book = new DrillBook();
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 32).Select(i => Usage(client, book, stop.Token)).ToArray();
        await Until(() => book.Answered > 500);
        Assert.Equal(0, await server.Stop(TimeSpan.FromSeconds(10)));
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(book.Wrong);
        await shop.MustVerify();
        (_, client) = await shop.Serve();
        long acknowledged = -book.All.Where(s => s.Answer is not null).Sum(s => s.Amount), stored = (long)await DrillShop.Figure(client, "c", "balance", "credits");
        Assert.True(stored <= acknowledged, $"{-acknowledged} acknowledged, {-stored} stored");
        await book.SendAll(client, book.All);
        Assert.Empty(book.Wrong);
        Assert.Equal(book.Available("c"), (long)await DrillShop.Figure(client, "c", "balance", "credits"));
    }

    [Fact]
    public async Task A_backup_under_load_is_one_moment_whole()
    {
        await using var shop = await DrillShop.Open();
        var (_, client) = await shop.Serve();
        await DrillShop.Define(client);
        var book = new DrillBook();
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 16).Select(i => Usage(client, book, stop.Token)).ToArray();
        await Until(() => book.Answered > 500);
        for (int i = 0; i < 3; i++)
        {
            long before = book.Answered;
            var (exit, output, error) = await ProgramProcess.Run(shop.DataFile, "backup", shop.File($"copy-{i}.db"));
            Assert.True(exit == 0, output + error);
            await shop.MustVerify(shop.File($"copy-{i}.db"));
            Assert.True(Events(shop.File($"copy-{i}.db")) >= before, "what was acknowledged before the backup began is in it");
        }
        await stop.CancelAsync();
        await Task.WhenAll(load);
        await shop.MustVerify();
    }

    [Fact]
    public async Task Two_stdio_processes_that_start_at_the_same_moment_on_a_fresh_file_both_work()
    {
        var folder = Directory.CreateTempSubdirectory("mcp-billing-drill-");
        try
        {
            string file = Path.Combine(folder.FullName, "fresh.db");
            async Task<int> Work(int number)
            {
                await using var mcp = await McpClient.CreateAsync(new StdioClientTransport(new StdioClientTransportOptions
                {
                    Command = "dotnet",
                    Arguments = [ProgramProcess.Dll, "stdio", "--data", file, "--no-http"],
                    Name = $"tool {number}",
                }));
                var tools = await mcp.ListToolsAsync();
                for (int i = 0; i < 5; i++)
                {
                    var answer = await mcp.CallToolAsync(
                        "grant_credit", new Dictionary<string, object?> { ["customer_id"] = "c", ["asset"] = "usd", ["amount"] = "1", ["idempotency_key"] = $"{number}-{i}" });
                    Assert.False(answer.IsError == true, answer.Content.FirstOrDefault()?.ToString());
                }
                return tools.Count;
            }
            for (int round = 0; round < 3; round++)
            {
                int[] tools = await Task.WhenAll(Task.Run(() => Work(round * 2)), Task.Run(() => Work(round * 2 + 1)));
                Assert.Equal(tools[0], tools[1]);
                Assert.True(tools[0] > 10);
                Assert.Equal((round + 1) * 10, Count(file, "SELECT COUNT(*) FROM credit_grant"));
            }
            var (exit, output, error) = await ProgramProcess.Run(file, "verify");
            Assert.True(exit == 0, output + error);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // A server that is busy for a moment says so; the same key is asked again.
    private static async Task<Reply> Answered(BillingClient client, string path, object body)
    {
        for (int i = 0; ; i++)
        {
            var reply = await client.Post(path, body);
            if (reply.Status is 200 or 201)
            {
                return reply;
            }
            Assert.True(reply.Status == 503 && reply.Code == "try_again" && i < 20, $"{reply.Status} {reply.Text}");
            await Task.Delay(20);
        }
    }

    private static async Task Usage(BillingClient client, DrillBook book, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && await book.Send(client, book.Make("usage", "c", 1)))
        {
        }
    }

    private static async Task Until(Func<bool> reached)
    {
        for (int i = 0; i < 500 && !reached(); i++)
        {
            await Task.Delay(20);
        }
    }

    private static long Events(string file) => Count(file, "SELECT COUNT(*) FROM usage_event");

    private static long Count(string file, string sql)
    {
        using var connection = Storage.DataFile.Locate(file, _ => null).OpenReader();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
