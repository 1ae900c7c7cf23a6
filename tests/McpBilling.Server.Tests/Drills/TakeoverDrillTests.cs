using System.Globalization;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;
using McpBilling.Server.Tests.Webhooks;
using McpBilling.Storage;

namespace McpBilling.Server.Tests.Drills;

/// <summary>Two programs on one file: one of them does what comes round, and when it is killed the other goes on.</summary>
public sealed class TakeoverDrillTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Webhooks_are_sent_by_one_process_and_after_a_kill_by_the_other()
    {
        await using var shop = await DrillShop.Open();
        await using var receiver = await WebhookReceiver.Start();
        string[] options = ["--webhooks-to-loopback", "--log-level", "information"];
        await using var first = await ProgramProcess.Serve(shop.DataFile, options: options);
        string holder = await Holder(shop, "webhooks");
        Assert.Contains($":{first.Id.ToString(CultureInfo.InvariantCulture)}:", holder, StringComparison.Ordinal);
        await using var second = await ProgramProcess.Serve(shop.DataFile, options: options);
        using var http = new HttpClient();
        var client = new BillingClient(http, new Uri(second.Url), shop.Key);
        string endpoint = (await client.Do("/v1/webhook-endpoints", new { url = receiver.Url + "/", idempotency_key = "e" })).Json.GetProperty("endpoint").GetProperty("id").GetString()!;
        for (int i = 1; i <= 3; i++)
        {
            await client.Do($"/v1/webhook-endpoints/{endpoint}/test", new { });
            await Until(() => receiver.Received.Count == i);
        }
        Assert.Equal(holder, await Holder(shop, "webhooks"));
        Assert.DoesNotContain("The round webhooks is done by this process", second.Said, StringComparison.Ordinal);

        // At once, as a crash: nothing is given back.
        await first.DisposeAsync();
        await client.Do($"/v1/webhook-endpoints/{endpoint}/test", new { });
        await Until(() => receiver.Received.Select(r => r.Id).Distinct().Count() == 4);
        string next = await Holder(shop, "webhooks");
        Assert.Contains($":{second.Id.ToString(CultureInfo.InvariantCulture)}:", next, StringComparison.Ordinal);
        Assert.Contains("The round webhooks is done by this process", second.Said, StringComparison.Ordinal);
        Assert.Equal(0, await second.Stop(TimeSpan.FromSeconds(10)));
        Assert.Equal(0, Number(shop, "SELECT COUNT(*) FROM lease WHERE owner = $0", next));
        await shop.MustVerify();
    }

    private static async Task<string> Holder(DrillShop shop, string name)
    {
        string? owner = null;
        await Until(() => (owner = Text(shop, "SELECT owner FROM lease WHERE workspace_id = 0 AND name = $0", name)) is not null);
        return owner!;
    }

    private static string? Text(DrillShop shop, string sql, string value)
    {
        using var connection = DataFile.Locate(shop.DataFile, _ => null).OpenReader();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$0", value);
        return command.ExecuteScalar() as string;
    }

    private static long Number(DrillShop shop, string sql, string value)
    {
        using var connection = DataFile.Locate(shop.DataFile, _ => null).OpenReader();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$0", value);
        return (long)command.ExecuteScalar()!;
    }

    // A row or a message is the signal; the patience is for a machine that does other things.
    private static async Task Until(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!holds())
        {
            await Task.Delay(50, limit.Token);
        }
    }
}
