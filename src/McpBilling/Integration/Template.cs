using System.Text;
using System.Text.RegularExpressions;

namespace McpBilling.Integration;

/// <summary>
/// The least that files need to be made from others: <c>{{name}}</c> is a text; <c>{{#name}}…{{/name}}</c> is there when the name is true, and once for each
/// item of a list; <c>{{^name}}…{{/name}}</c> when it is false or empty. A tag alone on its line goes with the line. Inside an item, its names come
/// first; <c>last</c> is true in the last one.
/// </summary>
internal sealed partial class Template
{
    private readonly string text;
    private readonly Match[] tags;

    public Template(string text)
    {
        this.text = AloneOnItsLine().Replace(text, "$1");
        tags = [.. Tag().Matches(this.text).Cast<Match>()];
    }

    /// <exception cref="InvalidOperationException">The template names what there is not.</exception>
    public string Fill(IReadOnlyDictionary<string, object> values)
    {
        var filled = new StringBuilder(text.Length);
        int next = 0;
        int at = 0;
        Walk(filled, [values], ref next, ref at, shown: true);
        return filled.ToString();
    }

    // Until the end of the section that begins before tag `next`, or of the text. What is not shown is passed over.
    private void Walk(StringBuilder filled, List<IReadOnlyDictionary<string, object>> scopes, ref int next, ref int at, bool shown)
    {
        while (next < tags.Length)
        {
            var tag = tags[next++];
            if (shown)
            {
                filled.Append(text, at, tag.Index - at);
            }
            at = tag.Index + tag.Length;
            string name = tag.Groups[2].Value;
            switch (tag.Groups[1].Value)
            {
                case "/":
                    return;
                case "" when shown:
                    filled.Append((string)Find(scopes, name));
                    break;
                case "":
                    break;
                case "#" when shown && Find(scopes, name) is IReadOnlyList<IReadOnlyDictionary<string, object>> { Count: > 0 } items:
                    Each(items, filled, scopes, ref next, ref at);
                    break;
                case var kind:
                    bool on = shown && IsTrue(Find(scopes, name)) == (kind == "#");
                    Walk(filled, scopes, ref next, ref at, on);
                    break;
            }
        }
        if (shown)
        {
            filled.Append(text, at, text.Length - at);
        }
        at = text.Length;
    }

    private void Each(
        IReadOnlyList<IReadOnlyDictionary<string, object>> items, StringBuilder filled, List<IReadOnlyDictionary<string, object>> scopes, ref int next, ref int at)
    {
        int first = next;
        int begin = at;
        for (int i = 0; i < items.Count; i++)
        {
            next = first;
            at = begin;
            Walk(filled, [.. scopes, items[i], new Dictionary<string, object> { ["last"] = i == items.Count - 1 }], ref next, ref at, shown: true);
        }
    }

    private static bool IsTrue(object value) => value is true or IReadOnlyList<IReadOnlyDictionary<string, object>> { Count: > 0 } or string { Length: > 0 };

    private static object Find(List<IReadOnlyDictionary<string, object>> scopes, string name)
    {
        for (int i = scopes.Count - 1; i >= 0; i--)
        {
            if (scopes[i].TryGetValue(name, out var value))
            {
                return value;
            }
        }
        throw new InvalidOperationException($"the template names {name}, which is not there");
    }

    [GeneratedRegex(@"\{\{([#^/]?)([a-z_]+)\}\}")]
    private static partial Regex Tag();

    [GeneratedRegex(@"^[ \t]*(\{\{[#^/][a-z_]+\}\})[ \t]*\n", RegexOptions.Multiline)]
    private static partial Regex AloneOnItsLine();
}
