using System.Diagnostics;
using System.Text.Json;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Integration;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Webhooks;

/// <summary>The program as a process, from usage to a receiver, with signatures that the Standard Webhooks library for Node accepts; also killed in the middle.</summary>
public sealed class StandardWebhooksNodeTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-webhooks-");
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
    private WebhookReceiver receiver = null!;
    private ProgramProcess? process;
    private BillingClient client = null!;
    private string key = "";

    public async ValueTask InitializeAsync()
    {
        receiver = await WebhookReceiver.Start();
        var made = await ProgramProcess.Run(Data, "keys", "create", "--name", "hooks");
        Assert.True(made.ExitCode == 0, made.Error);
        key = made.Out.Trim();
        await Serve();
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (process is not null)
        {
            await process.DisposeAsync();
        }
        await receiver.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Its_signatures_are_accepted_and_nothing_else_is()
    {
        string modules = AppTools.StandardWebhooks;
        var made = (await client.Do("/v1/webhook-endpoints", new { url = receiver.Url + "/hooks", idempotency_key = "k" })).Json;
        string endpoint = made.GetProperty("endpoint").GetProperty("id").GetString()!, first = made.GetProperty("secret").GetString()!;
        await client.Apply(JsonElement.Parse("""{"alerts":{"low_balance":[{"asset":"usd","below":"5"}]}}"""));
        await client.Do("/v1/grants", new { customer_id = "nne", asset = "usd", amount = "10", idempotency_key = "g" });
        await client.Do("/v1/adjustments", new { customer_id = "nne", asset = "usd", amount = "-7", reason = "r", idempotency_key = "a" });
        var low = await Next(1);
        Assert.Equal("balance.low", JsonElement.Parse(low.Body).GetProperty("type").GetString());
        string second = (await client.Do($"/v1/webhook-endpoints/{endpoint}/rotate", new { idempotency_key = "r" })).Json.GetProperty("secret").GetString()!;
        await client.Do($"/v1/webhook-endpoints/{endpoint}/test", new { });
        var overlapping = await Next(2);
        string third = (await client.Do($"/v1/webhook-endpoints/{endpoint}/rotate", new { overlap_hours = 0, idempotency_key = "leaked" })).Json.GetProperty("secret").GetString()!;
        await client.Do($"/v1/webhook-endpoints/{endpoint}/test", new { });
        var alone = await Next(3);
        string[] verdicts = await Verify(
            modules,
            (first, low, null), (second, low, null), (first, low, "{}"), (first, low with { Headers = With(low, "webhook-id", "msg_2") }, null),
            (first, low with { Headers = With(low, "webhook-timestamp", "1700000000") }, null),
            (first, overlapping, null), (second, overlapping, null), (third, alone, null), (second, alone, null), (first, alone, null));
        const string no = "No matching signature found", old = "Message timestamp too old";
        Assert.Equal(["ok", no, no, no, old, "ok", "ok", "ok", no, no], verdicts);
        Assert.DoesNotContain("whsec_", process!.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_while_a_receiver_is_slow_nothing_is_lost()
    {
        var made = (await client.Do("/v1/webhook-endpoints", new { url = receiver.Url + "/hooks", idempotency_key = "k" })).Json;
        string endpoint = made.GetProperty("endpoint").GetProperty("id").GetString()!;
        receiver.Hold();
        var sent = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            sent.Add((await client.Do($"/v1/webhook-endpoints/{endpoint}/test", new { })).Json.GetProperty("delivery").GetProperty("message_id").GetString()!);
        }
        Assert.Equal(sent[0], (await Next(1)).Id);
        await process!.DisposeAsync();
        receiver.AnswerWith(200);
        await Serve();
        // The claim of the killed one runs out within twenty seconds.
        await Next(4);
        Assert.Equal([sent[0], .. sent], receiver.Received.Select(r => r.Id));
        foreach (var delivery in (await Delivered(3)).EnumerateArray())
        {
            Assert.Equal(("delivered", 1), (delivery.GetProperty("status").GetString(), delivery.GetProperty("attempts").GetInt32()));
        }
    }

    private string Data => Path.Combine(folder.FullName, "billing.db");

    private async Task Serve()
    {
        process = await ProgramProcess.Serve(Data, "http://127.0.0.1:0", "--webhooks-to-loopback");
        client = new BillingClient(http, new Uri(process.Url), key);
    }

    private async Task<ReceivedMessage> Next(int number)
    {
        var patience = Stopwatch.StartNew();
        while (receiver.Received.Count < number)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60), $"{receiver.Received.Count} of {number} messages came; the program said: {process!.Said}");
            await Task.Delay(20);
        }
        return receiver.Received.ElementAt(number - 1);
    }

    private async Task<JsonElement> Delivered(int count)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var deliveries = (await client.Get("/v1/webhook-deliveries")).Json.GetProperty("deliveries");
            if (deliveries.EnumerateArray().Count(d => d.GetProperty("status").GetString() == "delivered") == count)
            {
                return deliveries;
            }
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(30), deliveries.ToString());
            await Task.Delay(50);
        }
    }

    private static Dictionary<string, string> With(ReceivedMessage message, string header, string value) => new(message.Headers) { [header] = value };

    private static async Task<string[]> Verify(string modules, params (string Secret, ReceivedMessage Message, string? Body)[] cases)
    {
        string script = Path.Combine(Needs.RepositoryFolder, "tests", "McpBilling.Server.Tests", "Webhooks", "verify.mjs");
        var start = new ProcessStartInfo(AppTools.Node, [script, modules]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var node = Process.Start(start)!;
        foreach (var (secret, message, body) in cases)
        {
            await node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { secret, headers = message.Headers, body = body ?? message.Body }));
        }
        node.StandardInput.Close();
        string said = await node.StandardOutput.ReadToEndAsync(), errors = await node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, errors);
        return said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
