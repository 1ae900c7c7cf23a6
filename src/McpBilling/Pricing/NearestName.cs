namespace McpBilling.Pricing;

/// <summary>Finds what someone who mistyped a name probably meant.</summary>
public static class NearestName
{
    /// <summary>The name that takes the fewest single-letter edits, first listed first; null when every one is more than half different.</summary>
    public static string? Of(string? typed, IEnumerable<string> names)
    {
        if (string.IsNullOrEmpty(typed) || typed.Length > 64)
        {
            return null;
        }
        string lower = typed.ToLowerInvariant();
        string? nearest = names.MinBy(name => Edits(lower, name));
        return nearest is not null && Edits(lower, nearest) <= Math.Max(typed.Length, nearest.Length) / 2 ? nearest : null;
    }

    // Levenshtein's distance, one row at a time.
    private static int Edits(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
