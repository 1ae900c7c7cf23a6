namespace McpBilling.Costs.Reconciliation;

/// <summary>What a report speaks of. A document tells one of them.</summary>
public enum ReportKind
{
    /// <summary>Amounts of money.</summary>
    Costs,

    /// <summary>Tokens, searches, seconds: what was used.</summary>
    Usage,
}

/// <summary>
/// One figure of a provider's report: so much was used, or so much was billed, on a day. A report's row with several kinds (input, output, …) is several facts.
/// </summary>
/// <param name="Provider"><c>openai</c> or <c>anthropic</c>, as in the ledger.</param>
/// <param name="Day">UTC, counted from 1970: that of the bucket's beginning.</param>
/// <param name="Model">As the provider writes it; empty where the report is not split by model, or the cost has none (tools).</param>
/// <param name="Kind">One of <see cref="CostKinds"/> or <see cref="ProviderKinds"/>; empty where the report is not split by kind.</param>
public sealed record ProviderFact(string Provider, long Day, string Model, string Kind)
{
    /// <summary>How much was used, in the kind's own unit; null: not told.</summary>
    public decimal? Quantity { get; init; }

    /// <summary>US dollars; null: not told.</summary>
    public decimal? Amount { get; init; }

    /// <summary>0 to 23, where the report's buckets are no longer than an hour; null: the day as a whole.</summary>
    public int? Hour { get; init; }

    /// <summary>Whether it went through the batch API; null: not told.</summary>
    public bool? Batch { get; init; }

    /// <summary>The service tier, as the provider names it; null: not told.</summary>
    public string? Tier { get; init; }

    /// <summary>OpenAI's project or Anthropic's workspace; null: not told, or the default one.</summary>
    public string? Project { get; init; }

    /// <summary>Everything that tells this row of the report from its others: two documents that tell the same row would count it twice.</summary>
    public required string RowKey { get; init; }
}

/// <summary>Kinds that providers report and no cost line has: what the ledger does not model.</summary>
public static class ProviderKinds
{
    /// <summary>How many calls of a model there were. Evidence only, never compared as a kind.</summary>
    public const string Requests = "requests";

    public const string CodeExecution = "code_execution";
    public const string SessionUsage = "session_usage";
    public const string Images = "images";
    public const string SpeechCharacter = "speech_character";
    public const string VectorStoreByte = "vector_store_byte";

    /// <summary>A line of an invoice whose name is none of the documented forms; what follows is that name.</summary>
    public const string OtherPrefix = "other: ";

    private static readonly HashSet<string> Tools =
        [CostKinds.WebSearch, CostKinds.FileSearch, CostKinds.GroundedPrompt, CostKinds.SearchQuery, CodeExecution, SessionUsage, VectorStoreByte];

    /// <summary>Billed for what a tool did, not for the model's tokens.</summary>
    public static bool IsTool(string kind) => Tools.Contains(kind) || kind.StartsWith(OtherPrefix, StringComparison.Ordinal);

    public static bool IsCacheWrite(string kind) => kind is CostKinds.CacheWrite or CostKinds.CacheWrite5m or CostKinds.CacheWrite1h;

    /// <summary>Tokens that the request brings, cached or not.</summary>
    public static bool IsInput(string kind) => IsCacheWrite(kind) || kind is CostKinds.Input or CostKinds.CacheRead or CostKinds.InputAudio or CostKinds.InputImage
        or CostKinds.CacheReadAudio or CostKinds.CacheReadImage;
}
