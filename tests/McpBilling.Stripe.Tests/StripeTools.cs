using System.Diagnostics;
using System.Text.Json;

namespace McpBilling.Stripe.Tests;

/// <summary>Stripe's own npm package, which signs webhooks as Stripe does, and the server of its contract. <c>.ci/run</c> installs both once, outside the tree.</summary>
internal static class StripeTools
{
    public static string Folder { get; } = Environment.GetEnvironmentVariable("MCP_BILLING_STRIPE_TOOLS")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "mcp-billing", "stripe-tools");

    public static string ContractServer => Existing(Path.Combine(NodeModules, ".bin", "steady"));

    public static string Node => Needs.Program("node");

    private static string NodeModules => Existing(Path.Combine(Folder, "node_modules"));

    /// <summary>The header that Stripe would send with a body.</summary>
    public static async Task<string> Sign(string payload, string secret, DateTimeOffset at)
    {
        string package = Existing(Path.Combine(NodeModules, "stripe"));
        var start = new ProcessStartInfo(Node) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-e");
        start.ArgumentList.Add(
            """
            const found = require(process.argv[1]);
            const Stripe = typeof found === 'function' ? found : found.default;
            const input = JSON.parse(require('fs').readFileSync(0, 'utf8'));
            process.stdout.write(new Stripe('sk_test_none').webhooks.generateTestHeaderString(input));
            """);
        start.ArgumentList.Add(package);
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(JsonSerializer.Serialize(new { payload, secret, timestamp = at.ToUnixTimeSeconds() }));
        process.StandardInput.Close();
        string header = await process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0 && header.StartsWith("t=", StringComparison.Ordinal), errors);
        return header;
    }

    private static string Existing(string path) =>
        Path.Exists(path) ? path : Needs.Absent($"{path} is absent: in {Folder}, npm i the packages that .ci/run names under stripe_tools");
}
