using System.Collections.Immutable;

namespace McpBilling.Costs.Reconciliation;

/// <summary>A provider's report as text: a file of its console, or pages of its API.</summary>
/// <param name="Name">How the user calls it, such as a file's name.</param>
public sealed record ReportDocument(string Name, string Text);

/// <summary>What a document says.</summary>
public sealed record ProviderReport
{
    public required string Name { get; init; }

    /// <summary><c>openai</c> or <c>anthropic</c>.</summary>
    public required string Provider { get; init; }

    public required ReportKind Kind { get; init; }

    /// <summary>The report as the provider names it: <c>organization/usage/completions</c>, <c>cost_report</c> ….</summary>
    public required string Report { get; init; }

    /// <summary>SHA-256 of the document's text, in hex: the same document is known again by it.</summary>
    public required string Sha256 { get; init; }

    public required ImmutableArray<ProviderFact> Facts { get; init; }

    /// <summary>Days that it tells of, those without any use included.</summary>
    public required ImmutableSortedSet<long> Days { get; init; }

    /// <summary>It says that further pages follow which the document does not hold.</summary>
    public bool LacksPages { get; init; }

    /// <summary>The hour (UTC, 1 to 23) at which its days begin, where that is not midnight.</summary>
    public int? DayBegins { get; init; }

    /// <summary>Whether the report would tell of this use of ours: what it never tells is not missing from it.</summary>
    public bool Covers(string model, string kind) => Kind == ReportKind.Costs || Report switch
    {
        "usage_report/messages" => !ProviderKinds.IsTool(kind) || kind == CostKinds.WebSearch,
        _ => ReportOf(model, kind) == Report,
    };

    // OpenAI has a usage report per endpoint, and the ledger does not keep the endpoint: the model's name tells it.
    private static string ReportOf(string model, string kind)
    {
        bool Named(params ReadOnlySpan<string> words)
        {
            foreach (string word in words)
            {
                if (model.Contains(word, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
            return false;
        }

        string last = kind switch
        {
            CostKinds.WebSearch => "web_search_calls",
            CostKinds.FileSearch => "file_search_calls",
            CostKinds.AudioSecond => "audio_transcriptions",
            _ when Named("embedding") => "embeddings",
            _ when Named("moderation") => "moderations",
            _ when Named("dall-e", "gpt-image") => "images",
            _ when Named("tts") => "audio_speeches",
            _ when Named("whisper", "transcribe") => "audio_transcriptions",
            _ => "completions",
        };
        return Reports.OpenAiUsageReport.Prefix + last;
    }
}
