using McpBilling.Costs;

namespace McpBilling.Tests.Costs;

/// <summary>Streams report totals so far: the last word counts, nothing is added, and what broke off is a lower bound.</summary>
public class UsageReaderStreamTests
{
    private const string Start = """{"type":"message_start","message":{"id":"msg_1","model":"claude-sonnet-5","usage":{"input_tokens":25,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_1h_input_tokens":30},"output_tokens":1}}}""";

    private const string Last = """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}""";

    [Fact]
    public void Anthropics_start_and_delta_are_one_usage()
    {
        var reading = Responses.Read("anthropic.messages.stream", $$$$"""[{{{{Start}}}},{"type":"ping"},{"type":"content_block_delta","delta":{"text":"sk-live-THIS-IS-A-SECRET"}},{{{{Last}}}},{"type":"message_stop"}]""");
        Assert.Equal("cache_write_1h 30, input 25, output 15", CostCases.Shown([reading]));
        Assert.Equal((ReadingState.Complete, "msg_1", "claude-sonnet-5"), (reading.State, reading.ResponseId, reading.Model));
    }

    [Fact]
    public void Events_delivered_twice_count_once() =>
        Assert.Equal("cache_write_1h 30, input 25, output 15", CostCases.Shown([Responses.Read("anthropic.messages", $$$"""{"events":[{{{Start}}},{{{Start}}},{{{Last}}},{{{Last}}}]}""")]));

    [Fact]
    public void A_delta_may_raise_what_the_start_said()
    {
        var reading = Responses.Read("anthropic.messages.stream", $$$$$"""[{{{{{Start}}}}},{"type":"message_delta","usage":{"input_tokens":400,"cache_creation_input_tokens":50,"cache_creation":null,"output_tokens":15,"server_tool_use":{"web_search_requests":1}}}]""");
        // What was written beyond the start's lifetimes is taken for the shorter one.
        Assert.Equal("cache_write_1h 30, cache_write_5m 20, input 400, output 15, web_search 1", CostCases.Shown([reading]));
        Assert.True(Assert.Single(reading.Uses, u => u.Kind == CostKinds.CacheWrite5m).Assumed);
    }

    [Theory]
    [InlineData($"[{Start}]")]
    [InlineData($$$"""[{{{Start}}},{"type":"message_stop"}]""")]
    [InlineData($$$$"""[{{{{Start}}}},{"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":7}}]""")]
    [InlineData($$$$"""[{{{{Start}}}},{"type":"error","error":{"type":"overloaded_error"}}]""")]
    public void A_stream_that_broke_off_is_a_lower_bound(string events)
    {
        var reading = Responses.Read("anthropic.messages.stream", events);
        Assert.Equal(ReadingState.Partial, reading.State);
        Assert.Contains(reading.Uses, u => u.Kind == CostKinds.Input && u.Quantity == 25);
    }

    [Fact]
    public void Events_in_their_envelope_are_read_too() =>
        Assert.Equal("cache_write_1h 30, input 25, output 15",
            CostCases.Shown([Responses.Read("anthropic.messages.stream", $$$"""[{"event":"message_start","data":{{{Start}}}},{"event":"message_delta","data":{{{Last}}}}]""")]));

    [Fact]
    public void A_whole_message_is_no_stream_and_is_read_all_the_same() =>
        Assert.Equal(ReadingState.Complete, Responses.Read("anthropic.messages.stream", """{"id":"msg_1","usage":{"input_tokens":1,"output_tokens":2}}""").State);

    [Fact]
    public void The_closing_chunk_of_chat_completions_has_the_usage()
    {
        var reading = Responses.Read("openai.chat.stream", """
            {"chunks":[{"id":"c1","model":"gpt-4o","choices":[{"delta":{"content":"a"},"finish_reason":null}],"usage":null},
            {"id":"c1","model":"gpt-4o","choices":[{"delta":{},"finish_reason":"stop"}],"usage":null},
            {"id":"c1","model":"gpt-4o","service_tier":"flex","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}]}
            """);
        Assert.Equal("cache_read 4, input 5, output 2", CostCases.Shown([reading]));
        Assert.Equal((ReadingState.Complete, "c1", "flex"), (reading.State, reading.ResponseId, reading.Context.ServiceTier));
    }

    [Theory]
    [InlineData("xai.chat", """[{"id":"x","choices":[{"finish_reason":null}],"usage":{"prompt_tokens":9,"completion_tokens":1}},{"id":"x","choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":6}}]""", "input 9, output 6", ReadingState.Complete)]
    [InlineData("xai.chat", """[{"id":"x","choices":[{"finish_reason":null}],"usage":{"prompt_tokens":9,"completion_tokens":1}},{"id":"x","choices":[{"finish_reason":null}],"usage":{"prompt_tokens":9,"completion_tokens":3}}]""", "input 9, output 3", ReadingState.Partial)]
    [InlineData("groq.chat", """[{"id":"q","choices":[{"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":9,"completion_tokens":3}}}]""", "input 9, output 3", ReadingState.Complete)]
    [InlineData("openai.responses.stream", """[{"type":"response.created","response":{"id":"r","usage":null}},{"type":"response.completed","response":{"id":"r","output":[{"type":"web_search_call","action":{"type":"search"}}],"usage":{"input_tokens":9,"output_tokens":3}}}]""", "input 9, output 3, web_search 1", ReadingState.Complete)]
    [InlineData("openai.responses.stream", """[{"type":"response.created","response":{"id":"r","usage":null}},{"type":"response.output_item.done","item":{"id":"ws","type":"web_search_call","action":{"type":"search"}}},{"type":"response.output_item.done","item":{"id":"ws","type":"web_search_call","action":{"type":"search"}}}]""", "web_search 1", ReadingState.Partial)]
    [InlineData("gemini.streamGenerateContent", """[{"modelVersion":"gemini-2.5-flash","usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":1}},{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":4,"thoughtsTokenCount":2}}]""", "input 9, output 6", ReadingState.Complete)]
    [InlineData("gemini.streamGenerateContent", """[{"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":1}}]""", "input 9, output 1", ReadingState.Partial)]
    [InlineData("bedrock.converse.stream", """[{"messageStart":{}},{"metadata":{"usage":{"inputTokens":9,"outputTokens":3}}}]""", "input 9, output 3", ReadingState.Complete)]
    public void The_last_word_of_a_stream_counts(string api, string chunks, string kinds, ReadingState state)
    {
        var reading = Responses.Read(api, chunks);
        Assert.Equal((kinds, state), (CostCases.Shown([reading]), reading.State));
    }
}
