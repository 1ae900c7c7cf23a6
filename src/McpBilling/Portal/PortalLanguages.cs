using System.Collections.Frozen;

namespace McpBilling.Portal;

/// <summary>The languages that the portal speaks, by ISO 639-1 code.</summary>
public static class PortalLanguages
{
    public const string Default = "en";

    public const string Pattern = "^(en|de|es|ja|ar)$";

    /// <summary>In the order in which a switch shows them.</summary>
    public static IReadOnlyList<string> All { get; } = ["en", "de", "es", "ja", "ar"];

    private static readonly FrozenSet<string> Known = All.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The language of a tag such as <c>de-AT</c>; null when it is none of ours.</summary>
    public static string? Of(string? tag)
    {
        string? primary = tag?.Trim().Split('-')[0];
        return primary is not null && Known.Contains(primary) ? primary.ToLowerInvariant() : null;
    }
}
