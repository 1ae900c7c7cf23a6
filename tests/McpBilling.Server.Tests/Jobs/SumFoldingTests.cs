using System.Globalization;
using System.Text.Json.Nodes;
using McpBilling.Server.Tests.Usage;
using McpBilling.Storage.Sums;

namespace McpBilling.Server.Tests.Jobs;

/// <summary>A running server adds to the sums of days what its events left to be added, and no report shows when.</summary>
public sealed class SumFoldingTests : IAsyncLifetime
{
    private LiveServer server = null!;

    public async ValueTask InitializeAsync() => server = await LiveServer.Start();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Of_many_events_the_sums_are_added_while_it_serves()
    {
        const int Batches = 5, Each = 1_000;
        Assert.True(Batches * Each > SumFolder.WorthIt);
        for (int b = 0; b < Batches; b++)
        {
            var costs = new JsonArray([.. Enumerable.Range(b * Each, Each).Select(Call)]);
            var told = await server.Client.Do("/v1/costs/llm/batch", new JsonObject { ["costs"] = costs }.ToJsonString());
            Assert.All(told.Json.GetProperty("results").EnumerateArray(), r => Assert.Equal("recorded", r.GetProperty("status").GetString()));
        }
        string before = await Margins();
        for (int look = 0; server.Strings("SELECT CAST(upto AS TEXT) FROM cost_posting").Count > 0; look++)
        {
            Assert.True(look < 300, "what waits was not added within a minute");
            Assert.Equal(before, await Margins());
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
        Assert.Equal([string.Create(CultureInfo.InvariantCulture, $"{Batches * Each}")], server.Strings("SELECT CAST(events AS TEXT) FROM cost_day WHERE dimension = 0"));
        Assert.Equal(before, await Margins());
        Assert.Empty((await server.Verify()).Differences);
    }

    private async Task<string> Margins() => (await server.Client.Get("/v1/margins?group_by=end_user&limit=20&sort=key&from=2026-11-01&to=2026-11-02")).Text;

    private static JsonObject Call(int i) => new()
    {
        ["customer_id"] = $"c{i % 7}",
        ["provider"] = "openai",
        ["api"] = "openai.chat",
        ["requested_at"] = "2026-11-01T00:00:00Z",
        ["subject"] = new JsonObject { ["end_user"] = $"u{i % 90}" },
        ["response"] = new JsonObject { ["id"] = $"r{i}", ["model"] = "gpt-4o", ["usage"] = new JsonObject { ["prompt_tokens"] = i, ["completion_tokens"] = 500 } },
    };
}
