using System.Globalization;
using System.Text.RegularExpressions;

namespace McpBilling.Costs.Reconciliation;

/// <summary>
/// Finds which of our model names and the provider's are one model. Responses, reports and consoles name it differently: <c>gpt-5</c> was asked for and
/// <c>gpt-5-2025-08-07</c> is billed; a console writes <c>Claude Haiku 4.5</c>. Names that both sides have stay apart; only where a name is on one side
/// alone and another of the same family is there are the family's names compared as one.
/// </summary>
internal sealed partial class ModelNames
{
    private readonly Dictionary<string, string> shown = new(StringComparer.Ordinal);

    public ModelNames(IEnumerable<string> reported, IEnumerable<string> recorded)
    {
        HashSet<string> theirs = [.. reported.Where(m => m.Length > 0)], ours = [.. recorded.Where(m => m.Length > 0)];
        foreach (var family in theirs.Union(ours).GroupBy(Family, StringComparer.Ordinal))
        {
            bool bothSides = family.Any(theirs.Contains) && family.Any(ours.Contains);
            bool oneIsAlone = family.Any(m => !theirs.Contains(m) || !ours.Contains(m));
            // Two dated names are two models. A name without a date is whichever the provider takes for it.
            bool oneIsLoose = family.Any(m => Exact(m) == family.Key);
            foreach (string name in family)
            {
                shown[name] = bothSides && oneIsAlone && oneIsLoose ? family.Key : name;
            }
        }
    }

    public string Of(string name) => shown.GetValueOrDefault(name, name);

    /// <summary>The name without its date: <c>claude-haiku-4-5</c>, <c>gpt-5-mini</c>.</summary>
    public static string Family(string name)
    {
        string plain = Suffix().Replace(Exact(name), "");
        if (!plain.StartsWith("claude-", StringComparison.Ordinal))
        {
            return plain;
        }
        // claude-3-5-haiku and Claude Haiku 3.5.
        string[] parts = plain["claude-".Length..].Split('-');
        return string.Join('-', ["claude", .. parts.Where(p => !char.IsAsciiDigit(p.FirstOrDefault())), .. parts.Where(p => char.IsAsciiDigit(p.FirstOrDefault()))]);
    }

    // Only names for people have spaces.
    private static string Exact(string name)
    {
        string low = name.Trim().ToLower(CultureInfo.InvariantCulture);
        return low.Contains(' ', StringComparison.Ordinal) ? low.Replace(' ', '-').Replace('.', '-') : low;
    }

    [GeneratedRegex(@"-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$", RegexOptions.CultureInvariant)]
    private static partial Regex Suffix();
}
