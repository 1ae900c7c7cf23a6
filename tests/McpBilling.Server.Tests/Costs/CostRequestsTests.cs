using System.Text;
using System.Text.Json.Nodes;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Costs;

/// <summary>What is refused at the door of costs, and what never gets past it.</summary>
public sealed class CostRequestsTests : IAsyncLifetime
{
    private const string Secret = "sk-ant-leaked-0123456789";
    private const string Prompt = "the-customers-own-words";
    private LiveServer server = null!;

    public async ValueTask InitializeAsync() => server = await LiveServer.Start();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Theory]
    [InlineData("negative tokens", """{"model":"gpt-4o","usage":{"prompt_tokens":-1,"completion_tokens":1}}""", "response.usage.prompt_tokens")]
    [InlineData("fractional tokens", """{"model":"gpt-4o","usage":{"prompt_tokens":1.5,"completion_tokens":1}}""", "response.usage.prompt_tokens")]
    [InlineData("words for tokens", """{"model":"gpt-4o","usage":{"prompt_tokens":"many","completion_tokens":1}}""", "response.usage.prompt_tokens")]
    [InlineData("more cached than input", """{"model":"gpt-4o","usage":{"prompt_tokens":5,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":6}}}""", "response.usage.prompt_tokens_details.cached_tokens")]
    public async Task A_figure_that_cannot_be_is_named_and_books_nothing(string what, string response, string field)
    {
        var refused = await server.Client.Post("/v1/costs/llm", Call(response));
        Assert.True((400, "invalid_request", field) == (refused.Status, refused.Code, refused.Field), $"{what}: {refused.Text}");
        Assert.Equal(0, (await server.Client.Get("/v1/costs")).Json.GetProperty("costs").GetArrayLength());
    }

    [Theory]
    [InlineData("an API that nobody reads", """{"customer_id":"c","provider":"openai","api":"openai.chats","requested_at":"2026-11-01T00:00:00Z","response":{}}""", "api")]
    [InlineData("neither response nor usage", """{"customer_id":"c","provider":"openai","api":"openai.chat","requested_at":"2026-11-01T00:00:00Z"}""", "response")]
    [InlineData("both", """{"customer_id":"c","provider":"openai","api":"openai.chat","requested_at":"2026-11-01T00:00:00Z","response":{},"usage":{}}""", "usage")]
    [InlineData("no customer", """{"provider":"openai","api":"openai.chat","requested_at":"2026-11-01T00:00:00Z","response":{}}""", "customer_id")]
    [InlineData("no time", """{"customer_id":"c","provider":"openai","api":"openai.chat","response":{}}""", "requested_at")]
    [InlineData("no model", """{"customer_id":"c","provider":"aws","api":"bedrock.converse","requested_at":"2026-11-01T00:00:00Z","response":{"usage":{"inputTokens":1,"outputTokens":1}}}""", "model")]
    [InlineData("text for a response", """{"customer_id":"c","provider":"openai","api":"openai.chat","requested_at":"2026-11-01T00:00:00Z","response":"hi"}""", "response")]
    public async Task What_is_missing_or_wrong_is_named(string what, string body, string field)
    {
        var refused = await server.Client.Post("/v1/costs/llm", body);
        Assert.True((400, field) == (refused.Status, refused.Field), $"{what}: {refused.Text}");
    }

    [Fact]
    public async Task A_mistyped_api_is_told_the_right_name()
    {
        var refused = await server.Client.Post("/v1/costs/llm", Call("{}", api: "openai.chta"));
        Assert.Contains("openai.chat", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_provider_is_kept_without_a_price_and_never_as_zero()
    {
        var booked = (await server.Client.Do("/v1/costs/llm", Call("""{"id":"r1","model":"m","usage":{"prompt_tokens":5,"completion_tokens":1}}""", provider: "nobody"))).Json;
        Assert.Equal(("unpriced", System.Text.Json.JsonValueKind.Null), (booked.GetProperty("status").GetString(), booked.GetProperty("cost").ValueKind));
        Assert.NotEqual("", booked.GetProperty("reason").GetString());
        Assert.Equal(1, (await server.Client.Get("/v1/costs?unpriced=true")).Json.GetProperty("total_unpriced").GetInt64());
    }

    [Fact]
    public async Task A_body_of_five_megabytes_is_refused_and_told_what_to_send()
    {
        var refused = await server.Client.Post("/v1/costs/llm", Call("""{"id":"r","model":"gpt-4o","usage":{"prompt_tokens":5,"completion_tokens":1},"choices":[{"text":" """ + new string('x', 5_000_000) + "\"}]}"));
        Assert.Equal((413, "too_large"), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task Nothing_of_a_response_is_kept_but_its_figures()
    {
        var response = $$$"""
            {"id":"r1","object":"chat.completion","model":"gpt-4o","api_key":"{{{Secret}}}","system_fingerprint":"{{{Secret}}}",
             "choices":[{"message":{"role":"assistant","content":"{{{Prompt}}}","reasoning":"{{{Prompt}}}"},"finish_reason":"{{{Prompt}}}"}],
             "usage":{"prompt_tokens":5,"completion_tokens":1,"note":"{{{Prompt}}}","prompt_tokens_details":{"cached_tokens":0,"{{{Secret}}}":0} } }
            """;
        await server.Client.Do("/v1/costs/llm", Call(response));
        await server.Client.Do("/v1/costs/llm/batch", new JsonObject { ["costs"] = new JsonArray(JsonNode.Parse(Call(response.Replace("r1", "r2", StringComparison.Ordinal)))) }.ToJsonString());
        await server.Client.Do("/v1/usage", """{"id":"e1","customer_id":"c","event_type":"x","cost":{"provider":"openai","api":"openai.chat","requested_at":"2026-11-01T00:00:00Z","response":""" + response.Replace("r1", "r3", StringComparison.Ordinal) + "}}");
        foreach (byte[] bytes in server.DatabaseFiles().Select(File.ReadAllBytes))
        {
            Assert.Equal((-1, -1), (bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)), bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Prompt))));
        }
        Assert.DoesNotContain(server.Logs.Lines, l => l.Contains(Secret, StringComparison.Ordinal) || l.Contains(Prompt, StringComparison.Ordinal));
        Assert.Equal(3, (await server.Client.Get("/v1/costs")).Json.GetProperty("costs").GetArrayLength());
    }

    [Fact]
    public async Task A_cost_told_with_its_usage_is_booked_once_and_linked()
    {
        await server.Client.Apply(new { meters = new[] { new { id = "x", event_type = "x", aggregation = "sum" } } });
        const string Event = """{"id":"e1","customer_id":"c","event_type":"x","feature":"chat","cost":{"provider":"openai","api":"openai.chat","requested_at":"2026-11-01T00:00:00Z","response":{"id":"r1","model":"gpt-4o","usage":{"prompt_tokens":1000,"completion_tokens":500}}}}""";
        var first = (await server.Client.Do("/v1/usage", Event)).Json;
        var again = (await server.Client.Do("/v1/usage", Event)).Json;
        Assert.Equal("0.0075", first.GetProperty("cost").GetProperty("cost").GetProperty("amount").GetString());
        Assert.Equal(first.GetProperty("cost").ToString(), again.GetProperty("cost").ToString());
        Assert.True(again.GetProperty("replayed").GetBoolean());
        var changed = await server.Client.Post("/v1/usage", Event.Replace("500", "501", StringComparison.Ordinal));
        Assert.Equal((409, "idempotency_conflict"), (changed.Status, changed.Code));
        // The same response told alone is the same cost.
        Assert.True((await server.Client.Do("/v1/costs/llm", Call("""{"id":"r1","model":"gpt-4o","usage":{"prompt_tokens":1000,"completion_tokens":500}}"""))).Json.GetProperty("replayed").GetBoolean());
        var story = await server.Client.Get("/v1/explanations?customer_id=c&event_id=e1");
        Assert.Contains("0.0075", story.Text, StringComparison.Ordinal);
        Assert.Empty((await server.Verify()).Differences);
    }

    [Fact]
    public async Task In_a_batch_what_is_wrong_is_named_at_its_place_and_the_rest_is_booked()
    {
        var costs = new JsonArray(
            JsonNode.Parse(Call("""{"id":"r1","model":"gpt-4o","usage":{"prompt_tokens":5,"completion_tokens":1}}""")),
            JsonNode.Parse(Call("""{"id":"r2","model":"gpt-4o","usage":{"prompt_tokens":-5,"completion_tokens":1}}""")),
            JsonNode.Parse(Call("""{"id":"r1","model":"gpt-4o","usage":{"prompt_tokens":5,"completion_tokens":1}}""")));
        var results = (await server.Client.Do("/v1/costs/llm/batch", new JsonObject { ["costs"] = costs }.ToJsonString())).Json.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(["recorded", "failed", "replayed"], results.Select(r => r.GetProperty("status").GetString()));
        Assert.Equal("response.usage.prompt_tokens", results[1].GetProperty("problem").GetProperty("field").GetString());
    }

    [Theory]
    [InlineData("attribute", "0", "0")]
    [InlineData("write_off", "0.0075", "0")]
    [InlineData("socialize", "0", "0.0075")]
    public async Task What_a_failed_call_cost_is_borne_as_the_workspace_says(string policy, string writtenOff, string socialized)
    {
        await server.Client.Apply(new { costs = new { failed_calls = policy } });
        var call = JsonNode.Parse(Call("""{"id":"r1","model":"gpt-4o","usage":{"prompt_tokens":1000,"completion_tokens":500}}"""))!;
        call["outcome"] = "failed";
        await server.Client.Do("/v1/costs/llm", call.ToJsonString());
        var margins = (await server.Client.Get("/v1/margins?from=2026-11-01&to=2026-11-02")).Json;
        Assert.Equal(("0.0075", writtenOff, socialized), (Cost("totals"), Cost("written_off"), Cost("socialized")));
        string? Cost(string part) => margins.GetProperty(part).GetProperty("cost").GetString();
        Assert.Empty((await server.Verify()).Differences);
    }

    private static string Call(string response, string api = "openai.chat", string provider = "openai") =>
        $$"""{"customer_id":"c","provider":"{{provider}}","api":"{{api}}","requested_at":"2026-11-01T00:00:00Z","response":""" + response + "}";
}
