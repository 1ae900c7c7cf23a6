using System.Text.Json;

namespace McpBilling.Server.Tests.Usage;

/// <summary>Usage in the forms of others: CloudEvents 1.0 in JSON, one or many, and a plain list.</summary>
public sealed class CloudEventsTests(LiveServer server) : IClassFixture<LiveServer>, IAsyncLifetime
{
    private const string One = "application/cloudevents+json", Batch = "application/cloudevents-batch+json";
    private readonly BillingClient client = server.Client;

    public async ValueTask InitializeAsync() => await client.Apply(new
    {
        meters = new[] { new { id = "images", event_type = "image.generated", aggregation = "sum" } },
        products = new[] { new { id = "pictures", prices = new object[] { new { id = "picture", meter = "images", asset = "usd", model = "per_unit", unit_price = "0.04" },
            new { id = "large", meter = "images", asset = "usd", model = "per_unit", unit_price = "0.10", where = new { size = new[] { "large" } } } } } },
    });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("ce1", """{"quantity":"3"}""", "0.12")]
    [InlineData("ce2", """{"quantity":2,"properties":{"size":"large"}}""", "0.2")]
    [InlineData("ce3", """{"size":"large"}""", "0.1")]
    [InlineData("ce4", "null", "0.04")]
    public async Task One_CloudEvent_is_one_usage_event(string id, string data, string charged)
    {
        string body = $$"""{"specversion":"1.0","id":"{{id}}","source":"/app","type":"image.generated","subject":"alice","datacontenttype":"application/json","traceparent":"x","data":{{data}}}""";
        var reply = await client.Post("/v1/usage", body, One);
        Assert.True(reply.Status == 200, reply.Text);
        Assert.Equal(id, reply.Json.GetProperty("event_id").GetString());
        Assert.Equal(decimal.Parse(charged), decimal.Parse(reply.Json.GetProperty("charges")[0].GetProperty("amount").GetString()!));
        Assert.True((await client.Post("/v1/usage", body, One + "; charset=utf-8")).Json.GetProperty("replayed").GetBoolean());
    }

    [Fact]
    public async Task Its_time_and_subject_are_kept()
    {
        string now = (await client.Get("/v1/test-clock")).Json.GetProperty("now").GetString()!;
        await client.Post("/v1/usage", $$$$"""{"specversion":"1.0","id":"when","source":"/app","type":"image.generated","subject":"carol","time":"{{{{now}}}}","data":{"feature":"editor","subject":{"end_user":"u1"}}}""", One);
        var kept = (await client.Get("/v1/usage?customer_id=carol")).Json.GetProperty("events")[0];
        Assert.Equal((now, "editor", "u1"), (kept.GetProperty("timestamp").GetString(), kept.GetProperty("feature").GetString(), kept.GetProperty("subject").GetProperty("end_user").GetString()));
    }

    [Theory]
    [InlineData(Batch, """[{"specversion":"1.0","id":"b1","source":"/a","type":"image.generated","subject":"bob"},{"specversion":"1.0","id":"b2","source":"/a","type":"image.generated","subject":"bob","data":{"quantity":"2"}}]""", 2)]
    [InlineData(One, """{"specversion":"1.0","id":"b3","source":"/a","type":"image.generated","subject":"bob"}""", 1)]
    [InlineData("application/json", """ [{"id":"b4","customer_id":"bob","event_type":"image.generated"},{"id":"b5","customer_id":"bob","event_type":"image.generated"}]""", 2)]
    [InlineData("application/json", """{"events":[{"id":"b6","customer_id":"bob","event_type":"image.generated"}]}""", 1)]
    public async Task A_batch_may_come_in_each_form(string contentType, string body, int count)
    {
        var reply = await client.Post("/v1/usage/batch", body, contentType);
        Assert.True(reply.Status == 200, reply.Text);
        Assert.Equal(Enumerable.Repeat("recorded", count), reply.Json.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("status").GetString()));
    }

    [Theory]
    [InlineData("/v1/usage", One, """{"id":"x","source":"/a","type":"t","subject":"bob"}""", "specversion")]
    [InlineData("/v1/usage", One, """{"specversion":"0.3","id":"x","source":"/a","type":"t","subject":"bob"}""", "specversion")]
    [InlineData("/v1/usage", One, """{"specversion":"1.0","source":"/a","type":"t","subject":"bob"}""", "id")]
    [InlineData("/v1/usage", One, """{"specversion":"1.0","id":"x","type":"t","subject":"bob"}""", "source")]
    [InlineData("/v1/usage", One, """{"specversion":"1.0","id":"x","source":"/a","subject":"bob"}""", "type")]
    [InlineData("/v1/usage", One, """{"specversion":"1.0","id":"x","source":"/a","type":"t"}""", "customer_id")]
    [InlineData("/v1/usage", One, """{"specversion":"1.0","id":"x","source":"/a","type":"t","subject":"bob","data":"3"}""", "data")]
    [InlineData("/v1/usage", One, """{"specversion":"1.0","id":"x","source":"/a","type":"t","subject":"bob","data_base64":"MQ=="}""", "data_base64")]
    [InlineData("/v1/usage", One, """{"specversion":"1.0","id":"x","source":"/a","type":"t","subject":"bob","data":{"customer_id":"alice"}}""", "data.customer_id")]
    [InlineData("/v1/usage", One, """{"specversion":"1.0","id":"x","source":"/a","type":"t","subject":"bob","time":"now"}""", "timestamp")]
    [InlineData("/v1/usage", One, """{"specversion":"1.0","id":"x","source":"/a","type":"t","subject":"bob","data":{"size":"a","properties":{"size":"b"}}}""", null)]
    [InlineData("/v1/usage", One, """{"specversion":"1.0","id":"\ud800","source":"/a","type":"t","subject":"bob"}""", null)]
    [InlineData("/v1/usage", One, "[]", null)]
    [InlineData("/v1/usage/batch", Batch, """{"specversion":"1.0"}""", null)]
    [InlineData("/v1/usage/batch", Batch, "[]", "events")]
    [InlineData("/v1/usage/batch", Batch, "[7]", null)]
    [InlineData("/v1/usage/batch", Batch, """[{"specversion":"1.0","id":"x","source":"/a","type":"t","subject":"bob"},{"specversion":"1.0","source":"/a","type":"t"}]""", "[1].id")]
    [InlineData("/v1/usage/batch", "application/json", "[]", "events")]
    [InlineData("/v1/usage/batch", "application/json", """[{"id":"x"}]""", "events[0].customer_id")]
    [InlineData("/v1/usage/batch", "application/json", """[{"id":"x"}""", null)]
    public async Task What_is_wrong_with_it_is_named_and_nothing_is_recorded(string path, string contentType, string body, string? field)
    {
        string before = server.Fingerprint();
        var reply = await client.Post(path, body, contentType);
        Assert.True((reply.Status, reply.Code, reply.Field) == (400, "invalid_request", field), reply.Text);
        Assert.Equal(before, server.Fingerprint());
    }
}
