using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests;

/// <summary>
/// README's path from an empty folder to the first charge, taken literally: its blocks of shell run one after the other in one shell, with an empty home, and
/// print what the blocks after them show, where … stands for anything. Only two things are put in: the port, and the folder of this build.
/// </summary>
public sealed partial class ReadmePathTests
{
    private const string Mark = "-- end of step ";

    [Fact]
    public async Task The_path_of_the_README_leads_to_the_first_charge()
    {
        string bash = Needs.Program("bash");
        Needs.Program("curl");
        var steps = Steps(await File.ReadAllTextAsync(Path.Combine(Needs.RepositoryFolder, "README.md")));
        Assert.Equal([false, true, false, true, true, true], steps.Select(s => s.Shown is not null));

        var home = Directory.CreateTempSubdirectory("mcp-billing-readme-");
        try
        {
            string url = $"http://127.0.0.1:{FreePort()}";
            (string, string)[] environment = [("HOME", home.FullName), ("XDG_DATA_HOME", ""), ("MCP_BILLING_DATA", ""), ("MCP_BILLING_URLS", "")];
            await using var serve = await ProgramProcess.Start("dotnet", [ProgramProcess.Dll, "serve", "--urls", url], null, environment);
            string script = "set -euo pipefail\n" + string.Join('\n', steps.Select((s, i) => s.Command + $"\necho '{Mark}{i}'\n"))
                .Replace("http://127.0.0.1:7171", url, StringComparison.Ordinal)
                .Replace("$CLONE/src/McpBilling.Server/bin/Debug/net10.0/mcp-billing.dll", ProgramProcess.Dll, StringComparison.Ordinal);
            var run = await ProgramProcess.RunAny(bash, ["-c", script], Needs.RepositoryFolder, environment);
            Assert.True(run.ExitCode == 0, run.Out + run.Error);

            string rest = run.Out;
            for (int i = 0; i < steps.Count; i++)
            {
                int end = rest.IndexOf($"{Mark}{i}\n", StringComparison.Ordinal);
                string printed = rest[..end];
                rest = rest[(end + Mark.Length + i.ToString().Length + 1)..];
                Assert.Matches(PatternOf(steps[i].Shown ?? ""), printed.Trim());
            }
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_first_screen_has_the_commands_that_the_tools_need()
    {
        string readme = File.ReadAllText(Path.Combine(Needs.RepositoryFolder, "README.md"));
        string screen = readme[..readme.IndexOf("## From an empty folder", StringComparison.Ordinal)];
        Assert.Single(Regex.Matches(screen, "^dotnet run --project src/McpBilling.Server -- serve$", RegexOptions.Multiline));
        Assert.Single(Regex.Matches(screen, "^claude mcp add mcp-billing -- dotnet .*mcp-billing.dll\" stdio$", RegexOptions.Multiline));
        Assert.Single(Regex.Matches(screen, "^dotnet test$", RegexOptions.Multiline));
        var cursor = System.Text.Json.JsonElement.Parse(Block().Matches(screen).Single(m => m.Groups[1].Value == "json").Groups[2].Value);
        var args = cursor.GetProperty("mcpServers").GetProperty("mcp-billing").GetProperty("args");
        Assert.EndsWith("/bin/Debug/net10.0/mcp-billing.dll", args[0].GetString(), StringComparison.Ordinal);
        Assert.Equal("stdio", args[1].GetString());
    }

    /// <summary>A block of shell, and what the block after it shows, if it shows something.</summary>
    private static List<(string Command, string? Shown)> Steps(string readme)
    {
        string section = readme[readme.IndexOf("## From an empty folder", StringComparison.Ordinal)..];
        var steps = new List<(string Command, string? Shown)>();
        foreach (Match block in Block().Matches(section))
        {
            if (block.Groups[1].Value == "sh")
            {
                steps.Add((block.Groups[2].Value, null));
            }
            else
            {
                Assert.Null(steps[^1].Shown);
                steps[^1] = steps[^1] with { Shown = block.Groups[2].Value };
            }
        }
        return steps;
    }

    private static string PatternOf(string shown) => "(?s)^" + Regex.Escape(shown.Trim()).Replace("…", ".+?", StringComparison.Ordinal) + "$";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("^```([a-z]*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
