using System.Text.RegularExpressions;

namespace McpBilling.Server.Tests.Mcp.ToolChoice;

/// <summary>Okapi BM25 with its usual constants: which of a few texts a sentence is nearest to, by words alone, without a model or a network.</summary>
internal sealed partial class Bm25
{
    private const double K1 = 1.2;
    private const double B = 0.75;

    private static readonly HashSet<string> Stopwords = new(
        "a an and are as at be by for i in is it its me my of on or our that the this to we with you your".Split(' '), StringComparer.Ordinal);

    private static readonly (string Suffix, string Stem)[] Endings = [("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")];

    private readonly string[][] documents;
    private readonly Dictionary<string, int> documentsWith;
    private readonly double meanLength;

    public Bm25(IEnumerable<string> texts)
    {
        documents = [.. texts.Select(t => Words(t).ToArray())];
        documentsWith = documents.SelectMany(d => d.Distinct()).GroupBy(w => w).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        meanLength = documents.Average(d => d.Length);
    }

    /// <summary>The indexes of the texts, the nearest first; equally near ones in their own order.</summary>
    public int[] Rank(string sentence)
    {
        string[] words = [.. Words(sentence).Distinct()];
        return [.. Enumerable.Range(0, documents.Length).OrderByDescending(i => words.Sum(w => Score(w, documents[i])))];
    }

    private double Score(string word, string[] document)
    {
        int count = document.Count(w => w == word);
        if (count == 0)
        {
            return 0;
        }
        double rarity = Math.Log(1 + (documents.Length - documentsWith[word] + 0.5) / (documentsWith[word] + 0.5));
        return rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * document.Length / meanLength));
    }

    private static IEnumerable<string> Words(string text) => Word().Matches(text.ToLowerInvariant()).Select(m => m.Value).Where(w => !Stopwords.Contains(w)).Select(Stem);

    /// <summary>"prices", "priced" and "pricing" are one word. Crude on purpose: a few endings of English.</summary>
    private static string Stem(string word)
    {
        foreach (var (suffix, stem) in Endings)
        {
            if (word.EndsWith(suffix, StringComparison.Ordinal) && word.Length - suffix.Length >= 3 && !word.EndsWith("ss", StringComparison.Ordinal))
            {
                word = word[..^suffix.Length] + stem;
                break;
            }
        }
        if (word.Length > 3 && word[^1] == 'e')
        {
            word = word[..^1];
        }
        return word.Length > 3 && word[^1] == word[^2] && word[^1] is not ('l' or 's') ? word[..^1] : word;
    }

    [GeneratedRegex("[a-z0-9]+", RegexOptions.CultureInvariant)]
    internal static partial Regex Word();
}
