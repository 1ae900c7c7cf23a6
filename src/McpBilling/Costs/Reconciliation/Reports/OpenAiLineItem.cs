namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>
/// OpenAI's costs name what was billed in words, where grouped by line item: <c>gpt-5-mini-2025-08-07, cached input</c>,
/// <c>priority | gpt-5, output, long context</c>, <c>gpt-image-1 image, output</c>, <c>web search tool calls</c>. The words are not documented as a
/// grammar: what is not understood keeps its text as its kind, and its amount counts all the same.
/// </summary>
internal readonly record struct OpenAiLineItem(string Model, string Kind, string? Tier)
{
    public static OpenAiLineItem Read(string text)
    {
        int bar = text.IndexOf(" | ", StringComparison.Ordinal);
        string? tier = bar > 0 && text[..bar] is "priority" or "flex" or "batch" or "scale" or "default" ? text[..bar] : null;
        string[] parts = (tier is null ? text : text[(bar + 3)..]).Split(',', StringSplitOptions.TrimEntries);
        string[] head = parts[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length >= 2 && head.Length is 1 or 2 && TokenKind(parts[1].ToLowerInvariant(), head.Length == 2 ? head[1].ToLowerInvariant() : "text") is { } kind)
        {
            return new(head[0], kind, tier);
        }
        string words = text.ToLowerInvariant();
        string tool = words.Contains("web search", StringComparison.Ordinal) ? CostKinds.WebSearch
            : words.Contains("file search", StringComparison.Ordinal) && !words.Contains("storage", StringComparison.Ordinal) ? CostKinds.FileSearch
            : words.Contains("code interpreter", StringComparison.Ordinal) ? ProviderKinds.CodeExecution
            : words.Contains("vector", StringComparison.Ordinal) || words.Contains("file search", StringComparison.Ordinal) ? ProviderKinds.VectorStoreByte
            : ProviderKinds.OtherPrefix + (text.Length > 100 ? text[..100] : text);
        return new("", tool, tier);
    }

    private static string? TokenKind(string direction, string modality) => (direction, modality) switch
    {
        ("input", "text") => CostKinds.Input,
        ("cached input", "text") => CostKinds.CacheRead,
        ("cache write" or "cache writes", "text") => CostKinds.CacheWrite,
        ("output", "text") => CostKinds.Output,
        ("input", "audio") => CostKinds.InputAudio,
        ("cached input", "audio") => CostKinds.CacheReadAudio,
        ("output", "audio") => CostKinds.OutputAudio,
        ("input", "image") => CostKinds.InputImage,
        ("cached input", "image") => CostKinds.CacheReadImage,
        ("output", "image") => CostKinds.OutputImage,
        _ => null,
    };
}
