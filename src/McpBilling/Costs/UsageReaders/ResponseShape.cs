using System.Text.Json;

namespace McpBilling.Costs.UsageReaders;

/// <summary>Which API a response came from, by what it looks like: for files of plain responses.</summary>
public static class ResponseShape
{
    /// <summary>The API's name as <see cref="AllUsageReaders"/> knows it; null where the response does not tell.</summary>
    /// <param name="provider">Who answered, where it is known: several speak the shape of OpenAI's chat completions.</param>
    public static string? ApiOf(JsonElement response, string? provider = null)
    {
        var first = response.ValueKind == JsonValueKind.Array ? ResponsePart.Items(response, "response").FirstOrDefault()
            : response.ValueKind == JsonValueKind.Object ? ResponsePart.Whole(response) : default;
        if (!first.Exists)
        {
            return null;
        }
        string? line = LineOf(first, provider);
        return line ?? EventOf(first) ?? WholeOf(first, provider);
    }

    private static string? LineOf(ResponsePart line, string? provider) =>
        !line.Has("custom_id") ? null
        : line.Has("result") ? "anthropic.batch_line"
        : line.Has("response") ? provider == "groq" ? "groq.batch_line" : "openai.batch_line"
        : null;

    private static string? EventOf(ResponsePart item) =>
        item.Is("type", "message_start") || item.Is("type", "message_delta") ? "anthropic.messages.stream"
        : item.Is("type", "response.done") ? "openai.realtime"
        : item.Is("type", "response.completed") || item.Is("type", "response.created") || item.Is("type", "response.incomplete") ? "openai.responses"
        : null;

    private static string? WholeOf(ResponsePart response, string? provider)
    {
        var usage = Object(response, "usage");
        return response.Is("object", "chat.completion") || response.Is("object", "chat.completion.chunk") ? ChatOf(provider)
            : response.Is("object", "response") ? "openai.responses"
            : response.Is("object", "realtime.response") ? "openai.realtime"
            : response.Is("object", "batch") ? "openai.batch_job"
            : response.Is("object", "list") ? provider == "voyageai" ? "voyage.embeddings" : "openai.embeddings"
            : response.Is("type", "message") ? "anthropic.messages"
            : response.Has("usageMetadata") ? "gemini.generateContent"
            : response.Has("quantities") ? "period.quantity"
            : response.Has("attributes") ? "otel.span"
            : response.Has("usage_info") ? "mistral.ocr"
            : Object(response, "meta").Has("billed_units") ? CohereOf(Object(Object(response, "meta"), "billed_units"))
            : usage.Has("billed_units") ? "cohere.chat"
            : usage.Has("prompt_cache_hit_tokens") ? "deepseek.chat"
            : usage.Has("prompt_tokens") ? ChatOf(provider)
            : usage.Has("inputTokenDetails") ? "ai-sdk.usage"
            : usage.Has("inputTokens") ? "bedrock.converse"
            : null;
    }

    private static string ChatOf(string? provider) => provider switch
    {
        "azure" => "azure.chat",
        "mistral" => "mistral.chat",
        "deepseek" => "deepseek.chat",
        "groq" => "groq.chat",
        "x-ai" => "xai.chat",
        _ => "openai.chat",
    };

    private static string CohereOf(ResponsePart units) => units.Has("search_units") ? "cohere.rerank" : units.Has("output_tokens") ? "cohere.chat" : "cohere.embed";

    private static ResponsePart Object(ResponsePart part, string name) =>
        part.Raw(name).ValueKind == JsonValueKind.Object ? part.Part(name) : ResponsePart.Absent($"{part.Path}.{name}");
}
