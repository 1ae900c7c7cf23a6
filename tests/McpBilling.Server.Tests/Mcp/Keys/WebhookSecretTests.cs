using System.Text.Json;
using System.Text.RegularExpressions;
using McpBilling.Operations;
using McpBilling.Server.Tests.Catalog;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp.Keys;

/// <summary>An endpoint's signing secret goes into an env file and is seen nowhere on the way.</summary>
public sealed partial class WebhookSecretTests : IAsyncDisposable
{
    private readonly CatalogShop shop = new();
    private readonly List<string> said = [];

    private string EnvPath => Path.Combine(shop.Project, ".env");

    public async ValueTask DisposeAsync()
    {
        Assert.All(said.Concat(shop.Logs.Lines), text => Assert.DoesNotMatch(Secret(), text));
        await shop.DisposeAsync();
    }

    [Fact]
    public async Task The_secret_is_written_and_kept_by_a_retry_and_replaced_by_a_rotation()
    {
        await File.WriteAllTextAsync(EnvPath, "PORT=3000\n");
        await using var pair = await McpPair.Connect(shop.Surface(), McpPair.Discover);
        const string Asked = """{"url":"http://127.0.0.1:9/hooks","types":["balance.low"],"idempotency_key":"e1"}""";
        var made = await Call(pair, "create_webhook_endpoint", Asked);
        Assert.NotEqual(true, made.IsError);
        Assert.Equal(EnvPath, made.StructuredContent!.Value.GetProperty("written_to").GetString());
        string id = made.StructuredContent!.Value.GetProperty("endpoint").GetProperty("id").GetString()!;
        string first = await File.ReadAllTextAsync(EnvPath);
        Assert.Matches("^PORT=3000\nMCP_BILLING_WEBHOOK_SECRET=whsec_[A-Za-z0-9+/=]{32,}\n$", first);

        File.Delete(EnvPath);
        await File.WriteAllTextAsync(EnvPath, "PORT=3000\n");
        Assert.NotEqual(true, (await Call(pair, "create_webhook_endpoint", Asked)).IsError);
        Assert.Equal(first, await File.ReadAllTextAsync(EnvPath));

        string rotation = $$"""{"endpoint_id":"{{id}}","idempotency_key":"r1"}""";
        ToolCallTests.AssertRefused(await Call(pair, "rotate_webhook_secret", rotation), ErrorCode.ConfirmationRequired, "confirm");
        Assert.Equal(first, await File.ReadAllTextAsync(EnvPath));
        Assert.NotEqual(true, (await Call(pair, "rotate_webhook_secret", rotation.Replace("}", ",\"confirm\":true}", StringComparison.Ordinal))).IsError);
        string second = await File.ReadAllTextAsync(EnvPath);
        Assert.Matches("^PORT=3000\nMCP_BILLING_WEBHOOK_SECRET=whsec_[A-Za-z0-9+/=]{32,}\n$", second);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task Where_it_cannot_be_written_there_is_no_endpoint()
    {
        await using var pair = await McpPair.Connect(shop.Surface(), McpPair.Discover);
        var refused = await Call(pair, "create_webhook_endpoint", """{"url":"http://127.0.0.1:9/hooks","env_file":"missing/.env","idempotency_key":"e1"}""");
        ToolCallTests.AssertRefused(refused, ErrorCode.EnvFileRefused, "env_file");
        var listed = await Call(pair, "list_webhook_endpoints", "{}");
        Assert.Equal(0, listed.StructuredContent!.Value.GetProperty("endpoints").GetArrayLength());
    }

    [Fact]
    public void Over_HTTP_there_is_no_such_tool()
    {
        var http = shop.Surface() with { LocalCaller = null, LocalFolder = null };
        Assert.DoesNotContain(http.Tools, t => t.Name is "create_webhook_endpoint" or "rotate_webhook_secret");
        Assert.Contains(http.Tools, t => t.Name == "list_webhook_deliveries");
    }

    private async Task<CallToolResult> Call(McpPair pair, string tool, string arguments)
    {
        var result = await ToolCallTests.Call(pair.Client, tool, arguments);
        said.Add(JsonSerializer.Serialize(result, McpJsonUtilities.DefaultOptions));
        return result;
    }

    [GeneratedRegex("whsec_")]
    private static partial Regex Secret();
}
