using System.Globalization;
using System.Text;
using McpBilling.Operations;

namespace McpBilling.Integration;

/// <summary>What a provider reports of one call of a language model.</summary>
internal enum TokenFact
{
    Input,
    Output,
    Total,
    Model,
}

/// <summary>
/// How one language writes what comes from a catalog. Its templates lie in <c>Templates/{WireName}/</c>. Names in a catalog are anybody's text: they reach
/// the code only as identifiers made here, as literals, or as comments.
/// </summary>
internal abstract class Language
{
    private const int LongestComment = 140;

    public static readonly IReadOnlyList<Language> All = [new TypeScript(), new Python(), new CSharp(), new GoLanguage(), new Curl()];

    public abstract IntegrationLanguage Which { get; }

    public string WireName => Which.ToString().ToLowerInvariant();

    public abstract IReadOnlyList<IntegrationFramework> Frameworks { get; }

    /// <summary>Template, where it goes, what it is for; in the order of reading.</summary>
    public abstract IEnumerable<(string Template, string Path, string Purpose)> Files(IntegrationFramework framework, IntegrationStyle style);

    /// <summary>The variable that tells this language's programs where they run.</summary>
    public abstract string EnvironmentVariable { get; }

    /// <summary>What a route of the app calls to read a webhook; null where programs of this language serve nothing.</summary>
    public abstract string? ReadWebhook { get; }

    /// <summary>How the app's code calls billing, in one line.</summary>
    public abstract string Call(IntegrationFramework framework, IntegrationStyle style, string estimate);

    /// <summary>An identifier for a function of an event type.</summary>
    public abstract string FunctionName(IReadOnlyList<string> words);

    /// <summary>An identifier for a parameter.</summary>
    public abstract string FieldName(IReadOnlyList<string> words);

    /// <summary>A text as a literal.</summary>
    public abstract string Literal(string text);

    /// <summary>A name as the key of a property.</summary>
    public virtual string Key(string name) => Literal(name);

    /// <summary>The type of a property's parameter.</summary>
    public abstract string TypeOf(EventProperty property);

    /// <summary>The property's value as it is sent.</summary>
    public abstract string ValueOf(EventProperty property, string field);

    /// <summary>One argument of a call.</summary>
    public abstract string Argument(string field, string expression);

    /// <summary>A whole call of an event's function.</summary>
    public abstract string Invoke(string function, IReadOnlyList<string> arguments);

    /// <summary>A whole number as a decimal argument.</summary>
    public abstract string Whole(int number);

    /// <summary>What the provider reported, where tokensUsed builds its events; <see cref="TokenFact.Model"/> is a text, the others decimals.</summary>
    public abstract string Token(TokenFact fact);

    /// <summary>Words that no identifier may be.</summary>
    protected abstract IReadOnlyList<string> Reserved { get; }

    public static Language Of(IntegrationLanguage which) => All.Single(l => l.Which == which);

    public static string Name(IntegrationFramework framework) => framework.ToString().ToLowerInvariant();

    /// <summary>The words of a name: <c>image.generated</c>, <c>inputTokens</c>, <c>gpu-hours</c>. Never empty, never beginning with a digit.</summary>
    public static IReadOnlyList<string> WordsOf(string name)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            bool hump = char.IsAsciiLetterUpper(c) && i > 0 && char.IsAsciiLetterLower(name[i - 1]);
            if ((hump || !char.IsAsciiLetterOrDigit(c)) && word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
            if (char.IsAsciiLetterOrDigit(c) && word.Length < 40)
            {
                word.Append(char.ToLowerInvariant(c));
            }
        }
        if (word.Length > 0)
        {
            words.Add(word.ToString());
        }
        if (words.Count == 0 || char.IsAsciiDigit(words[0][0]))
        {
            words.Insert(0, "event");
        }
        return words.Count > 8 ? words[..8] : words;
    }

    /// <summary>A name of the catalog inside a comment: one line, and nothing that could end the comment.</summary>
    public static string Comment(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            bool plain = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            line.Append(plain ? rune.ToString() : " ");
        }
        // Typographic quotes neither end a text nor are rewritten by gofmt.
        line.Replace("*/", "* /").Replace('"', '”').Replace('\'', '’').Replace('`', '‘').Replace('\\', '/').Replace('<', '(').Replace('>', ')').Replace('&', '+');
        return line.Length > LongestComment ? line.ToString(0, LongestComment) + "…" : line.ToString();
    }

    /// <summary>The identifier, or one that differs from what the language keeps for itself.</summary>
    protected string Allowed(string identifier) => Reserved.Contains(identifier) ? identifier + "Event" : identifier;

    protected static string Pascal(IEnumerable<string> words) => string.Concat(words.Select(w => char.ToUpperInvariant(w[0]) + w[1..]));

    protected static string Camel(IReadOnlyList<string> words) => words[0] + Pascal(words.Skip(1));

    protected static string Snake(IEnumerable<string> words) => string.Join('_', words);

    /// <summary>Between quotation marks, with the escapes that every C-like language knows.</summary>
    protected static string Quoted(string text, char mark)
    {
        var quoted = new StringBuilder(text.Length + 2).Append(mark);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == mark || rune.Value == '\\')
            {
                quoted.Append('\\').Append(rune.ToString());
            }
            else if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format && rune.Value <= 0xFFFF)
            {
                quoted.Append("\\u").Append(rune.Value.ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                quoted.Append(rune.ToString());
            }
        }
        return quoted.Append(mark).ToString();
    }
}
