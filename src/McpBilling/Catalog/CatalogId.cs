using System.Text.RegularExpressions;

namespace McpBilling.Catalog;

/// <summary>Ids of assets, meters, products and prices: chosen by the builder, safe in an address and in a log line.</summary>
public static partial class CatalogId
{
    public const int MaxLength = 64;

    public static bool IsValid(string id) => Shape().IsMatch(id);

    /// <summary>A valid id that looks like the given text: <c>Image Credits</c> → <c>image-credits</c>; null when nothing is left of it.</summary>
    public static string? Resembling(string text)
    {
        string id = Forbidden().Replace(text.ToLowerInvariant(), "-").Trim('-', '_');
        return id.Length == 0 ? null : id[..Math.Min(id.Length, MaxLength)];
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    [GeneratedRegex("[^a-z0-9_-]+", RegexOptions.CultureInvariant)]
    private static partial Regex Forbidden();
}
