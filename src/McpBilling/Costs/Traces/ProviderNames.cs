using System.Collections.Frozen;

namespace McpBilling.Costs.Traces;

/// <summary>Providers as tracing libraries call them, to what the price book calls them.</summary>
internal static class ProviderNames
{
    private static readonly FrozenDictionary<string, string> Known = new Dictionary<string, string>
    {
        ["azure.ai.openai"] = "azure",
        ["az.ai.openai"] = "azure",
        ["azure.ai.inference"] = "azure",
        ["az.ai.inference"] = "azure",
        ["azure_openai"] = "azure",
        ["azure-openai"] = "azure",
        ["gcp.gemini"] = "google",
        ["gcp.gen_ai"] = "google",
        ["gcp.vertex_ai"] = "google",
        ["gemini"] = "google",
        ["vertex_ai"] = "google",
        ["vertexai"] = "google",
        ["google_genai"] = "google",
        ["google_vertexai"] = "google",
        ["gcp"] = "google",
        ["aws.bedrock"] = "aws",
        ["aws_bedrock"] = "aws",
        ["bedrock"] = "aws",
        ["amazon-bedrock"] = "aws",
        ["amazon_bedrock"] = "aws",
        ["mistral_ai"] = "mistral",
        ["mistralai"] = "mistral",
        ["x_ai"] = "x-ai",
        ["xai"] = "x-ai",
        ["voyage"] = "voyageai",
        ["voyage_ai"] = "voyageai",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // Libraries that write themselves where the provider belongs.
    private static readonly FrozenSet<string> Frameworks =
        FrozenSet.Create(StringComparer.Ordinal, "langchain", "langgraph", "llamaindex", "llama_index", "strands-agents", "crewai", "openai-agents", "litellm", "pydantic_ai", "gateway", "_other");

    private static readonly (string Begin, string Provider)[] Models =
    [
        ("gpt-", "openai"), ("chatgpt-", "openai"), ("o1", "openai"), ("o3", "openai"), ("o4", "openai"), ("text-embedding-3", "openai"), ("text-embedding-ada", "openai"),
        ("claude-", "anthropic"), ("gemini-", "google"), ("mistral-", "mistral"), ("ministral-", "mistral"), ("codestral-", "mistral"), ("magistral-", "mistral"),
        ("command-", "cohere"), ("grok-", "x-ai"), ("deepseek-", "deepseek"), ("voyage-", "voyageai"),
    ];

    /// <summary>The price book's name. Where none is said, the model's, if it is one maker's alone; else <c>unknown</c>: visible, and unpriced.</summary>
    /// <param name="said">As the span says it, in any case: <c>OpenAI</c>, <c>gcp.vertex_ai</c>, <c>openai.responses</c>.</param>
    public static string Of(string? said, string? model)
    {
#pragma warning disable CA1308 // Names of providers are lower case.
        string name = said?.Trim().ToLowerInvariant() ?? "";
        if (name.Length > 0 && !Frameworks.Contains(name))
        {
            // The AI SDK adds its API: openai.responses, google.generative-ai.
            return Known.TryGetValue(name, out string? known) ? known : First(name) is var first && Known.TryGetValue(first, out known) ? known : first;
        }
        string id = model?.ToLowerInvariant() ?? "";
#pragma warning restore CA1308
        int slash = id.IndexOf('/', StringComparison.Ordinal);
        return Models.FirstOrDefault(m => id.StartsWith(m.Begin, StringComparison.Ordinal)).Provider
            ?? (slash > 0 && id[..slash] is not "models" ? Of(id[..slash], null) : "unknown");
    }

    private static string First(string name) => name.IndexOf('.', StringComparison.Ordinal) is var dot and > 0 ? name[..dot] : name;
}
