using System.Text.Json;
using McpBilling.Costs;
using McpBilling.Costs.UsageReaders;
using McpBilling.Operations;

namespace McpBilling.Tests.Costs;

public class UsageReaderTests
{
    public static TheoryData<string, string, string> All => Responses.All;

    [Theory]
    [MemberData(nameof(All))]
    public void A_response_is_read_by_disjoint_kinds(string api, string response, string kinds)
    {
        var reading = Responses.Read(api, response);
        Assert.Equal(kinds, CostCases.Shown([reading]));
        Assert.Equal(ReadingState.Complete, reading.State);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Nothing_of_a_prompt_or_an_answer_is_in_a_reading(string api, string response, string kinds)
    {
        string kept = JsonSerializer.Serialize(Responses.Read(api, response));
        Assert.DoesNotContain(Responses.Secret, kept, StringComparison.Ordinal);
        Assert.NotEmpty(kinds);
    }

    [Fact]
    public void Every_API_has_an_example_here()
    {
        string[] others = ["openai.audio.transcriptions", "gemini.streamGenerateContent"];
        string[] read = [.. AllUsageReaders.Apis.Where(api => !api.EndsWith(".stream", StringComparison.Ordinal)).Except(others)];
        Assert.Equal(read, Responses.All.Select(r => r.Data.Item1).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_API_of_the_contract_can_be_read()
    {
        string contract = File.ReadAllText(Needs.Shared("design/contract.md")).ReplaceLineEndings(" ");
        int at = contract.IndexOf("`api` takes the names", StringComparison.Ordinal);
        string[] named = [.. contract[at..contract.IndexOf('…', at)].Split('(')[1].Split(',').Select(name => name.Trim()).Select(name => name.Split(' ')[0])];
        Assert.True(named.Length >= 23, string.Join(' ', named));
        Assert.All(named, api => Assert.Contains(api, AllUsageReaders.Find(api).Apis));
    }

    [Fact]
    public void An_unknown_API_is_refused_with_the_nearest_name()
    {
        var refused = Assert.Throws<BillingException>(() => AllUsageReaders.Find("openai.chats"));
        Assert.Equal("api", refused.Field);
        Assert.Contains("Did you mean \"openai.chat\"?", refused.Detail, StringComparison.Ordinal);
        Assert.Contains("attempt", Assert.Throws<BillingException>(() => AllUsageReaders.Find("sequence")).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai.chat", """{"id":"c1","model":"gpt-4o"}""")]
    [InlineData("openai.chat", """{"id":"c1","model":"gpt-4o","usage":null}""")]
    [InlineData("openai.chat", """{"usage":{}}""")]
    [InlineData("openai.responses", """{"id":"r1","status":"in_progress","usage":null}""")]
    [InlineData("anthropic.messages", """{"type":"error","error":{"type":"overloaded_error"}}""")]
    [InlineData("anthropic.batch_line", """{"custom_id":"a","result":{"type":"expired"}}""")]
    [InlineData("gemini.generateContent", """{"modelVersion":"gemini-3.6-flash"}""")]
    [InlineData("cohere.chat", """{"usage":{"tokens":{"input_tokens":5}}}""")]
    [InlineData("openai.chat.stream", """[{"id":"c1","choices":[{"delta":{}}]}]""")]
    [InlineData("anthropic.messages.stream", "[]")]
    [InlineData("otel.span", """{"attributes":{"gen_ai.operation.name":"invoke_agent","gen_ai.usage.input_tokens":5,"gen_ai.usage.output_tokens":5}}""")]
    public void No_usage_is_not_zero(string api, string response)
    {
        var reading = Responses.Read(api, response);
        Assert.Equal(ReadingState.NoUsage, reading.State);
        Assert.Empty(reading.Uses);
        Assert.NotEmpty(reading.Reason!);
    }

    [Theory]
    [InlineData("openai.chat", """{"usage":{"prompt_tokens":0,"completion_tokens":0}}""")]
    [InlineData("anthropic.messages", """{"usage":{"input_tokens":0,"output_tokens":0}}""")]
    [InlineData("gemini.generateContent", """{"usageMetadata":{}}""")]
    [InlineData("voyage.embeddings", """{"usage":{"total_tokens":0}}""")]
    public void An_explicit_zero_is_known(string api, string response)
    {
        var reading = Responses.Read(api, response);
        Assert.Equal(ReadingState.Complete, reading.State);
        Assert.Empty(reading.Uses);
    }

    [Theory]
    [InlineData("openai.chat", """{"usage":{"completion_tokens":5}}""", "prompt_tokens")]
    [InlineData("openai.responses", """{"usage":{"input_tokens":5}}""", "output_tokens")]
    [InlineData("anthropic.messages", """{"usage":{"output_tokens":5}}""", "input_tokens")]
    [InlineData("bedrock.converse", """{"usage":{"inputTokens":5}}""", "outputTokens")]
    [InlineData("ai-sdk.usage", """{"usage":{"inputTokens":5}}""", "outputTokens")]
    [InlineData("otel.span", """{"attributes":{"gen_ai.usage.input_tokens":5}}""", "gen_ai.usage.output_tokens")]
    [InlineData("cohere.embed", """{"meta":{"billed_units":{"images":2}}}""", "images")]
    public void A_count_that_is_missing_makes_a_lower_bound(string api, string response, string missing)
    {
        var reading = Responses.Read(api, response);
        Assert.Contains(missing, reading.Reason!, StringComparison.Ordinal);
        Assert.Equal(api == "cohere.embed" ? ReadingState.NoUsage : ReadingState.Partial, reading.State);
    }

    [Fact]
    public void The_served_tier_goes_before_what_was_told()
    {
        var told = new PriceContext { ServiceTier = "priority", RequestedServiceTier = "priority" };
        var served = AllUsageReaders.Find("openai.chat").Read(JsonElement.Parse("""{"service_tier":"default","usage":{"prompt_tokens":1,"completion_tokens":1}}"""), told);
        Assert.Equal(("default", "priority"), (served.Context.ServiceTier, served.Context.RequestedServiceTier));
        var silent = AllUsageReaders.Find("openai.chat").Read(JsonElement.Parse("""{"service_tier":"auto","usage":{"prompt_tokens":1,"completion_tokens":1}}"""), told);
        Assert.Equal("priority", silent.Context.ServiceTier);
    }

    [Theory]
    [InlineData("openai.batch_line", """{"service_tier":"default","usage":{"prompt_tokens":1,"completion_tokens":1}}""")]
    [InlineData("openai.batch_job", """{"usage":{"input_tokens":1,"output_tokens":1}}""")]
    [InlineData("anthropic.messages", """{"usage":{"input_tokens":1,"output_tokens":1,"service_tier":"batch"}}""")]
    [InlineData("groq.batch_line", """{"usage":{"prompt_tokens":1,"completion_tokens":1},"service_tier":"batch"}""")]
    [InlineData("gemini.batch_line", """{"usageMetadata":{"promptTokenCount":1}}""")]
    public void A_batch_is_known_as_one(string api, string response)
    {
        var context = Responses.Read(api, response).Context;
        Assert.True(context.Batch);
        Assert.NotEqual("batch", context.ServiceTier);
    }

    [Fact]
    public void Anthropics_place_and_speed_are_the_responses()
    {
        var context = Responses.Read("anthropic.messages", """{"usage":{"input_tokens":1,"output_tokens":1,"inference_geo":"us","speed":"fast"}}""").Context;
        Assert.Equal(("us", "fast"), (context.InferenceGeo, context.Speed));
        Assert.Null(Responses.Read("anthropic.messages", """{"usage":{"input_tokens":1,"output_tokens":1,"inference_geo":"not_available"}}""").Context.InferenceGeo);
    }

    [Fact]
    public void A_batch_jobs_total_crosses_no_threshold_of_context_length()
    {
        Assert.Equal(0, Responses.Read("openai.batch_job", """{"usage":{"input_tokens":9000000,"output_tokens":1}}""").ContextTokens);
    }

    [Fact]
    public void An_iteration_has_a_context_of_its_own()
    {
        var reading = Responses.Read("anthropic.messages", """
            {"model":"claude-sonnet-5","usage":{"input_tokens":250,"output_tokens":3,"iterations":[
              {"type":"message","input_tokens":150,"output_tokens":1},{"type":"advisor_message","model":"claude-opus-5","input_tokens":900,"output_tokens":1},
              {"type":"message","input_tokens":100,"output_tokens":2}]}}
            """);
        Assert.Equal((150m, 900m), (reading.ContextTokens, reading.ContextTokensOf(1)));
        Assert.Equal("input 250, input 900 of claude-opus-5, output 1 of claude-opus-5, output 3", CostCases.Shown([reading]));
    }

    [Fact]
    public void An_iteration_of_an_unknown_type_is_beside_the_usage_unless_the_sum_holds_it()
    {
        string Response(int input) => $$$$"""{"usage":{"input_tokens":{{{{input}}}},"output_tokens":0,"iterations":[{"type":"message","input_tokens":10,"output_tokens":0},{"type":"new_kind","input_tokens":7,"output_tokens":0}]}}""";
        Assert.Equal("input 17", CostCases.Shown([Responses.Read("anthropic.messages", Response(17))]));
        var beside = Responses.Read("anthropic.messages", Response(10));
        Assert.Equal("input 10, input 7", CostCases.Shown([beside]));
        Assert.True(Assert.Single(beside.Uses, u => u.Part == 1).Assumed);
    }

    [Theory]
    [InlineData("gemini-2.5-flash", null, "grounded_prompt 1")]
    [InlineData("gemini-3.1-pro-preview", null, "search_query 2")]
    [InlineData("gemini-3.1-pro-preview", "prompt", "grounded_prompt 1")]
    [InlineData("gemini-2.5-flash", "query", "search_query 2")]
    public void Grounding_is_billed_by_the_models_unit_unless_the_caller_says_which(string model, string? unit, string expected)
    {
        string response = $$$$"""{"modelVersion":"{{{{model}}}}","usageMetadata":{"promptTokenCount":0},"candidates":[{"groundingMetadata":{"webSearchQueries":["a","b","a",""]}}]}""";
        var reading = AllUsageReaders.Find("gemini.generateContent").Read(JsonElement.Parse(response), new PriceContext { GroundingUnit = unit });
        Assert.Equal(expected, CostCases.Shown([reading]));
    }

    [Fact]
    public void The_same_response_delivered_twice_is_one_attempt()
    {
        var (operation, attempts) = ResponseSequence.Split(JsonElement.Parse("""{"operation_id":"op","attempts":[{"id":"a"},{"id":"a"},{"id":"b"}]}"""));
        Assert.Equal(("op", 2), (operation, attempts.Length));
        Assert.Equal([1, 2], attempts.Select(a => a.Number));
    }
}
