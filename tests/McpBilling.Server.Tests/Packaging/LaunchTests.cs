using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace McpBilling.Server.Tests.Packaging;

/// <summary>Every way to install starts the same thing.</summary>
public sealed partial class LaunchTests
{
    [Theory]
    [InlineData("packaging/plugin/.mcp.json")]
    [InlineData("packaging/gemini/gemini-extension.json")]
    public void The_plugin_and_the_extension_start_the_package(string path) =>
        Assert.Equal(Handout.Launch, Handout.CommandOf(Handout.Json(path).GetProperty("mcpServers").GetProperty("mcp-billing")));

    [Fact]
    public void The_registry_entry_starts_the_package()
    {
        var package = Handout.Json("server.json").GetProperty("packages")[0];
        Assert.Equal("nuget", package.GetProperty("registryType").GetString());
        Assert.Equal("dnx", package.GetProperty("runtimeHint").GetString());
        Assert.Equal(Handout.Package, package.GetProperty("identifier").GetString());
        Assert.Equal(["stdio"], package.GetProperty("packageArguments").EnumerateArray().Select(a => a.GetProperty("value").GetString()));
    }

    [Theory]
    [InlineData("docs/install.md", true)]
    [InlineData("README.md", false)]
    public void Deep_links_decode_to_the_launch(string page, bool must)
    {
        string text = Handout.Read(page);
        string[] cursor = [.. CursorLink().Matches(text).Select(m => m.Groups[1].Value)];
        string[] code = [.. CodeLink().Matches(text).Select(m => m.Groups[1].Value)];
        Assert.True(!must || (cursor.Length > 0 && code.Length > 0), $"there must be links; they are:\n{CursorUrl()}\n{CodeUrl()}");
        foreach (string config in cursor)
        {
            var server = JsonElement.Parse(Convert.FromBase64String(Uri.UnescapeDataString(config)));
            Assert.True(Handout.Launch.SequenceEqual(Handout.CommandOf(server)), $"the link to Cursor should be {CursorUrl()}");
        }
        foreach (string config in code)
        {
            var server = JsonElement.Parse(Uri.UnescapeDataString(config));
            Assert.True(server.GetProperty("name").GetString() == "mcp-billing" && Handout.Launch.SequenceEqual(Handout.CommandOf(server)), $"the link to VS Code should be {CodeUrl()}");
        }
    }

    [Fact]
    public void Configurations_in_the_install_page_start_the_package_or_the_installed_command()
    {
        var blocks = JsonBlock().Matches(Handout.Read("docs/install.md")).Select(m => JsonElement.Parse(m.Groups[1].Value)).ToArray();
        Assert.NotEmpty(blocks);
        foreach (var server in blocks.SelectMany(Servers))
        {
            string[] command = server.GetProperty("command").ValueKind == JsonValueKind.Array
                ? [.. server.GetProperty("command").EnumerateArray().Select(a => a.GetString()!)]
                : Handout.CommandOf(server);
            Assert.True(command.SequenceEqual(Handout.Launch) || command.SequenceEqual(["mcp-billing", "stdio"]), string.Join(' ', command));
        }
    }

    // mcpServers: most hosts; servers: VS Code; mcp: opencode.
    private static IEnumerable<JsonElement> Servers(JsonElement config) =>
        new[] { "mcpServers", "servers", "mcp" }.Where(name => config.TryGetProperty(name, out _)).SelectMany(name => config.GetProperty(name).EnumerateObject()).Select(p => p.Value);

    private static string Config(string? name) => JsonSerializer.Serialize(
        name is null ? new Dictionary<string, object> { ["command"] = Handout.Launch[0], ["args"] = Handout.Launch[1..] }
            : new Dictionary<string, object> { ["name"] = name, ["command"] = Handout.Launch[0], ["args"] = Handout.Launch[1..] });

    private static string CursorUrl() =>
        $"cursor://anysphere.cursor-deeplink/mcp/install?name=mcp-billing&config={Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(Config(null))))}";

    private static string CodeUrl() => $"vscode:mcp/install?{Uri.EscapeDataString(Config("mcp-billing"))}";

    [GeneratedRegex(@"cursor://anysphere\.cursor-deeplink/mcp/install\?name=mcp-billing&config=([^\s)""'`>]+)")]
    private static partial Regex CursorLink();

    [GeneratedRegex(@"vscode:mcp/install\?([^\s)""'`>]+)")]
    private static partial Regex CodeLink();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();
}
