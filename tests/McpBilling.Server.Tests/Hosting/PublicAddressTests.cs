using McpBilling.Operations;
using McpBilling.Server.OAuth;
using McpBilling.Server.Tests.OAuth;

namespace McpBilling.Server.Tests.Hosting;

/// <summary>What a server says of itself to clients that reach it through a proxy.</summary>
public sealed class PublicAddressTests : IAsyncLifetime
{
    private const string Public = "https://billing.example.com";

    private readonly HostedServer server = new();
    private Uri url = null!;

    public async ValueTask InitializeAsync() => url = await server.Open(o => o with { PublicUrl = Public, OAuth = OAuthOptions.Parse("https://login.example.com/", Public + "/mcp", Mode.Test, null) });

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Theory]
    [InlineData("/.well-known/oauth-protected-resource")]
    [InlineData("/.well-known/oauth-protected-resource/mcp")]
    public async Task The_metadata_names_the_public_address_the_issuer_and_the_scopes(string path)
    {
        var reply = await server.Get(new Uri(url, path), null);
        Assert.Equal(200, reply.Status);
        Assert.Equal(Public + "/mcp", reply.Json.GetProperty("resource").GetString());
        Assert.Equal(["https://login.example.com/"], reply.Json.GetProperty("authorization_servers").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal(Scopes.All.Order(StringComparer.Ordinal), reply.Json.GetProperty("scopes_supported").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal(["header"], reply.Json.GetProperty("bearer_methods_supported").EnumerateArray().Select(s => s.GetString()));
    }

    [Fact]
    public async Task Without_a_token_the_challenge_names_the_metadata_and_the_scopes_to_begin_with()
    {
        var refused = await server.Post(new Uri(url, "/mcp"), HostedServer.InitializeRequest, null);
        Assert.Equal(401, refused.Status);
        Assert.Equal($"Bearer realm=\"mcp-billing\", resource_metadata=\"{Public}/.well-known/oauth-protected-resource/mcp\", scope=\"catalog:read customers:read usage:read\"", refused.Challenge);
    }

    [Theory]
    [InlineData("X-Forwarded-Host", "evil.example.com")]
    [InlineData("X-Forwarded-Proto", "ftp")]
    [InlineData("Forwarded", "host=evil.example.com")]
    [InlineData("X-Original-Host", "evil.example.com")]
    public async Task Headers_of_a_proxy_change_nothing(string header, string value)
    {
        Assert.Equal(Public + "/mcp", (await server.Get(new Uri(url, "/.well-known/oauth-protected-resource"), null, (header, value))).Json.GetProperty("resource").GetString());
        var plain = await server.Open(o => o);
        Assert.Equal(new Uri(plain, "/mcp").ToString(), (await server.Get(new Uri(plain, "/.well-known/oauth-protected-resource"), null, (header, value))).Json.GetProperty("resource").GetString());
    }

    [Fact]
    public async Task The_public_host_is_served_and_told_to_the_builder()
    {
        Assert.Equal(200, (await server.Get(new Uri(url, "/healthz"), null, ("Host", "billing.example.com"))).Status);
        Assert.Equal(403, (await server.Get(new Uri(url, "/healthz"), null, ("Host", "evil.example.com"))).Status);
        string key = server.Keys.Create("app", Mode.Test, Scopes.All, null).Key;
        Assert.Equal(Public, (await server.Call(url, "get_started", "{}", key)).Result.GetProperty("structuredContent").GetProperty("runtime_url").GetString());
    }
}
