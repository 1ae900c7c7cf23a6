using System.Text.Json;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Integration;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Otlp;

/// <summary>The OpenTelemetry SDK for Node exports real spans to a real server.</summary>
public sealed class OpenTelemetryNodeTests(LiveServer server) : IClassFixture<LiveServer>
{
    /// <summary>With "simple" each span is an export of its own, the child's before its parent's.</summary>
    [Theory]
    [InlineData("proto", "gzip", "batch")]
    [InlineData("proto", "none", "simple")]
    [InlineData("http", "none", "batch")]
    [InlineData("http", "gzip", "simple")]
    public async Task Its_spans_give_the_right_costs(string protocol, string compression, string processing)
    {
        string script = Path.Combine(Needs.RepositoryFolder, "tests", "McpBilling.Server.Tests", "Otlp", "export.mjs");
        string prefix = $"{protocol}-{processing}";
        string[] arguments = [script, AppTools.OpenTelemetry, server.Url.ToString().TrimEnd('/'), server.Key, protocol, compression, processing, prefix];
        // Run again it makes other traces, but one answer has the id that it had before.
        foreach (int run in new[] { 1, 2 })
        {
            var ended = await ProgramProcess.RunAny(AppTools.Node, arguments);
            Assert.True(ended.ExitCode == 0, ended.Error);
            Assert.All(JsonElement.Parse(ended.Out).EnumerateArray(), code => Assert.Equal(0, code.GetInt32()));
            // The dearest has 800 of its 1,000 input tokens from the cache: 200 × 2.50 + 800 × 1.25 + 100 × 10.00 per million.
            Assert.Equal(run == 1 ? ["0.00175", "0.0025"] : ["0.00175", "0.00175", "0.0025"], (await Costs($"{prefix}-anna")).Select(c => c.Amount).Order(StringComparer.Ordinal));
            Assert.Equal(Enumerable.Repeat(("0.0014", "succeeded"), run), await Costs($"{prefix}-process"));
            Assert.Equal(Enumerable.Repeat(("0.000925", "failed"), run), await Costs($"{prefix}-ben"));
        }
        var first = (await server.Client.Get($"/v1/costs?customer_id={prefix}-anna")).Json.GetProperty("costs").EnumerateArray().Single(c => c.GetProperty("cost_event_id").GetString() == $"openai:{prefix}-r1");
        Assert.Equal(("gpt-4o-2024-08-06", "u1", "s1"), (first.GetProperty("model").GetString(), first.GetProperty("subject").GetProperty("end_user").GetString(), first.GetProperty("subject").GetProperty("session").GetString()));
        Assert.False(server.Stores("the-secret"), "a prompt or completion is in the data file");
    }

    private async Task<List<(string? Amount, string? Outcome)>> Costs(string customer) =>
        [.. (await server.Client.Get($"/v1/costs?customer_id={customer}")).Json.GetProperty("costs").EnumerateArray()
            .Select(c => (c.GetProperty("cost").GetProperty("amount").GetString(), c.GetProperty("outcome").GetString()))];
}
