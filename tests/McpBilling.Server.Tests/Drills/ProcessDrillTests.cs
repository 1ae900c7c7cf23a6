using System.Globalization;
using System.Text.Json;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;
using ModelContextProtocol.Client;

namespace McpBilling.Server.Tests.Drills;

/// <summary>Several processes on one data file: exact whoever writes, also when one of them is frozen in the middle of it.</summary>
public sealed class ProcessDrillTests
{
    [Fact]
    public async Task Two_servers_and_a_coding_tool_on_one_file_lose_and_double_nothing()
    {
        await using var shop = await DrillShop.Open();
        var book = new DrillBook();
        var (_, first) = await shop.Serve();
        var (_, second) = await shop.Serve();
        await DrillShop.Define(first);
        await DrillLoad.Fund(first, book);
        await using var tool = await Stdio(shop);
        int rounds = Drill.Rounds(1, 10), byTool = 0;
        for (int round = 0; round < rounds; round++)
        {
            using var stop = new CancellationTokenSource();
            var load = DrillLoad.Start(24, book, 500 * round, stop.Token, first, second);
            for (int i = 0; i < 40; i++, byTool++)
            {
                // The same grant by the tool and by a server: given once, whoever comes first.
                string key = $"tool-{byTool}";
                await Granted(tool, key);
                await first.Do("/v1/grants", new { customer_id = "tooled", asset = "credits", amount = "1", idempotency_key = key });
            }
            await stop.CancelAsync();
            await Task.WhenAll(load);
            await book.SendAll(round % 2 == 0 ? second : first, book.Unanswered);
            await DrillLoad.MustBalance(first, book, $"round {round}");
            await DrillLoad.MustBalance(second, book, $"round {round}, at the other");
            Assert.Equal(byTool, await DrillShop.Figure(second, "tooled", "balance", "credits"));
        }
        await DrillReport.Close("two-processes", $"two serve and one stdio write one file; {byTool} grants by the tool, each sent to a server too", rounds, shop, book);
    }

    [Fact]
    public async Task A_thousand_parallel_sign_ups_of_one_customer_at_two_servers_grant_once()
    {
        await using var shop = await DrillShop.Open();
        var (_, first) = await shop.Serve();
        var (_, second) = await shop.Serve();
        await first.Apply(JsonElement.Parse("""{"assets":[{"id":"credits","scale":0}],"signup":{"grants":[{"asset":"credits","amount":"25"}]}}"""));
        int rounds = Drill.Rounds(1, 10);
        for (int round = 0; round < rounds; round++)
        {
            string customer = $"new-{round}";
            await Parallel.ForEachAsync(Enumerable.Range(0, 1_000), new ParallelOptions { MaxDegreeOfParallelism = 128 }, async (i, _) =>
            {
                var server = i % 2 == 0 ? first : second;
                for (int tries = 0; ; tries++)
                {
                    var reply = i % 3 == 0
                        ? await server.Post("/v1/customers", new { id = customer })
                        : await server.Post("/v1/usage/authorize", new { customer_id = customer, asset = "credits", amount = "1", idempotency_key = $"{customer}-{i}" });
                    if (reply.Status is 200 or 201)
                    {
                        break;
                    }
                    Assert.True(reply.Status == 503 && tries < 100, reply.Text);
                    await Task.Delay(20, CancellationToken.None);
                }
            });
            Assert.Equal((25m, 0m), (await DrillShop.Figure(first, customer, "balance", "credits"), await DrillShop.Figure(second, customer, "available", "credits")));
        }
        await shop.MustVerify();
        Drill.Note("sign-ups", "1,000 parallel first requests of one customer at two serve: sign-up credit given once, holds never beyond it", rounds, 1_000 * rounds, 0, 0);
    }

    [Fact]
    public async Task A_process_that_is_frozen_for_a_while_holds_up_the_other_no_longer_and_loses_nothing()
    {
        await using var shop = await DrillShop.Open();
        var book = new DrillBook();
        var (frozen, first) = await shop.Serve();
        var (_, second) = await shop.Serve();
        await DrillShop.Define(first);
        await DrillLoad.Fund(first, book);
        int rounds = Drill.Rounds(2, 5), seconds = Drill.Rounds(2, 30);
        for (int round = 0; round < rounds; round++)
        {
            using var stop = new CancellationTokenSource();
            var load = DrillLoad.Start(24, book, 500 * round, stop.Token, first, second);
            await Task.Delay(300 + 70 * round);
            await FaultLibrary.Signal(frozen, "-STOP");
            int before = book.Answered;
            await Task.Delay(TimeSpan.FromSeconds(seconds));
            // Frozen while it held the lock, it holds up the other's writes (503); else they go on. Reads go on either way.
            Assert.Equal(200, (await second.Get("/v1/customers/wide-0/wallet")).Status);
            Assert.True(book.Answered > before || book.PutOff.ContainsKey("try_again") || seconds < 10, "the other neither answered nor put anything off");
            await FaultLibrary.Signal(frozen, "-CONT");
            await Task.Delay(500);
            await stop.CancelAsync();
            await Task.WhenAll(load);
            await book.SendAll(first, book.Unanswered);
            await DrillLoad.MustBalance(first, book, $"round {round}");
            await DrillLoad.MustBalance(second, book, $"round {round}, at the other");
        }
        Assert.All(book.PutOff.Keys, code => Assert.Equal("try_again", code));
        await DrillReport.Close("frozen", string.Create(CultureInfo.InvariantCulture, $"SIGSTOP of one of two serve for {seconds} s under load, then SIGCONT; {book.PutOff.Values.Sum()} answers 503 try_again"), rounds, shop, book);
    }

    private static async Task Granted(McpClient tool, string key)
    {
        for (int i = 0; ; i++)
        {
            var answer = await tool.CallToolAsync("grant_credit", new Dictionary<string, object?> { ["customer_id"] = "tooled", ["asset"] = "credits", ["amount"] = "1", ["idempotency_key"] = key });
            string text = string.Join('\n', answer.Content.OfType<ModelContextProtocol.Protocol.TextContentBlock>().Select(t => t.Text));
            if (answer.IsError != true)
            {
                return;
            }
            Assert.True(text.StartsWith("try_again", StringComparison.Ordinal) && i < 20, text);
        }
    }

    private static Task<McpClient> Stdio(DrillShop shop) => McpClient.CreateAsync(
        new StdioClientTransport(new StdioClientTransportOptions { Command = "dotnet", Arguments = [ProgramProcess.Dll, "stdio", "--data", shop.DataFile, "--no-http"], Name = "tool" }),
        new McpClientOptions { DiscoverProbeTimeout = Timeout.InfiniteTimeSpan, InitializationTimeout = TimeSpan.FromMinutes(3) });
}
