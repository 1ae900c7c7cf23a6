using System.Text.RegularExpressions;

namespace McpBilling.Tests.House;

/// <summary>Pages that point at files point at files that exist.</summary>
public sealed partial class MarkdownTests
{
    public static TheoryData<string> Pages =>
        [.. Directory.EnumerateFiles(Needs.RepositoryFolder, "*.md", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Needs.RepositoryFolder, f).Replace('\\', '/'))
            .Where(f => !f.Split('/').Any(p => p is "bin" or "obj" or "node_modules" or ".work" or "artifacts" or "TestResults"))
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_to_files_that_exist(string page)
    {
        string path = Path.Combine(Needs.RepositoryFolder, page);
        var missing = Link().Matches(File.ReadAllText(path)).Select(m => m.Groups[1].Value.Split('#')[0])
            .Where(l => l.Length > 0 && !Uri.TryCreate(l, UriKind.Absolute, out _))
            .Where(l => !Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, l)));
        Assert.Empty(missing);
    }

    /// <summary>Paths in backticks that begin like one of our folders: pages that tell where things are must not go stale.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Paths_that_are_named_exist(string page)
    {
        string text = File.ReadAllText(Path.Combine(Needs.RepositoryFolder, page));
        var missing = PathName().Matches(text).Select(m => m.Groups[1].Value)
            .Where(p => !p.Contains('*') && !p.Contains('{') && !p.Contains("/bin/", StringComparison.Ordinal) && !Path.Exists(Path.Combine(Needs.RepositoryFolder, p)));
        Assert.Empty(missing);
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:src|tests|docs|bench|examples|prompts)/[\w./*{}-]+)`")]
    private static partial Regex PathName();
}
