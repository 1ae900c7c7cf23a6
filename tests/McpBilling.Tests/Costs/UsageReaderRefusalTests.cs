using System.Text.Json;
using McpBilling.Costs;
using McpBilling.Costs.UsageReaders;
using McpBilling.Operations;

namespace McpBilling.Tests.Costs;

/// <summary>Numbers that cannot be are refused, with the field that holds them.</summary>
public class UsageReaderRefusalTests
{
    [Theory]
    [InlineData("openai.chat", "[1]", null)]
    [InlineData("openai.chat", """{"usage":{"prompt_tokens":-1,"completion_tokens":1}}""", "response.usage.prompt_tokens")]
    [InlineData("openai.chat", """{"usage":{"prompt_tokens":1.5,"completion_tokens":1}}""", "response.usage.prompt_tokens")]
    [InlineData("openai.chat", """{"usage":{"prompt_tokens":"10","completion_tokens":1}}""", "response.usage.prompt_tokens")]
    [InlineData("openai.chat", """{"usage":{"prompt_tokens":1e40,"completion_tokens":1}}""", "response.usage.prompt_tokens")]
    [InlineData("openai.chat", """{"usage":{"prompt_tokens":true,"completion_tokens":1}}""", "response.usage.prompt_tokens")]
    [InlineData("openai.chat", """{"usage":[1]}""", "response.usage")]
    [InlineData("openai.chat", """{"usage":{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":11}}}""", "response.usage.prompt_tokens_details.cached_tokens")]
    [InlineData("openai.chat", """{"usage":{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":6,"cache_write_tokens":5}}}""", "response.usage.prompt_tokens_details.cache_write_tokens")]
    [InlineData("openai.chat", """{"usage":{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"audio_tokens":11}}}""", "response.usage.prompt_tokens_details.audio_tokens")]
    [InlineData("openai.chat", """{"usage":{"prompt_tokens":10,"completion_tokens":1,"completion_tokens_details":{"reasoning_tokens":2}}}""", "response.usage.completion_tokens_details.reasoning_tokens")]
    [InlineData("openai.chat", """{"id":5,"usage":{"prompt_tokens":10,"completion_tokens":1}}""", "response.id")]
    [InlineData("openai.responses", """{"usage":{"input_tokens":10,"output_tokens":1,"input_tokens_details":{"cached_tokens":11}}}""", "response.usage.input_tokens_details.cached_tokens")]
    [InlineData("openai.embeddings", """{"usage":{"prompt_tokens":-8}}""", "response.usage.prompt_tokens")]
    [InlineData("openai.images", """{"usage":{"input_tokens":10,"input_tokens_details":{"image_tokens":11},"output_tokens":1}}""", "response.usage.input_tokens_details.image_tokens")]
    [InlineData("openai.images", """{"usage":{"input_tokens":10,"input_tokens_details":{"image_tokens":4},"_cached":{"text":7},"output_tokens":1}}""", "response.usage._cached.text")]
    [InlineData("openai.realtime", """{"usage":{"input_tokens":10,"output_tokens":1,"input_token_details":{"cached_tokens":5,"audio_tokens":5,"cached_tokens_details":{"audio_tokens":6}}}}""", "response.usage.input_token_details.cached_tokens_details.audio_tokens")]
    [InlineData("openai.transcriptions", """{"usage":{"seconds":-0.5}}""", "response.usage.seconds")]
    [InlineData("openai.batch_line", """{"response":{"body":{"usage":{"prompt_tokens":0.5}}}}""", "response.usage.prompt_tokens")]
    [InlineData("anthropic.messages", """{"usage":{"input_tokens":1,"output_tokens":2.5}}""", "response.usage.output_tokens")]
    [InlineData("anthropic.messages", """{"usage":{"input_tokens":1,"output_tokens":1,"cache_creation_input_tokens":5,"cache_creation":{"ephemeral_1h_input_tokens":6}}}""", "response.usage.cache_creation.ephemeral_1h_input_tokens")]
    [InlineData("anthropic.messages", """{"usage":{"input_tokens":1,"output_tokens":1,"cache_creation_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":3}}}""", "response.usage.cache_creation.ephemeral_5m_input_tokens")]
    [InlineData("anthropic.messages", """{"usage":{"input_tokens":1,"output_tokens":1,"server_tool_use":{"web_search_requests":-1}}}""", "response.usage.server_tool_use.web_search_requests")]
    [InlineData("anthropic.messages", """{"usage":{"input_tokens":1,"output_tokens":1,"iterations":[{"type":"message"},{"type":"compaction","input_tokens":-1}]}}""", "response.usage.iterations[1].input_tokens")]
    [InlineData("anthropic.messages.stream", """{"events":[{"type":"message_start","message":{"id":"a","usage":{"input_tokens":-5}}}]}""", "response.events.usage.input_tokens")]
    [InlineData("anthropic.messages.stream", """[{"type":"message_start","message":{"id":"a"}},{"type":"message_start","message":{"id":"b"}}]""", "response[1].message.id")]
    [InlineData("gemini.generateContent", """{"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":11}}""", "response.usageMetadata.cachedContentTokenCount")]
    [InlineData("gemini.generateContent", """{"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":-1}}""", "response.usageMetadata.candidatesTokenCount")]
    [InlineData("gemini.generateContent", """{"usageMetadata":{"promptTokenCount":10,"promptTokensDetails":[{"modality":"TEXT","tokenCount":3},{"modality":"AUDIO","tokenCount":11}]}}""", "response.usageMetadata.promptTokensDetails")]
    [InlineData("gemini.generateContent", """{"usageMetadata":{"promptTokenCount":10,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":0.5}]}}""", "response.usageMetadata.promptTokensDetails[0].tokenCount")]
    [InlineData("bedrock.converse", """{"usage":{"inputTokens":1,"outputTokens":1,"cacheWriteInputTokens":5,"cacheDetails":[{"ttl":"1h","inputTokens":6}]}}""", "response.usage.cacheDetails[0].inputTokens")]
    [InlineData("deepseek.chat", """{"usage":{"prompt_tokens":10,"prompt_cache_hit_tokens":11,"prompt_cache_miss_tokens":0,"completion_tokens":1}}""", "response.usage.prompt_cache_hit_tokens")]
    [InlineData("deepseek.chat", """{"usage":{"prompt_tokens":10,"prompt_cache_hit_tokens":5,"prompt_cache_miss_tokens":6,"completion_tokens":1}}""", "response.usage.prompt_cache_miss_tokens")]
    [InlineData("xai.chat", """{"usage":{"prompt_tokens":10,"completion_tokens":1,"total_tokens":11,"completion_tokens_details":{"reasoning_tokens":5}}}""", "response.usage.completion_tokens_details.reasoning_tokens")]
    [InlineData("cohere.chat", """{"usage":{"billed_units":{"input_tokens":-4}}}""", "response.usage.billed_units.input_tokens")]
    [InlineData("voyage.embeddings", """{"usage":{"total_tokens":1.5}}""", "response.usage.total_tokens")]
    [InlineData("ai-sdk.usage", """{"usage":{"inputTokens":10,"outputTokens":1,"inputTokenDetails":{"cacheReadTokens":11}}}""", "response.usage.inputTokenDetails.cacheReadTokens")]
    [InlineData("otel.span", """{"attributes":{"gen_ai.provider.name":"openai","gen_ai.usage.input_tokens":10,"gen_ai.usage.output_tokens":1,"gen_ai.usage.cache_read.input_tokens":11}}""", "response.attributes.gen_ai.usage.cache_read.input_tokens")]
    [InlineData("otel.span", """{"attributes":[{"key":"gen_ai.usage.input_tokens","value":{"intValue":"-5"}}]}""", "response.attributes.gen_ai.usage.input_tokens")]
    [InlineData("period.quantity", """{"quantities":{"pages":3}}""", "response.quantities")]
    [InlineData("period.quantity", """{"quantities":{"document_page":-3}}""", "response.quantities.document_page")]
    [InlineData("period.quantity", """{"quantities":{"document_page":"many"}}""", "response.quantities.document_page")]
    public void What_cannot_be_is_refused_by_its_field(string api, string response, string? field)
    {
        if (field is null)
        {
            Assert.Equal(ReadingState.NoUsage, Responses.Read(api, response).State);
            return;
        }
        var refused = Assert.Throws<BillingException>(() => Responses.Read(api, response));
        Assert.Equal((ErrorCode.InvalidRequest, field), (refused.Code, refused.Field));
        Assert.StartsWith(field, refused.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    public void A_response_that_is_no_object_is_refused(string response) =>
        Assert.All(AllUsageReaders.Apis, api => Assert.Equal("response", Assert.Throws<BillingException>(() => Responses.Read(api, response)).Field));

    [Fact]
    public void Within_usage_alone_the_field_is_named_as_it_was_sent()
    {
        var usage = JsonElement.Parse("""{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":11}}""");
        var refused = Assert.Throws<BillingException>(() => AllUsageReaders.Find("openai.chat").ReadUsage(usage, PriceContext.None));
        Assert.Equal("usage.prompt_tokens_details.cached_tokens", refused.Field);
        Assert.StartsWith("usage.prompt_tokens_details.cached_tokens is the number 11", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_does_not_repeat_a_text() =>
        Assert.DoesNotContain(Responses.Secret, Assert.Throws<BillingException>(() => Responses.Read("openai.chat", """{"usage":{"prompt_tokens":"sk-live-THIS-IS-A-SECRET"}}""")).Detail, StringComparison.Ordinal);

    [Fact]
    public void Half_a_surrogate_pair_is_refused_not_thrown_at_the_caller() =>
        Assert.Equal(ErrorCode.InvalidRequest, Assert.Throws<BillingException>(() => Responses.Read("openai.chat", """{"id":"\ud800","usage":{"prompt_tokens":1,"completion_tokens":1}}""")).Code);

    [Fact]
    public void A_prompt_in_the_place_of_a_model_is_refused() =>
        Assert.Equal("response.model", Assert.Throws<BillingException>(() => Responses.Read("openai.chat", $$$$"""{"model":"{{{{new string('a', 201)}}}}","usage":{"prompt_tokens":1,"completion_tokens":1}}""")).Field);

    [Fact]
    public void A_response_of_five_megabytes_is_read()
    {
        string response = $$$$"""{"id":"c1","choices":[{"message":{"content":"{{{{new string('a', 5 * 1024 * 1024)}}}}"}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}""";
        Assert.Equal("input 1, output 2", CostCases.Shown([Responses.Read("openai.chat", response)]));
    }
}
