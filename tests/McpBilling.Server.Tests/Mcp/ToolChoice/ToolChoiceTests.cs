using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Server.Tests.Mcp.ToolChoice;

/// <summary>
/// Whether a builder's sentence leads to the right tool by the words of its definition alone. Sentences (<c>sentences.json</c>) are how builders talk;
/// a description may learn a word from them, never the other way round.
/// </summary>
public sealed class ToolChoiceTests
{
    /// <summary>A sentence and a definition that share so many words in a row are no two sources.</summary>
    private const int SharedRun = 4;

    private static readonly Operation[] Tools = [.. ShippedToolsTests.DefaultOperations];

    private static readonly (string Tool, string Sentence)[] Sentences =
    [
        .. JsonSerializer.Deserialize<Dictionary<string, string[]>>(File.ReadAllText(Repository.PathTo("tests", "McpBilling.Server.Tests", "Mcp", "ToolChoice", "sentences.json")))!
            .SelectMany(tool => tool.Value.Select(sentence => (tool.Key, sentence))),
    ];

    [Fact]
    public void Every_tool_of_the_default_set_has_sentences_of_its_own()
    {
        Assert.True(Sentences.Length >= 120, $"{Sentences.Length} sentences");
        Assert.Equal(Sentences.Length, Sentences.Select(s => s.Sentence).Distinct().Count());
        Assert.Empty(Tools.Where(t => Sentences.Count(s => s.Tool == t.Name) < 4).Select(t => t.Name));
    }

    [Fact]
    public void The_right_tool_is_nearest()
    {
        var ranker = new Bm25(Tools.Select(t => $"{t.Name.Replace('_', ' ')} {t.Title} {t.Description}"));
        var places = Judged.Select(s => (s.Sentence, s.Tool, Order: ranker.Rank(s.Sentence)))
            .Select(s => (s.Sentence, s.Tool, s.Order, Place: Array.FindIndex(s.Order, i => Tools[i].Name == s.Tool) + 1)).ToArray();
        double first = places.Count(p => p.Place == 1) / (double)places.Length, firstThree = places.Count(p => p.Place <= 3) / (double)places.Length;
        string misses = string.Join('\n', places.Where(p => p.Place > 1).OrderByDescending(p => p.Place).Select(p => $"{p.Place}. {p.Tool}: {p.Sentence} → {Tools[p.Order[0]].Name}"));
        string figures = $"{places.Length} sentences over {Tools.Length} tools: right tool first {first:P1}, in the first three {firstThree:P1}\n{misses}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.True(first >= 0.75 && firstThree >= 0.93, figures);
    }

    [Fact]
    public void No_sentence_is_made_of_its_tools_own_words()
    {
        var copied = from s in Judged
                     let tool = Tools.Single(t => t.Name == s.Tool)
                     let shared = Runs(s.Sentence).Intersect(Runs(tool.Description).Concat(Runs(tool.Title))).ToArray()
                     where shared.Length > 0
                     select $"{s.Tool}: {s.Sentence} ({shared[0]})";
        Assert.Empty(copied);
    }

    private static IEnumerable<(string Tool, string Sentence)> Judged => Sentences.Where(s => Tools.Any(t => t.Name == s.Tool));

    private static IEnumerable<string> Runs(string text)
    {
        string[] words = [.. Bm25.Word().Matches(text.ToLowerInvariant()).Select(m => m.Value)];
        return Enumerable.Range(0, Math.Max(0, words.Length - SharedRun + 1)).Select(i => string.Join(' ', words[i..(i + SharedRun)]));
    }
}
