using System.Text;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Tests.Usage;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Integration;

/// <summary>What the doors note of requests that leave no row, seen by what verify_integration then says.</summary>
public sealed class DoorSignalTests : IAsyncLifetime
{
    private readonly LiveServer server = new();

    private BillingClient Client => server.Client;

    public async ValueTask InitializeAsync()
    {
        await server.InitializeAsync();
        await Client.Apply(new
        {
            meters = new object[]
            {
                new { id = "images", event_type = "image.generated", aggregation = "sum" }, new { id = "seconds", event_type = "video.rendered", aggregation = "sum", property = "seconds" },
            },
            products = new[] { new { id = "studio", prices = new[] { new { id = "image", meter = "images", asset = "usd", model = "per_unit", unit_price = "0.04" } } } },
        });
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Theory]
    [InlineData("/v1/usage", """{"customer_id":"c","event_type":"image.generated"}""", "idempotency_ids")]
    [InlineData("/v1/usage/authorize", """{"customer_id":"c","event":{"event_type":"image.generated"}}""", "idempotency_ids")]
    [InlineData("/v1/usage/batch", """{"events":[{"customer_id":"c","event_type":"image.generated"}]}""", "idempotency_ids")]
    [InlineData("/v1/usage", """{"id":"e","customer_id":"c","event_type":"image.generated","quantity":"three"}""", "value_types")]
    [InlineData("/v1/usage/batch", """{"events":[{"id":"e","customer_id":"c","event_type":"video.rendered","properties":{"seconds":"long"}}]}""", "value_types")]
    [InlineData("/v1/usage", """{"id":"e","customer_id":"c","event_type":"video.rendered","properties":{"secs":3}}""", "property_names")]
    [InlineData("/v1/usage", """{"id":"e","customer_id":"c","eventType":"image.generated"}""", "property_names")]
    [InlineData("/v1/usage", """{"id":"e","customer_id":"","event_type":"image.generated"}""", "customer_ids")]
    [InlineData("/v1/usage", """{"id":"e","event_type":"image.generated"}""", "customer_ids")]
    [InlineData("/v1/usage", """{"id":"e","customer_id":"[object Object]","event_type":"image.generated"}""", "customer_ids")]
    [InlineData("/v1/usage", """{"id":"e","customer_id":"c","event_type":"image.generated","hold_id":"nope"}""", "authorized_before_use")]
    [InlineData("/v1/usage", """{"id":"e","customer_id":"c","event_type":"image.generated","timestamp":"2020-01-01T00:00:00Z"}""", "clock")]
    [InlineData("/v1/usage", """{"id":"e","customer_id":"c","event_type":"image.generated","timestamp":"yesterday"}""", "value_types")]
    [InlineData("/v1/usage/none/reverse", """{"customer_id":"c","idempotency_key":"k"}""", "customer_ids")]
    [InlineData("/v1/usage", "{", "other_refusals")]
    public async Task A_refusal_is_explained_by_one_check_and_the_money_is_as_before(string path, string body, string check)
    {
        string before = server.Fingerprint();
        var reply = await Client.Post(path, body);
        Assert.True(reply.Status is >= 400 and < 500 || path.EndsWith("/batch", StringComparison.Ordinal), reply.Text);
        Assert.Equal(before, server.Fingerprint());
        Assert.Equal([check], Failed(await Verify(Client)));
    }

    [Fact]
    public async Task Replays_are_counted_and_a_storm_of_them_is_found()
    {
        var e = new { id = "e", customer_id = "c", event_type = "image.generated" };
        await Client.Do("/v1/usage", e);
        await Client.Do("/v1/usage", e);
        Assert.Equal("pass", Status(await Verify(Client), "retries"));
        await Client.Do("/v1/usage/batch", new { events = Enumerable.Repeat(e, 20) });
        var retries = Finding(await Verify(Client), "retries");
        Assert.Equal("fail", retries.GetProperty("status").GetString());
        Assert.Equal(["e"], retries.GetProperty("evidence").GetProperty("event_ids").EnumerateArray().Select(i => i.GetString()));
    }

    [Fact]
    public async Task A_tool_call_is_noted_like_a_request()
    {
        var options = new HttpClientTransportOptions { Endpoint = new Uri(server.Url, "/mcp"), AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = "Bearer " + server.Key } };
        await using var client = await McpClient.CreateAsync(new HttpClientTransport(options, server.Http, ownsHttpClient: false));
        foreach (string hold in (string[])["""{"hold_id":"undefined","amount":"1","idempotency_key":"k"}""", """{"hold_id":"undefined","amount":"much","idempotency_key":"k"}"""])
        {
            var given = JsonDocument.Parse(hold).RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
            Assert.True((await client.CallToolAsync(new CallToolRequestParams { Name = "capture_hold", Arguments = given })).IsError);
        }
        Assert.Equal(["authorized_before_use", "value_types"], Failed(await Verify(Client)).Order());
    }

    [Fact]
    public async Task Who_has_no_good_key_is_not_noted_and_test_and_live_know_nothing_of_each_other()
    {
        await server.With(null).Post("/v1/usage", "{}");
        await server.With(server.RevokedKey()).Post("/v1/usage", "{}");
        var live = server.With(server.NewKey(Mode.Live));
        await live.Post("/v1/usage", """{"id":"e","customer_id":"c"}""");
        Assert.Empty(Failed(await Verify(Client)));
        Assert.Equal(["property_names"], Failed(await Verify(live)));
    }

    [Theory]
    [InlineData(Mode.Test, "production", "fail")]
    [InlineData(Mode.Test, "development", "pass")]
    [InlineData(Mode.Live, "production", "pass")]
    [InlineData(Mode.Live, "test", "fail")]
    [InlineData(Mode.Test, "moon", "not_seen_yet")]
    public async Task Where_an_app_says_it_runs_is_held_against_its_key(Mode mode, string environment, string status)
    {
        var client = server.With(server.NewKey(mode));
        await client.Send(HttpMethod.Post, "/v1/usage", Encoding.UTF8.GetBytes("""{"id":"e","customer_id":"c","event_type":"image.generated"}"""), r => r.Headers.Add("X-Billing-Environment", environment));
        Assert.Equal(status, Status(await Verify(client), "test_or_live"));
    }

    private static async Task<JsonElement> Verify(BillingClient client) => (await client.Do("/v1/integrations/verify", new { })).Json;

    private static JsonElement Finding(JsonElement answer, string check) => answer.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("check").GetString() == check);

    private static string Status(JsonElement answer, string check) => Finding(answer, check).GetProperty("status").GetString()!;

    private static List<string> Failed(JsonElement answer) =>
        [.. answer.GetProperty("findings").EnumerateArray().Where(f => f.GetProperty("status").GetString() == "fail").Select(f => f.GetProperty("check").GetString()!)];
}
