using System.Text.RegularExpressions;
using McpBilling.Server.Mcp;
using McpBilling.Server.Tests.Mcp;

namespace McpBilling.Server.Tests.Packaging;

/// <summary>The skill of the plugin, whose text is also the context of the Gemini extension.</summary>
public sealed partial class SkillTests
{
    private const string Skill = "packaging/plugin/skills/billing/SKILL.md";
    private const string Context = "packaging/gemini/GEMINI.md";

    // What a skill's description may have, by the format's own rule; and what a model reads in one look.
    private const int MaxDescription = 1024;
    private const int MaxText = 4_000;

    [Fact]
    public void The_skill_is_named_like_its_folder_and_says_when_to_use_it()
    {
        var front = FrontMatter().Match(Handout.Read(Skill));
        Assert.Equal("billing", front.Groups["name"].Value);
        Assert.InRange(front.Groups["description"].Value.Length, 1, MaxDescription);
        Assert.Contains("Use when", front.Groups["description"].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_skill_is_short_and_names_only_tools_that_there_are()
    {
        string text = TextOfSkill();
        Assert.InRange(text.Length, 1, MaxText);
        var tools = ToolsFile.Read().Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        string[] named = [.. ToolName().Matches(text).Select(m => m.Groups[1].Value).Distinct()];
        Assert.NotEmpty(named);
        Assert.Equal(named.Where(tools.Contains), named);
    }

    [Fact]
    public void The_context_of_the_Gemini_extension_is_the_text_of_the_skill()
    {
        if (Repository.Updating)
        {
            File.WriteAllText(Repository.PathTo(Context), TextOfSkill());
        }
        Assert.Equal(TextOfSkill(), Handout.Read(Context));
    }

    private static string TextOfSkill() => FrontMatter().Replace(Handout.Read(Skill), "").TrimStart('\n');

    [GeneratedRegex(@"\A---\nname: (?<name>.*)\ndescription: (?<description>.*)\n---\n")]
    private static partial Regex FrontMatter();

    // Inline code of lower-case words joined by underscores is a tool; styles and fields stand without the marks.
    [GeneratedRegex("`([a-z]+(?:_[a-z]+)+)`")]
    private static partial Regex ToolName();
}
