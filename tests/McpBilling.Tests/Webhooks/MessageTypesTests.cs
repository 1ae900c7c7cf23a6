using System.Text.RegularExpressions;
using McpBilling.Webhooks;

namespace McpBilling.Tests.Webhooks;

/// <summary>Types of messages are a contract: the page that receivers read says the same as the program.</summary>
public sealed partial class MessageTypesTests
{
    [Fact]
    public void Names_are_unique_and_of_two_words() =>
        Assert.Equal(MessageTypes.All.Count, MessageTypes.All.Select(t => t.Name).Where(n => Name().IsMatch(n)).Distinct().Count());

    [Fact]
    public void The_page_of_webhooks_says_what_the_program_says()
    {
        string path = Path.Combine(Needs.RepositoryFolder, "docs", "topics", "webhooks.md");
        string[] lines = File.ReadAllLines(path);
        string[] expected = [.. MessageTypes.All.Select(t => $"| `{t.Name}` | {t.When} | {t.Data} |")];
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            int first = Array.FindIndex(lines, l => Row().IsMatch(l));
            lines = [.. lines[..first], .. expected, .. lines[first..].Where(l => !Row().IsMatch(l))];
            File.WriteAllText(path, string.Join('\n', lines) + "\n");
        }
        Assert.Equal(expected, lines.Where(l => Row().IsMatch(l)));
    }

    [GeneratedRegex(@"^[a-z_]+\.[a-z_]+$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^\| `[a-z_.]+` \|")]
    private static partial Regex Row();
}
