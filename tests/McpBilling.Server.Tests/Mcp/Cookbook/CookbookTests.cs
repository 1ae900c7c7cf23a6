using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp.Cookbook;

/// <summary>
/// Plays each prompt's path over a real client and the real program, and holds docs/cookbook to what was said: nobody copies a transcript that does not work.
/// The workspace's clock stands still at <see cref="Now"/>.
/// </summary>
public sealed partial class CookbookTests
{
    private const string Now = "2026-12-01T09:00:00Z";

    private static string Pages => Repository.PathTo("docs", "cookbook");

    public static TheoryData<string> Prompts => [.. Recipes.All.Select(r => r.Prompt)];

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task A_page_is_what_the_program_answers(string prompt)
    {
        var recipe = Recipes.All.Single(r => r.Prompt == prompt);
        await using var conversation = await StdioConversation.Start("--toolsets", "setup,catalog,wallets,usage,costs,admin");
        await conversation.Call("advance_test_clock", $$"""{"now":"{{Now}}"}""");
        var given = (await conversation.Client.ListPromptsAsync()).Single(p => p.Name == prompt);
        var transcript = new Transcript(conversation.Folder);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var step in recipe.Steps)
        {
            await Play(step, conversation, transcript, names);
        }
        string page = $"# {given.Title}\n\nPrompt `{prompt}`: {given.Description} Played by a test; ids, ports and the clock are made the same in every run, long texts and lists are cut. Do not edit.\n\n> {recipe.Wish}\n{transcript}";
        AssertPage(prompt, page);
    }

    [Fact]
    public async Task Every_prompt_has_its_page_and_no_page_is_left_over()
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(new FakeBilling()), McpPair.Discover);
        var prompts = await pair.Client.ListPromptsAsync();
        Assert.Equal(prompts.Select(p => p.Name).Order(), Recipes.All.Select(r => r.Prompt).Order());
        Directory.CreateDirectory(Pages);
        Assert.True(Repository.Updating || prompts.Select(p => p.Name).Append("README").Order().SequenceEqual(Directory.GetFiles(Pages, "*.md").Select(f => Path.GetFileNameWithoutExtension(f)!).Order()), "a page is missing or left over");
        string index = "# Cookbook\n\nThe prompts, each with a transcript of real tool calls. Written by a test (`UPDATE_SNAPSHOTS=1`).\n\n| prompt | for |\n| --- | --- |\n"
            + string.Concat(prompts.OrderBy(p => p.Name).Select(p => $"| [{p.Title}]({p.Name}.md) | {p.Description} |\n"));
        AssertPage("README", index);
    }

    private static async Task Play(Step step, StdioConversation conversation, Transcript transcript, Dictionary<string, string> names)
    {
        if (step.Kind == StepKind.Sentence)
        {
            transcript.Say(step.Name);
            return;
        }
        string input = Name().Replace(step.Input, m => names.GetValueOrDefault(m.Groups[1].Value, m.Value));
        JsonNode answer;
        if (step.Kind == StepKind.Tool)
        {
            var result = await conversation.Call(step.Name, input);
            Assert.True((result.IsError == true) == step.IsRefused, $"{step.Name} {input}: {((TextContentBlock)result.Content[0]).Text}");
            answer = step.IsRefused ? new JsonObject { ["text"] = ((TextContentBlock)result.Content[0]).Text } : JsonNode.Parse(result.StructuredContent!.Value.GetRawText())!;
            transcript.Tool(step.Name, step.ShownInput(JsonNode.Parse(input)!), step.Shown(answer), step.IsRefused);
        }
        else
        {
            string[] call = step.Name.Split(' ');
            string path = Name().Replace(call[1], m => names.GetValueOrDefault(m.Groups[1].Value, m.Value));
            (int status, answer) = await conversation.App(call[0], path, input);
            Assert.True((status >= 400) == step.IsRefused, $"{step.Name} {input}: {status} {answer.ToJsonString()}");
            transcript.App($"{call[0]} {call[1]}", JsonNode.Parse(input)!, status, step.Shown(answer));
        }
        foreach (var finding in answer["findings"] as JsonArray ?? [])
        {
            Assert.True((string?)finding!["status"] != "fail", finding.ToJsonString());
        }
        foreach (var (place, value) in step.Expects)
        {
            var found = place.Split('/').Aggregate((JsonNode?)answer, (at, part) => at is JsonArray list ? list[int.Parse(part)] : at?[part]);
            Assert.True(found?.ToString() == value, $"{step.Name}: {place} is {found?.ToJsonString()}, not {value}, in {answer.ToJsonString()}");
        }
        foreach (var (field, value) in answer as JsonObject ?? [])
        {
            if (value is JsonValue)
            {
                names[field] = value.ToString();
            }
        }
    }

    private static void AssertPage(string name, string expected)
    {
        string path = Path.Combine(Pages, name + ".md");
        if (Repository.Updating)
        {
            Directory.CreateDirectory(Pages);
            File.WriteAllText(path, expected);
            return;
        }
        Assert.True(File.Exists(path), $"{path} is missing: run the tests once with UPDATE_SNAPSHOTS=1 and read the difference.");
        Assert.Equal(expected, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    [GeneratedRegex(@"\{([a-z_]+)\}")]
    private static partial Regex Name();
}
