using System.Text.Json;
using McpBilling.Costs;
using McpBilling.Costs.UsageReaders;

namespace McpBilling.Tests.Costs;

/// <summary>One response per API, in the shape of the providers' documentation, with the prompts and answers that must not get through; and what each must be read as.</summary>
internal static class Responses
{
    public const string Secret = "sk-live-THIS-IS-A-SECRET";

    public static readonly TheoryData<string, string, string> All = new()
    {
        { "openai.chat", """{"id":"c1","model":"gpt-4o","choices":[{"message":{"content":"sk-live-THIS-IS-A-SECRET"}}],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":{"cached_tokens":60,"audio_tokens":10},"completion_tokens_details":{"reasoning_tokens":5,"audio_tokens":8}}}""", "cache_read 60, input 30, input_audio 10, output 12, output_audio 8" },
        { "openai.chat", """{"usage":{"prompt_tokens":100,"completion_tokens":0,"prompt_tokens_details":{"cached_tokens":80,"audio_tokens":50}}}""", "cache_read 50, cache_read_audio 30, input_audio 20" },
        { "openai.responses", """{"id":"r1","model":"gpt-5","status":"completed","instructions":"sk-live-THIS-IS-A-SECRET","output":[{"type":"web_search_call","action":{"type":"search","query":"sk-live-THIS-IS-A-SECRET"}},{"type":"web_search_call","action":{"type":"open_page"}},{"type":"file_search_call"},{"type":"message","content":[{"text":"sk-live-THIS-IS-A-SECRET"}]}],"usage":{"input_tokens":50,"output_tokens":7,"total_tokens":57}}""", "file_search 1, input 50, output 7, web_search 1" },
        { "openai.responses", """{"type":"response.completed","response":{"id":"r1","usage":{"input_tokens":50,"output_tokens":7}}}""", "input 50, output 7" },
        { "openai.embeddings", """{"object":"list","model":"text-embedding-3-small","data":[{"embedding":[0.1,0.2]}],"usage":{"prompt_tokens":8,"total_tokens":8}}""", "input 8" },
        { "openai.images", """{"data":[{"b64_json":"AAAA"}],"usage":{"input_tokens":50,"input_tokens_details":{"text_tokens":10,"image_tokens":40},"output_tokens":4160,"total_tokens":4210}}""", "input 10, input_image 40, output_image 4160" },
        { "openai.realtime", """{"type":"response.done","response":{"id":"resp_1","usage":{"input_tokens":127,"output_tokens":148,"input_token_details":{"cached_tokens":64,"text_tokens":119,"audio_tokens":8,"cached_tokens_details":{"text_tokens":60,"audio_tokens":4}},"output_token_details":{"text_tokens":36,"audio_tokens":112}}}}""", "cache_read 60, cache_read_audio 4, input 59, input_audio 4, output 36, output_audio 112" },
        { "openai.transcriptions", """{"text":"sk-live-THIS-IS-A-SECRET","usage":{"type":"duration","seconds":12.5}}""", "audio_second 12.5" },
        { "openai.transcriptions", """{"text":"","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":0,"audio_tokens":14},"output_tokens":45}}""", "input_audio 14, output 45" },
        { "openai.batch_line", """{"id":"batch_req_1","custom_id":"a","response":{"status_code":200,"body":{"id":"c1","model":"gpt-5-nano","usage":{"prompt_tokens":22,"completion_tokens":2}}}}""", "input 22, output 2" },
        { "openai.batch_line", """{"id":"batch_req_1","custom_id":"a","response":{"status_code":200,"body":{"object":"list","model":"text-embedding-3-small","usage":{"prompt_tokens":22,"total_tokens":22}}}}""", "input 22" },
        { "openai.batch_job", """{"id":"batch_1","object":"batch","usage":{"input_tokens":900000,"output_tokens":8,"input_tokens_details":{"cached_tokens":100000}}}""", "cache_read 100000, input 800000, output 8" },
        { "azure.chat", """{"id":"c1","model":"gpt-4o-2024-11-20","usage":{"prompt_tokens":18,"completion_tokens":100}}""", "input 18, output 100" },
        { "anthropic.messages", """{"id":"msg_1","model":"claude-sonnet-5","content":[{"text":"sk-live-THIS-IS-A-SECRET"}],"usage":{"input_tokens":10,"cache_creation_input_tokens":30,"cache_read_input_tokens":40,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":5,"server_tool_use":{"web_search_requests":2}}}""", "cache_read 40, cache_write_1h 20, cache_write_5m 10, input 10, output 5, web_search 2" },
        { "anthropic.messages.iterations", """{"id":"msg_1","model":"claude-sonnet-4-6","usage":{"input_tokens":220,"output_tokens":8,"iterations":[{"type":"compaction","input_tokens":55196,"output_tokens":125},{"type":"message","input_tokens":220,"output_tokens":8}]}}""", "input 220, input 55196, output 125, output 8" },
        { "anthropic.batch_line", """{"custom_id":"a","result":{"type":"succeeded","message":{"id":"msg_1","model":"claude-opus-5","usage":{"input_tokens":17,"output_tokens":5,"service_tier":"batch"}}}}""", "input 17, output 5" },
        { "gemini.generateContent", """{"responseId":"g1","modelVersion":"gemini-3.6-flash","candidates":[{"content":{"parts":[{"text":"sk-live-THIS-IS-A-SECRET"}]},"groundingMetadata":{"webSearchQueries":["sk-live-THIS-IS-A-SECRET","b","b"," "]}}],"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":40,"toolUsePromptTokenCount":10,"candidatesTokenCount":30,"thoughtsTokenCount":5,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":20},{"modality":"VIDEO"}],"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":15}],"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":12}]}}""", "cache_read 25, cache_read_audio 15, input 65, input_audio 5, output 23, output_image 12, search_query 2" },
        { "gemini.batch_line", """{"key":"a","response":{"modelVersion":"gemini-3.1-flash-lite","usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":3}}}""", "input 9, output 3" },
        { "bedrock.converse", """{"output":{"message":{}},"usage":{"inputTokens":3,"outputTokens":288,"cacheReadInputTokens":7,"cacheWriteInputTokens":30,"cacheWriteInputTokenCount":30,"cacheDetails":[{"ttl":"5m","inputTokens":10},{"ttl":"1h","inputTokens":15}]}}""", "cache_read 7, cache_write_1h 15, cache_write_5m 15, input 3, output 288" },
        { "mistral.chat", """{"id":"m1","model":"mistral-medium-latest","usage":{"prompt_tokens":997,"completion_tokens":155,"num_cached_tokens":976}}""", "input 997, output 155" },
        { "mistral.ocr", """{"model":"mistral-ocr-latest","pages":[],"usage_info":{"pages_processed":3,"doc_size_bytes":1200}}""", "document_page 3" },
        { "deepseek.chat", """{"id":"d1","model":"deepseek-v4-flash","usage":{"prompt_tokens":563,"prompt_cache_hit_tokens":512,"prompt_cache_miss_tokens":51,"completion_tokens":116}}""", "cache_read 512, input 51, output 116" },
        { "xai.chat", """{"id":"x1","model":"grok-3","usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":35,"completion_tokens_details":{"reasoning_tokens":20},"num_sources_used":4}}""", "input 10, output 25, web_search 4" },
        { "xai.chat", """{"id":"x1","model":"grok-3","usage":{"prompt_tokens":10,"completion_tokens":25,"total_tokens":35,"completion_tokens_details":{"reasoning_tokens":20}}}""", "input 10, output 25" },
        { "groq.chat", """{"id":"q1","model":"llama-3.3-70b-versatile","usage":{"prompt_tokens":774,"completion_tokens":15,"prompt_time":0.02}}""", "input 774, output 15" },
        { "groq.batch_line", """{"custom_id":"a","response":{"body":{"id":"q1","usage":{"prompt_tokens":46,"completion_tokens":2},"service_tier":"batch"}}}""", "input 46, output 2" },
        { "cohere.chat", """{"id":"h1","usage":{"billed_units":{"input_tokens":4,"output_tokens":7},"tokens":{"input_tokens":71,"output_tokens":9}}}""", "input 4, output 7" },
        { "cohere.embed", """{"id":"h1","meta":{"billed_units":{"input_tokens":12,"image_tokens":300}}}""", "input 12, input_image 300" },
        { "cohere.rerank", """{"id":"h1","results":[],"meta":{"billed_units":{"search_units":1}}}""", "rerank_search 1" },
        { "voyage.embeddings", """{"model":"voyage-3.5","usage":{"total_tokens":10}}""", "input 10" },
        { "ai-sdk.usage", """{"response":{"id":"msg_1","modelId":"claude-sonnet-5"},"usage":{"inputTokens":100,"inputTokenDetails":{"noCacheTokens":10,"cacheReadTokens":60,"cacheWriteTokens":30},"outputTokens":5,"raw":{"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}}}}""", "cache_read 60, cache_write_1h 20, cache_write_5m 10, input 10, output 5" },
        { "ai-sdk.usage", """{"usage":{"inputTokens":100,"cachedInputTokens":60,"outputTokens":5,"totalTokens":105}}""", "cache_read 60, input 40, output 5" },
        { "ai-sdk.usage", """{"usage":{"inputTokens":10,"cachedInputTokens":60,"outputTokens":5},"providerMetadata":{"anthropic":{"cacheCreationInputTokens":30}}}""", "cache_read 60, cache_write_5m 30, input 10, output 5" },
        { "otel.span", """{"attributes":[{"key":"gen_ai.system","value":{"stringValue":"openai"}},{"key":"gen_ai.prompt.0.content","value":{"stringValue":"sk-live-THIS-IS-A-SECRET"}},{"key":"gen_ai.usage.prompt_tokens","value":{"intValue":"14"}},{"key":"gen_ai.usage.completion_tokens","value":{"intValue":7}}]}""", "input 14, output 7" },
        { "otel.span", """{"attributes":{"llm.token_count.prompt":100,"llm.token_count.completion":5,"llm.token_count.prompt_details.cache_read":60,"llm.model_name":"gpt-4o"}}""", "cache_read 60, input 40, output 5" },
        { "otel.span", """{"attributes":{"gen_ai.provider.name":"anthropic","gen_ai.usage.input_tokens":10,"gen_ai.usage.output_tokens":5,"gen_ai.usage.cache_read.input_tokens":60}}""", "cache_read 60, input 10, output 5" },
        { "call.quantity", """{"id":"g1","quantities":{"input":200,"cache_read":800,"output":100}}""", "cache_read 800, input 200, output 100" },
        { "period.quantity", """{"quantities":{"audio_second":7.25,"cache_storage_token_hour":"300000.5"}}""", "audio_second 7.25, cache_storage_token_hour 300000.5" },
    };

    public static UsageReading Read(string api, string json) => AllUsageReaders.Find(api).Read(JsonElement.Parse(json), PriceContext.None);
}
