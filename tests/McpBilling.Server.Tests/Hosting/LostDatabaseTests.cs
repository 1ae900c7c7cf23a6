using System.Diagnostics;
using McpBilling.Server.Tests.Drills;

namespace McpBilling.Server.Tests.Hosting;

/// <summary>A server whose database goes away and comes back, as while a standby takes over.</summary>
public sealed class LostDatabaseTests
{
    [Fact]
    public async Task Every_request_is_put_off_until_the_database_is_back_and_none_is_a_mistake_of_ours()
    {
        var postgres = PostgresServer.Running;
        string address = postgres.NewDatabase(), name = PostgresServer.NameOf(address);
        await using var shop = await DrillShop.Open(address);
        var (process, client) = await shop.Serve();
        await DrillShop.Define(client);
        await client.Do("/v1/grants", new { customer_id = "anna", asset = "credits", amount = "10", idempotency_key = "before" });

        postgres.Shut(name);
        // Longer than what is known of keys may be gone by.
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(4); await Task.Delay(100, TestContext.Current.CancellationToken))
        {
            var replies = await Task.WhenAll(
                client.Get("/v1/customers/anna/wallet"),
                client.Post("/v1/usage", new { id = "while", customer_id = "anna", event_type = DrillShop.EventType, quantity = "1" }),
                client.Post("/v1/usage/authorize", new { customer_id = "anna", asset = "credits", amount = "1", idempotency_key = "while" }));
            Assert.All(replies, reply => Assert.True(reply is { Status: 503, Code: "try_again" } && reply.Headers.ContainsKey("Retry-After") && reply.Json.GetProperty("retryable").GetBoolean(), reply.Text));
        }

        postgres.Open(name);
        await client.Do("/v1/usage", new { id = "while", customer_id = "anna", event_type = DrillShop.EventType, quantity = "1" });
        Assert.Equal(9, await DrillShop.Figure(client, "anna", "available", "credits"));
        Assert.DoesNotContain("failed: operation", process.Said, StringComparison.Ordinal);
    }
}
