using System.CommandLine;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Mcp;

namespace McpBilling.Server.Commands;

/// <summary>Which tools MCP offers, the same over standard input and over HTTP.</summary>
internal static class ToolOptions
{
    private const string Every = "all";
    private const string Usual = "default";

    public static Option<bool> ReadOnly() => new("--read-only") { Description = "Offer no tool that changes anything." };

    public static Option<string[]> ToolSets() => new("--toolsets")
    {
        Description = $"Which groups of tools to offer, of {string.Join(", ", Enum.GetValues<ToolSet>().Select(NameOf))}; {Usual} (all but payments and admin), {Every}, or several: {Usual},admin.",
        HelpName = "NAMES",
        AllowMultipleArgumentsPerToken = true,
    };

    /// <exception cref="CommandException">An unknown name.</exception>
    public static IReadOnlySet<ToolSet> Parse(string[]? option)
    {
        string[] names = SharedOptions.List(option);
        return names.Length == 0 ? McpSurface.DefaultToolSets
            : names.Contains(Every) ? Enum.GetValues<ToolSet>().ToHashSet()
            : names.SelectMany(Named).ToHashSet();
    }

    private static IEnumerable<ToolSet> Named(string name)
    {
        if (name == Usual)
        {
            return McpSurface.DefaultToolSets;
        }
        var known = Enum.GetValues<ToolSet>();
        var sets = known.Where(s => NameOf(s) == name).ToArray();
        return sets.Length > 0 ? sets : throw new CommandException(
            $"There is no toolset {name}; there are {string.Join(", ", known.Select(NameOf))}, {Usual} and {Every}. {NearestName.Hint(name, [.. known.Select(NameOf), Usual, Every])}".TrimEnd(), ExitCodes.Usage);
    }

    private static string NameOf(ToolSet set) => JsonNamingPolicy.SnakeCaseLower.ConvertName(set.ToString());
}
