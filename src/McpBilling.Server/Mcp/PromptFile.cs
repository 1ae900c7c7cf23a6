using System.Text;

namespace McpBilling.Server.Mcp;

/// <summary>An argument of a prompt.</summary>
/// <param name="Completes">Where suggestions come from: a kind (<c>customer_ids</c>) or the choices themselves (<c>typescript|python</c>); empty for none.</param>
/// <param name="Otherwise">Stands in the text when the argument was left out.</param>
public sealed record PromptFileArgument(string Name, string Description, bool Required, string Completes, string Otherwise);

/// <summary>
/// One prompt, as a Markdown file: front matter (<c>name</c>, <c>title</c>, <c>description</c>, <c>arguments</c>) and a text in which
/// <c>{{argument}}</c> is replaced. Only as much YAML as that takes.
/// </summary>
public sealed record PromptFile(string Name, string Title, string Description, IReadOnlyList<PromptFileArgument> Arguments, string Body)
{
    private const int MaxArgument = 1_000;

    public PromptFileArgument? ArgumentNamed(string name) => Arguments.FirstOrDefault(a => a.Name == name);

    /// <summary>The text with its arguments filled in. Arguments are quoted data: cut, and without line breaks that could begin a new instruction.</summary>
    public string Render(IReadOnlyDictionary<string, string> given)
    {
        var text = new StringBuilder(Body);
        foreach (var argument in Arguments)
        {
            string value = given.TryGetValue(argument.Name, out string? typed) && typed.Length > 0 ? OneLine(typed) : argument.Otherwise;
            text.Replace("{{" + argument.Name + "}}", value);
        }
        return text.ToString();
    }

    /// <exception cref="FormatException">The file is not a prompt; the message says where.</exception>
    public static PromptFile Parse(string text)
    {
        string[] parts = text.Split("---\n", 3);
        if (parts.Length < 3 || parts[0].Length > 0)
        {
            throw new FormatException("a prompt begins with front matter between two lines ---");
        }
        Dictionary<string, string> head = new(StringComparer.Ordinal);
        List<Dictionary<string, string>> arguments = [];
        foreach (string line in parts[1].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            bool nested = line.StartsWith("  ", StringComparison.Ordinal);
            string content = line.Trim();
            if (nested && content.StartsWith("- ", StringComparison.Ordinal))
            {
                arguments.Add(new(StringComparer.Ordinal));
                content = content[2..];
            }
            int colon = content.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                throw new FormatException($"front matter line without a colon: {line}");
            }
            (nested ? arguments[^1] : head)[content[..colon].Trim()] = content[(colon + 1)..].Trim().Trim('"');
        }
        return new PromptFile(Part(head, "name"), Part(head, "title"), Part(head, "description"), [.. arguments.Select(Argument)], parts[2].Trim() + "\n");
    }

    private static PromptFileArgument Argument(Dictionary<string, string> fields) => new(
        Part(fields, "name"), Part(fields, "description"), fields.GetValueOrDefault("required") == "true",
        fields.GetValueOrDefault("completes", ""), fields.GetValueOrDefault("otherwise", "(not named)"));

    private static string Part(Dictionary<string, string> fields, string name) =>
        fields.TryGetValue(name, out string? value) && value.Length > 0 ? value : throw new FormatException($"front matter lacks {name}");

    private static string OneLine(string typed)
    {
        string cut = typed.Length > MaxArgument ? typed[..MaxArgument] + "…" : typed;
        return string.Concat(cut.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
    }
}
