using System.Text.RegularExpressions;

namespace McpBilling.Costs;

/// <summary>
/// What else a model's name may be called in the book. The same thing otherwise written (a provider's prefix, a path, a Bedrock version) is no guess. A
/// dated snapshot or a moving name (<c>-latest</c>) that no row names is taken for its model and said to be assumed. Nothing is ever matched by its
/// beginning: <c>gpt-5.6-pro</c> is not <c>gpt-5.6</c>, <c>mistral-large-2512</c> not <c>mistral-large</c>, and <c>us.</c> not <c>global.</c> on Bedrock.
/// </summary>
internal static partial class ModelNames
{
    /// <summary>The spellings to look for, best first, each with what it assumes.</summary>
    /// <param name="provider">A canonical name.</param>
    public static IEnumerable<(string Name, string? Guess)> Spellings(string provider, string model)
    {
        string name = model.Trim().ToLowerInvariant();
        yield return (name, null);
        string bare = WithoutPath(provider, name);
        if (bare != name)
        {
            yield return (bare, null);
        }
        if (provider == CostProviders.Aws)
        {
            string unversioned = BedrockInstance().Replace(bare, "");
            if (unversioned != bare)
            {
                yield return (unversioned, null);
            }
            if (unversioned.Contains("anthropic.claude", StringComparison.Ordinal) && ClaudeVersion().Replace(unversioned, "") is var plain && plain != unversioned)
            {
                yield return (plain, null);
                bare = plain;
            }
            else
            {
                bare = unversioned;
            }
        }
        // A fine-tuned model is billed as fine-tuning of its base: ft:gpt-4o-2024-08-06:org::id.
        if (bare.StartsWith("ft:", StringComparison.Ordinal) && bare.IndexOf(':', 3) is var end && end > 0)
        {
            bare = bare[..end];
            yield return (bare, null);
        }
        string vertex = bare.Replace("@default", "", StringComparison.Ordinal).Replace('@', '-');
        if (vertex != bare)
        {
            bare = vertex;
            yield return (bare, null);
        }
        string undated = Snapshot().Replace(bare, "");
        if (undated != bare)
        {
            yield return (undated, $"no row names {name}; taken for {undated}");
        }
        else if (bare.EndsWith("-latest", StringComparison.Ordinal))
        {
            yield return (bare[..^7], $"no row names {name}; taken for {bare[..^7]}");
        }
    }

    private static string WithoutPath(string provider, string name)
    {
        switch (provider)
        {
            case CostProviders.Google:
                // models/…, publishers/google/models/…, projects/p/locations/l/publishers/anthropic/models/…
                int models = name.LastIndexOf("models/", StringComparison.Ordinal);
                return models == 0 || (models > 0 && name[models - 1] == '/') ? name[(models + 7)..] : Without(name, "google/", "gemini/", "vertex_ai/", "vertex/");
            case CostProviders.Aws:
                // Of ARNs, only those that end in a model: an application's inference profile hides which it is.
                Match arn = BedrockArn().Match(name);
                return arn.Success ? arn.Groups[1].Value : BedrockRegion().Replace(Without(name, "bedrock/converse/", "bedrock/", "amazon-bedrock/", "aws/"), "");
            case CostProviders.OpenAi:
                return Without(name, "openai/");
            case CostProviders.Anthropic:
                return Without(name, "anthropic/");
            case CostProviders.Mistral:
                return Without(name, "mistral/", "mistralai/");
            case CostProviders.Cohere:
                return Without(name, "cohere/", "cohere_chat/");
            case CostProviders.XAi:
                return Without(name, "xai/", "x-ai/");
            case CostProviders.DeepSeek:
                return Without(name, "deepseek/", "deepseek-ai/");
            case CostProviders.Azure:
                return Without(name, "azure/", "azure_ai/", "azure-openai/");
            case CostProviders.Groq:
                return Without(name, "groq/");
            case CostProviders.Voyage:
                return Without(name, "voyage/", "voyageai/");
            default:
                return Without(name, provider + "/");
        }
    }

    private static string Without(string name, params ReadOnlySpan<string> prefixes)
    {
        foreach (string prefix in prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return name[prefix.Length..];
            }
        }
        return name;
    }

    // 2024-08-06 or 20250929 at the end. Not 2512 or 08-2024: those are models of their own, with prices of their own.
    [GeneratedRegex(@"-(20\d\d-(0[1-9]|1[0-2])-([0-2]\d|3[01])|20\d\d(0[1-9]|1[0-2])([0-2]\d|3[01]))$")]
    private static partial Regex Snapshot();

    [GeneratedRegex(@":\d+(:\d+k)?$")]
    private static partial Regex BedrockInstance();

    [GeneratedRegex(@"-v\d+$")]
    private static partial Regex ClaudeVersion();

    [GeneratedRegex(@"^arn:aws[a-z-]*:bedrock:[a-z0-9-]*:\d*:(?:foundation-model|inference-profile)/(.+)$")]
    private static partial Regex BedrockArn();

    [GeneratedRegex(@"^[a-z]{2}(-[a-z]+)+-\d/")]
    private static partial Regex BedrockRegion();
}
