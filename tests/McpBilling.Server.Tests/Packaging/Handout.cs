using System.Text.Json;
using System.Text.RegularExpressions;

namespace McpBilling.Server.Tests.Packaging;

/// <summary>What the files that are handed out say, and what they should.</summary>
internal static partial class Handout
{
    public const string Package = "McpBilling";

    /// <summary>Every file that tells the version. A new one belongs here.</summary>
    public static readonly string[] FilesWithVersion =
    [
        "server.json", ".claude-plugin/marketplace.json", "packaging/plugin/.claude-plugin/plugin.json", "packaging/plugin/.mcp.json",
        "packaging/gemini/gemini-extension.json", "packaging/mcpb/manifest.json", "docs/install.md", "README.md",
    ];

    /// <summary>The one source of the version.</summary>
    public static string Version => VersionElement().Match(Read("Directory.Build.props")).Groups[1].Value;

    /// <summary>How any host starts the server without having installed it.</summary>
    public static string[] Launch => ["dotnet", "dnx", $"{Package}@{Version}", "--yes", "--", "stdio"];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Needs.RepositoryFolder, path));

    public static JsonElement Json(string path) => JsonElement.Parse(Read(path));

    /// <summary>The text with this version wherever it tells one.</summary>
    public static string Stamped(string text) => PackageVersion().Replace(VersionField().Replace(text, "${1}" + Version), "${1}" + Version);

    /// <summary>The command line of a host's entry for a server.</summary>
    public static string[] CommandOf(JsonElement server) =>
        [server.GetProperty("command").GetString()!, .. server.GetProperty("args").EnumerateArray().Select(a => a.GetString()!)];

    [GeneratedRegex("<Version>(.*?)</Version>")]
    private static partial Regex VersionElement();

    [GeneratedRegex("(\"version\": \")[^\"]*")]
    private static partial Regex VersionField();

    [GeneratedRegex(@"(McpBilling@|--version |mcp-billing-(?=\d))\d+\.\d+\.\d+(-(?!(?:linux|osx|win)-)[0-9A-Za-z.-]*[0-9A-Za-z])?")]
    private static partial Regex PackageVersion();
}
