using System.Text.Json;
using Microsoft.Playwright;

namespace McpBilling.Server.Tests.Portal;

/// <summary>axe-core of npm on an open page: what keeps people out. Absent: the test is skipped with the reason, or fails in CI, where <c>.ci/run</c> installs it.</summary>
internal static class Axe
{
    private static string Folder => Environment.GetEnvironmentVariable("MCP_BILLING_PAGE_TOOLS")
        ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/root", ".cache", "mcp-billing", "page-tools");

    private static readonly Lazy<string> Source = new(static () =>
    {
        string file = Path.Combine(Folder, "node_modules", "axe-core", "axe.min.js");
        return File.Exists(file) ? File.ReadAllText(file) : Needs.Absent($"{file} is absent: npm i --prefix {Folder} axe-core@4.14.1");
    });

    /// <summary>Each violation in a line: the rule, how bad it is, and where.</summary>
    public static async Task<string[]> Violations(IPage page)
    {
        // Evaluated by the debugger, so the page's own policy, which allows no script, stays as it is.
        await page.EvaluateAsync(Source.Value + "; undefined");
        var found = await page.EvaluateAsync<JsonElement>(
            "() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(r => r.violations.map(v => v.id + ' (' + v.impact + '): ' + v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary).join('; ')))");
        return [.. found.EnumerateArray().Select(v => v.GetString()!)];
    }
}
