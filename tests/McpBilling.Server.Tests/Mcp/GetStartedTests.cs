using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Mcp;

namespace McpBilling.Server.Tests.Mcp;

public sealed class GetStartedTests
{
    private readonly FakeBilling billing = new();

    [Fact]
    public async Task It_tells_where_things_are_what_there_is_and_what_to_do()
    {
        var content = await GetStarted(TestOperations.Surface(billing));
        Assert.Equal("test", content.GetProperty("mode").GetString());
        Assert.Equal("http://127.0.0.1:7171", content.GetProperty("runtime_url").GetString());
        Assert.Equal("""{"assets":1,"meters":1,"products":1,"prices":2,"customers":3}""", content.GetProperty("contents").GetRawText());
        Assert.Equal(["MCP_BILLING_URL", "MCP_BILLING_KEY"], content.GetProperty("environment").EnumerateArray().Select(v => v.GetProperty("name").GetString()!));
        Assert.True(content.GetProperty("next_steps").GetArrayLength() >= 4);
    }

    [Fact]
    public async Task It_never_tells_a_key()
    {
        var content = await GetStarted(TestOperations.Surface(billing));
        Assert.DoesNotContain("mb_test_", content.GetRawText(), StringComparison.Ordinal);
        Assert.False(content.GetProperty("environment")[1].TryGetProperty("value", out _));
    }

    [Fact]
    public async Task Without_a_runtime_API_it_says_how_to_start_one()
    {
        var content = await GetStarted(TestOperations.Surface(billing) with { RuntimeUrl = null });
        Assert.False(content.TryGetProperty("runtime_url", out _));
        Assert.Contains("mcp-billing serve", content.GetProperty("next_steps").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_does_not_fail_for_a_caller_who_may_read_only_the_catalog()
    {
        var caller = TestOperations.Local with { ScopeNames = System.Collections.Frozen.FrozenSet.Create(Scopes.CatalogRead) };
        var content = await GetStarted(TestOperations.Surface(billing) with { LocalCaller = caller });
        Assert.Equal(0, content.GetProperty("contents").GetProperty("customers").GetInt32());
    }

    [Fact]
    public void Its_example_is_a_good_catalog()
    {
        var document = JsonDocument.Parse(McpBilling.Server.Mcp.GetStarted.ExampleCatalog).RootElement;
        var read = McpBilling.Catalog.CatalogReader.Read(document);
        Assert.Empty(read.Problems);
        Assert.Equal(2, read.Document!.Products[0].Prices.Count);
    }

    private static async Task<JsonElement> GetStarted(McpSurface surface)
    {
        await using var pair = await McpPair.Connect(surface, McpPair.Discover);
        var result = await ToolCallTests.Call(pair.Client, "get_started", "{}");
        Assert.NotEqual(true, result.IsError);
        return result.StructuredContent!.Value;
    }
}
