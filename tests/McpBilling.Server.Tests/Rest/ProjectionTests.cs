using System.Net;

namespace McpBilling.Server.Tests.Rest;

public sealed class ProjectionTests(PaintShop shop) : IClassFixture<PaintShop>
{
    [Theory]
    [InlineData("""{"litres":3,"idempotency_key":"k"}""", """{"pot_id":"red","litres":3,"key":"k"}""")]
    [InlineData(""" { "litres" : 3 , "strength" : 0.10 , "idempotency_key" : "k" } """, """{"pot_id":"red","litres":3,"strength":"0.1","key":"k"}""")]
    [InlineData("""{"pot_id":"red","litres":3,"idempotency_key":"k"}""", """{"pot_id":"red","litres":3,"key":"k"}""")]
    [InlineData("""{"litres":3,"properties":{"a":1,"b":"ü"},"idempotency_key":"k\u00fc"}""", """{"pot_id":"red","litres":3,"key":"kü"}""")]
    [InlineData("""{"litres":99,"idempotency_key":"k"}""", """{"stored":true}""")]
    public async Task A_body_is_read_with_what_the_address_says(string body, string expected)
    {
        var answer = await shop.Post("/v1/pots/red/mix", body);
        Assert.Equal((HttpStatusCode.OK, expected), (answer.Status, answer.Text));
        Assert.Equal("application/json", answer.Headers["Content-Type"]);
    }

    [Fact]
    public async Task A_first_creation_is_201()
    {
        Assert.Equal(HttpStatusCode.Created, (await shop.Post("/v1/pots/red/mix", """{"litres":1,"idempotency_key":"k"}""")).Status);
    }

    [Theory]
    [InlineData("""{"litres":3}""", "header", 200)]
    [InlineData("""{"litres":3,"idempotency_key":"header"}""", "header", 200)]
    [InlineData("""{"litres":3,"idempotency_key":"other"}""", "header", 400)]
    [InlineData("""{"litres":3,"idempotency_key":5}""", "header", 400)]
    public async Task The_header_stands_in_for_the_field(string body, string header, int status)
    {
        var answer = await shop.Post("/v1/pots/red/mix", body, r => r.Headers.Add("Idempotency-Key", header));
        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(status == 200 ? "header" : "idempotency_key", status == 200 ? answer.Json.GetProperty("key").GetString() : answer.Field);
    }

    [Fact]
    public async Task A_body_may_be_empty_when_nothing_is_missing_then()
    {
        var answer = await shop.Send("POST", "/v1/stir", []);
        Assert.Equal((HttpStatusCode.BadRequest, "pot_id"), (answer.Status, answer.Field));
    }

    [Theory]
    [InlineData("/v1/pots/red", """{"pot_id":"red","litres":7}""")]
    [InlineData("/v1/pots/red?limit=5&newest=true", """{"pot_id":"red","litres":5,"key":"newest"}""")]
    [InlineData("/v1/pots/r%C3%B6t", """{"pot_id":"röt","litres":7}""")]
    public async Task A_read_takes_its_input_from_the_address(string path, string expected)
    {
        Assert.Equal(expected, (await shop.Send("GET", path)).Text);
    }

