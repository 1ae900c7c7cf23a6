using System.Collections.Frozen;

namespace McpBilling.Costs;

/// <summary>
/// The providers that the price book knows, by the names that its rows use, and what SDKs, OpenTelemetry, LiteLLM and people call them. Only names that
/// mean exactly one provider are here: what is not is a provider of its own, whose prices only the builder can know.
/// </summary>
public static class CostProviders
{
    public const string OpenAi = "openai";
    public const string Anthropic = "anthropic";
    public const string Google = "google";
    public const string Mistral = "mistral";
    public const string Cohere = "cohere";
    public const string XAi = "x-ai";
    public const string DeepSeek = "deepseek";
    public const string Aws = "aws";
    public const string Azure = "azure";
    public const string Groq = "groq";
    public const string Voyage = "voyageai";

    private static readonly FrozenDictionary<string, string> Names = new Dictionary<string, string>
    {
        [OpenAi] = OpenAi,
        ["openai.chat"] = OpenAi,
        ["openai.responses"] = OpenAi,
        ["openai.completion"] = OpenAi,
        ["openai.embedding"] = OpenAi,
        ["text-completion-openai"] = OpenAi,
        [Anthropic] = Anthropic,
        ["anthropic.messages"] = Anthropic,
        ["claude"] = Anthropic,
        [Google] = Google,
        ["gemini"] = Google,
        ["google.generative-ai"] = Google,
        ["google.vertex"] = Google,
        ["google.vertex.chat"] = Google,
        ["google-vertex"] = Google,
        ["gcp.gemini"] = Google,
        ["gcp.vertex_ai"] = Google,
        ["gcp.gen_ai"] = Google,
        ["vertex_ai"] = Google,
        ["vertexai"] = Google,
        ["vertex"] = Google,
        ["google_genai"] = Google,
        ["google_vertexai"] = Google,
        [Mistral] = Mistral,
        ["mistralai"] = Mistral,
        ["mistral_ai"] = Mistral,
        ["mistral.chat"] = Mistral,
        [Cohere] = Cohere,
        ["cohere_chat"] = Cohere,
        ["cohere.chat"] = Cohere,
        [XAi] = XAi,
        ["xai"] = XAi,
        ["x_ai"] = XAi,
        ["x.ai"] = XAi,
        ["grok"] = XAi,
        ["xai.chat"] = XAi,
        [DeepSeek] = DeepSeek,
        ["deepseek.chat"] = DeepSeek,
        ["deep_seek"] = DeepSeek,
        [Aws] = Aws,
        ["bedrock"] = Aws,
        ["aws.bedrock"] = Aws,
        ["aws_bedrock"] = Aws,
        ["amazon-bedrock"] = Aws,
        ["amazon_bedrock"] = Aws,
        ["amazon"] = Aws,
        ["bedrock_converse"] = Aws,
        [Azure] = Azure,
        ["azure.ai.openai"] = Azure,
        ["az.ai.openai"] = Azure,
        ["azure.ai.inference"] = Azure,
        ["az.ai.inference"] = Azure,
        ["azure_openai"] = Azure,
        ["azure-openai"] = Azure,
        ["azure-openai.chat"] = Azure,
        ["azure-openai.responses"] = Azure,
        ["azure.chat"] = Azure,
        ["azure_ai"] = Azure,
        [Groq] = Groq,
        ["groq.chat"] = Groq,
        [Voyage] = Voyage,
        ["voyage"] = Voyage,
        ["voyage_ai"] = Voyage,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The name that rows use; what is not known is its own name, in lower case.</summary>
    public static string Canonical(string provider) => Names.TryGetValue(provider, out string? name) ? name : provider.ToLowerInvariant();

    /// <summary>Whether the shipped price book has prices of it.</summary>
    public static bool IsKnown(string provider) => Names.ContainsKey(provider);

    /// <summary>The names that rows use.</summary>
    public static IReadOnlyList<string> All { get; } = [OpenAi, Anthropic, Google, Mistral, Cohere, XAi, DeepSeek, Aws, Azure, Groq, Voyage];
}
