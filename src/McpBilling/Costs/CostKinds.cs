using System.Collections.Frozen;
using System.Collections.Immutable;

namespace McpBilling.Costs;

/// <summary>What a provider bills by. Kinds are disjoint: cached tokens are not also input, audio is not also output. Reasoning is inside output.</summary>
public static class CostKinds
{
    public const string Input = "input";
    public const string CacheRead = "cache_read";

    /// <summary>A cache write at the provider's only rate for it; Anthropic's have a lifetime in their names.</summary>
    public const string CacheWrite = "cache_write";
    public const string CacheWrite5m = "cache_write_5m";
    public const string CacheWrite1h = "cache_write_1h";
    public const string Output = "output";
    public const string InputAudio = "input_audio";
    public const string OutputAudio = "output_audio";
    public const string CacheReadAudio = "cache_read_audio";
    public const string InputImage = "input_image";
    public const string OutputImage = "output_image";
    public const string CacheReadImage = "cache_read_image";
    public const string WebSearch = "web_search";
    public const string FileSearch = "file_search";
    public const string GroundedPrompt = "grounded_prompt";
    public const string SearchQuery = "search_query";
    public const string RerankSearch = "rerank_search";
    public const string DocumentPage = "document_page";
    public const string AudioSecond = "audio_second";
    public const string CacheStorage = "cache_storage_token_hour";

    /// <summary>All of them, in the order in which lines are shown: what goes in, what comes out, fees.</summary>
    public static readonly ImmutableArray<string> All =
    [
        Input, CacheRead, CacheWrite, CacheWrite5m, CacheWrite1h, InputAudio, CacheReadAudio, InputImage, CacheReadImage, Output, OutputAudio, OutputImage,
        WebSearch, FileSearch, GroundedPrompt, SearchQuery, RerankSearch, DocumentPage, AudioSecond, CacheStorage,
    ];

    /// <summary>The place in <see cref="All"/>; after all of them for what is not a kind.</summary>
    public static int Order(string kind) => Places.TryGetValue(kind, out int place) ? place : All.Length;

    public static bool IsKind(string kind) => Places.ContainsKey(kind);

    /// <summary>Tokens that go into the model: what a threshold of context length counts.</summary>
    public static bool IsInput(string kind) =>
        kind is Input or CacheRead or CacheWrite or CacheWrite5m or CacheWrite1h or InputAudio or CacheReadAudio or InputImage or CacheReadImage;

    /// <summary>Tokens in or out, which a batch, a tier or a place changes the price of; tool fees stay as they are.</summary>
    public static bool IsToken(string kind) => IsInput(kind) || kind is Output or OutputAudio or OutputImage;

    private static readonly FrozenDictionary<string, int> Places = All.Index().ToFrozenDictionary(k => k.Item, k => k.Index, StringComparer.Ordinal);

    /// <summary>How many of a kind its rate is for: a million tokens, a thousand searches or pages, an hour of seconds.</summary>
    public static decimal Per(string kind) => kind switch
    {
        WebSearch or FileSearch or GroundedPrompt or SearchQuery or RerankSearch or DocumentPage => 1_000,
        AudioSecond => 3_600,
        _ => 1_000_000,
    };
}
