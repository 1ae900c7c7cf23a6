using System.Collections.Frozen;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using McpBilling.Server.Tests.OAuth;

namespace McpBilling.Server.Tests.Hosting;

/// <summary>Each tool over MCP HTTP, with a key that may do everything but what the tool needs, and with one of the other workspace.</summary>
public sealed class ToolScopeTests : IAsyncLifetime
{
    private readonly HostedServer server = new();
    private Uri url = null!;

    public async ValueTask InitializeAsync() => url = await server.Open(o => o);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    /// <summary>All that HTTP offers: keys and secrets are written into files of the local user only.</summary>
    public static TheoryData<string> Tools => [.. ToolsFile.Read().Select(t => t.Name).Where(name => name is not ("create_api_key" or "create_webhook_endpoint" or "rotate_webhook_secret"))];

    [Theory, MemberData(nameof(Tools))]
    public async Task A_key_without_the_scope_is_refused_in_both_eras_and_the_answer_names_it(string tool)
    {
        string scope = AllOperations.List.FirstOrDefault(o => o.Name == tool)?.Scope ?? (tool == "get_started" ? Scopes.CatalogRead : Scopes.Admin);
        string key = server.Keys.Create("less", Mode.Test, Scopes.All.Except([scope]).ToFrozenSet(StringComparer.Ordinal), null).Key;
        string session = await server.Begin(url, key);
        foreach (var reply in (HttpReply[])[await server.Call(url, tool, "{}", key), await server.CallIn(url, session, tool, "{}", key)])
        {
            Assert.Equal(200, reply.Status);
            Assert.True(reply.Result.GetProperty("isError").GetBoolean());
            string text = reply.Result.GetProperty("content")[0].GetProperty("text").GetString()!;
            Assert.StartsWith("forbidden: ", text);
            Assert.Contains(scope, text);
        }
    }

    [Fact]
    public async Task A_key_reaches_its_own_workspace_only()
    {
        string test = server.Keys.Create("test", Mode.Test, Scopes.All, null).Key, live = server.Keys.Create("live", Mode.Live, Scopes.All, null).Key;
        await server.Call(url, "save_customer", """{"id":"only-in-test"}""", test);
        Assert.Contains("only-in-test", (await server.Call(url, "list_customers", "{}", test)).Text);
        Assert.DoesNotContain("only-in-test", (await server.Call(url, "list_customers", "{}", live)).Text);
        string session = await server.Begin(url, test);
        Assert.False((await server.CallIn(url, session, "list_customers", "{}", live)).Status is 200 or 202);
    }
}
