namespace McpBilling.Operations;

/// <summary>"Did you mean": the valid name that lies nearest to a mistyped one.</summary>
public static class NearestName
{
    /// <summary>Longer names are not compared: the distance costs length squared, and the name may come from anyone.</summary>
    private const int MaxLength = 128;

    /// <summary>
    /// The candidate one edit away; else what other billing tools call by this name (<see cref="Synonyms"/>); else the nearest within a third of the name's
    /// length; else one that begins with the name (<c>pack</c>, <c>package</c>); else null. Of equally near ones the first.
    /// </summary>
    public static string? Of(string name, IEnumerable<string> candidates)
    {
        if (name.Length is 0 or > MaxLength)
        {
            return null;
        }
        if (candidates is not ICollection<string>)
        {
            candidates = [.. candidates];
        }
        string? begun = null;
        string? best = null;
        int bestDistance = Math.Max(1, name.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            if (begun is null && name.Length >= 3 && candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                begun = candidate;
            }
            if (candidate.Length <= MaxLength && Math.Abs(candidate.Length - name.Length) < bestDistance)
            {
                int distance = Distance(name, candidate);
                if (distance < bestDistance)
                {
                    (best, bestDistance) = (candidate, distance);
                }
            }
        }
        return bestDistance <= 1 && best is not null ? best : Synonyms.Of(name, candidates) ?? best ?? begun;
    }

    /// <summary><c>Did you mean "usd"?</c>, or null when nothing is near.</summary>
    public static string? Hint(string name, IEnumerable<string> candidates) => Of(name, candidates) is { } near ? $"Did you mean \"{near}\"?" : null;

    /// <summary>Insertions, deletions, replacements and swaps of neighbours, case and the kind of dash not counted.</summary>
    private static int Distance(string from, string to)
    {
        var before = new int[to.Length + 1];
        var above = new int[to.Length + 1];
        var row = new int[to.Length + 1];
        for (int j = 0; j <= to.Length; j++)
        {
            above[j] = j;
        }
        for (int i = 1; i <= from.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = above[j - 1] + (Same(from[i - 1], to[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(above[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && Same(from[i - 1], to[j - 2]) && Same(from[i - 2], to[j - 1]))
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }
            (before, above, row) = (above, row, before);
        }
        return above[to.Length];
    }

    private static bool Same(char a, char b) => Folded(a) == Folded(b);

    private static char Folded(char c) => c is '-' or '.' ? '_' : char.ToLowerInvariant(c);
}