    [Fact]
    public async Task Large_bodies_up_to_the_limit_are_read_whole()
    {
        string padding = new(' ', 1024 * 1024 - 100);
        Assert.Equal(HttpStatusCode.OK, (await shop.Post("/v1/pots/red/mix", "{" + padding + "\"litres\":3,\"idempotency_key\":\"k\"}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await shop.Post("/v1/pots/red/mix", padding + "{\"litres\":3,\"idempotency_key\":\"k\"}")).Status);
    }

    [Fact]
    public async Task Requests_at_the_same_moment_do_not_mix()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(async i =>
        {
            string key = $"key-{i}-{new string('x', i % 97)}";
            var answer = await shop.Post($"/v1/pots/p{i}/mix", $$"""{"litres":{{i % 12 + 1}},"idempotency_key":"{{key}}"}""");
            return (Expected: ($"p{i}", i % 12 + 1, key), Got: (answer.Json.GetProperty("pot_id").GetString(), answer.Json.GetProperty("litres").GetInt32(), answer.Json.GetProperty("key").GetString()));
        }));
        Assert.All(answers, a => Assert.Equal(a.Expected, a.Got));
    }

    [Fact]
    public async Task A_refusal_is_a_problem_with_everything_a_caller_needs()
    {
        var answer = await shop.Post("/v1/pots/red/mix", """{"litres":13,"idempotency_key":"k"}""", r => r.Headers.Add("X-Request-Id", "mine-1"));
        Assert.Equal(
            """{"type":"urn:mcp-billing:insufficient_balance","title":"The balance does not cover this","status":422,"code":"insufficient_balance","detail":"Not enough paint.","field":"litres","hint":"Give credit with grant_credit, or let the customer top up; on_insufficient: debt records usage that has already happened.","retryable":false,"request_id":"mine-1"}""",
            answer.Text);
        Assert.Equal("application/problem+json", answer.Headers["Content-Type"]);
        Assert.Equal("mine-1", answer.Headers["X-Request-Id"]);
        Assert.DoesNotContain("Retry-After", answer.Headers.Keys);
    }

    [Fact]
    public async Task A_busy_store_says_when_to_come_back()
    {
        var answer = await shop.Post("/v1/pots/red/mix", """{"litres":50,"idempotency_key":"k"}""");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "try_again", "1"), (answer.Status, answer.Code, answer.Headers["Retry-After"]));
        Assert.True(answer.Json.GetProperty("retryable").GetBoolean());
    }

    [Fact]
    public async Task A_mistake_of_ours_is_logged_under_the_request_id_and_told_without_details()
    {
        var answer = await shop.Post("/v1/pots/red/mix", """{"litres":42,"idempotency_key":"k"}""");
        Assert.Equal((HttpStatusCode.InternalServerError, "internal_error"), (answer.Status, answer.Code));
        Assert.DoesNotContain("secret", answer.Text, StringComparison.Ordinal);
        string id = answer.Headers["X-Request-Id"];
        Assert.Contains(shop.Logs.Lines, line => line.Contains(id, StringComparison.Ordinal) && line.Contains("a secret in an exception", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("fine-Id_1.2:3", true)]
    [InlineData("has space", false)]
    [InlineData("quote\"d", false)]
    public async Task A_request_id_is_echoed_when_it_is_fit_to_be_logged(string id, bool echoed)
    {
        var answer = await shop.Send("GET", "/v1/pots/red", change: r => r.Headers.TryAddWithoutValidation("X-Request-Id", id));
        Assert.Equal(echoed, answer.Headers["X-Request-Id"] == id);
        Assert.NotEmpty(answer.Headers["X-Request-Id"]);
    }

    [Fact]
    public async Task Health_needs_no_key_and_readiness_is_the_engines()
    {
        static void noKey(HttpRequestMessage r) => r.Headers.Authorization = null;
        Assert.Equal(HttpStatusCode.OK, (await shop.Send("GET", "/healthz", change: noKey)).Status);
        Assert.Equal(HttpStatusCode.OK, (await shop.Send("GET", "/readyz", change: noKey)).Status);
        shop.Engine.Ready = false;
        shop.Engine.Reason = "The disk is full.";
        var answer = await shop.Send("GET", "/readyz", change: noKey);
        shop.Engine.Ready = true;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "The disk is full."), (answer.Status, answer.Json.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task OpenApi_describes_every_route_without_a_key()
    {
        var document = (await shop.Send("GET", "/openapi/v1.json", change: r => r.Headers.Authorization = null)).Json;
        Assert.Equal("3.1.1", document.GetProperty("openapi").GetString());
        var mix = document.GetProperty("paths").GetProperty("/v1/pots/{pot_id}/mix").GetProperty("post");
        Assert.Equal("mix_paint", mix.GetProperty("operationId").GetString());
        Assert.Equal(["path", "header"], mix.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("in").GetString()));
        var body = mix.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema");
        Assert.False(body.GetProperty("properties").TryGetProperty("pot_id", out _));
        Assert.Equal(["litres"], body.GetProperty("required").EnumerateArray().Select(p => p.GetString()));
        Assert.True(mix.GetProperty("responses").TryGetProperty("201", out _));
        var list = document.GetProperty("paths").GetProperty("/v1/pots/{pot_id}").GetProperty("get");
        Assert.Equal(["pot_id", "limit", "newest"], list.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString()));
    }
}
