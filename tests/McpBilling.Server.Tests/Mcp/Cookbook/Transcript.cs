using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpBilling.Server.Tests.Mcp.Cookbook;

/// <summary>What was called and answered, as a page; whatever differs from one run to the next is written the same in all of them.</summary>
internal sealed partial class Transcript(string appFolder)
{
    private readonly StringBuilder page = new();
    private readonly Dictionary<string, string> ids = new(StringComparer.Ordinal);

    public void Say(string text) => page.Append(CultureInfo.InvariantCulture, $"\n{text}\n");

    public void Tool(string name, JsonNode arguments, JsonNode answer, bool refused) => Add($"`{name}`", arguments, answer, refused ? "Refused:" : "");

    public void App(string call, JsonNode body, int status, JsonNode answer) => Add($"The app: `{call}`", body, answer, status is 200 or 201 ? "" : $"Status {status}:");

    public override string ToString() => page.ToString();

    private void Add(string heading, JsonNode arguments, JsonNode answer, string remark)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n**{heading}**\n\n```json\n{Steady(ShownJson.Of(arguments))}\n```\n\n{(remark.Length > 0 ? remark + "\n\n" : "")}```json\n{Steady(ShownJson.Of(answer))}\n```\n");
    }

    private string Steady(string text)
    {
        text = text.Replace(appFolder, "/app", StringComparison.Ordinal);
        text = Port().Replace(text, "127.0.0.1:7171");
        text = Secret().Replace(text, m => $"\"{m.Groups[1].Value}\":\"…\"");
        text = Version().Replace(text, "\"version\":\"…\"");
        return Id().Replace(text, m =>
        {
            if (!ids.TryGetValue(m.Value, out string? name))
            {
                ids[m.Value] = name = $"{m.Groups[1].Value}_{ids.Keys.Count(k => k.StartsWith(m.Groups[1].Value, StringComparison.Ordinal)) + 1}";
            }
            return name;
        });
    }

    [GeneratedRegex(@"127\.0\.0\.1:\d+")]
    private static partial Regex Port();

    [GeneratedRegex("\"(preview_token|last_four)\":\\s*\"[^\"]*\"")]
    private static partial Regex Secret();

    [GeneratedRegex("\"version\":\\s*\"[^\"]*\"")]
    private static partial Regex Version();

    [GeneratedRegex(@"\b(hold|grant|entry|key|proof|req)_[0-9a-zA-Z-]{16,}")]
    private static partial Regex Id();
}
