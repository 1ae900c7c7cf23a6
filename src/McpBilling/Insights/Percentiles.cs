namespace McpBilling.Insights;

/// <summary>Percentiles by nearest rank: the value that so many of a hundred do not exceed. Whole numbers in, one of them out.</summary>
public static class Percentiles
{
    /// <param name="values">Each value with how many have it.</param>
    /// <param name="percents">1 to 100, ascending.</param>
    public static long[] Of(IEnumerable<(long Value, long Count)> values, params ReadOnlySpan<int> percents)
    {
        var sorted = values.Where(v => v.Count > 0).OrderBy(v => v.Value).ToArray();
        Int128 all = 0;
        foreach (var (_, count) in sorted)
        {
            all += count;
        }
        var found = new long[percents.Length];
        int at = 0;
        Int128 upTo = 0;
        for (int p = 0; p < percents.Length && sorted.Length > 0; p++)
        {
            // The rank is the smallest whole number that is at least so many hundredths of all.
            var rank = (all * percents[p] + 99) / 100;
            while (upTo + sorted[at].Count < rank)
            {
                upTo += sorted[at++].Count;
            }
            found[p] = sorted[at].Value;
        }
        return found;
    }

    /// <summary>The value at the rank that is the smallest whole number of at least so many hundredths of all.</summary>
    /// <param name="sorted">Ascending, at least one.</param>
    /// <param name="percent">1 to 100.</param>
    public static T NearestRank<T>(IReadOnlyList<T> sorted, int percent) => sorted[(int)(((long)sorted.Count * percent + 99) / 100) - 1];
}
