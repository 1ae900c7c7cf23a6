using System.Net;
using System.Text;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Mcp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>The door at <c>/mcp</c> over real HTTP on a loopback port, behind a stand-in for the key check.</summary>
public sealed class HttpTests : IAsyncLifetime
{
    private const string InitializeRequest =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}""";

    private readonly FakeBilling billing = new();
    private readonly HttpClient http = new();
    private WebApplication app = null!;
    private Uri address = null!;

    public async ValueTask InitializeAsync()
    {
        (app, address) = await Start(TestOperations.Surface(billing) with { LocalCaller = null });
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
    }

    [Theory]
    [InlineData(McpPair.Initialize)]
    [InlineData(McpPair.Discover)]
    public async Task Both_eras_list_and_call_with_a_key_and_ask_the_user(string era)
    {
        await using var client = await Connect(address, era, "good", accept: true);
        Assert.NotEmpty(await client.ListToolsAsync());
        Assert.NotEqual(true, (await ToolCallTests.Call(client, "save_note", """{"id":"a","count":1}""")).IsError);
        Assert.NotEqual(true, (await ToolCallTests.Call(client, "adjust_balance", """{"amount":"-1"}""")).IsError);
        Assert.Equal(["a", "-1"], billing.Commits);
    }

    [Theory]
    [InlineData(McpPair.Initialize)]
    [InlineData(McpPair.Discover)]
    public async Task Without_sessions_a_client_of_either_era_is_asked_or_must_confirm(string era)
    {
        var (stateless, at) = await Start(TestOperations.Surface(billing) with { LocalCaller = null, Stateless = true });
        await using (stateless)
        {
            await using var client = await Connect(at, era, "good", accept: true);
            var result = await ToolCallTests.Call(client, "adjust_balance", """{"amount":"-1"}""");
            if (era == McpPair.Discover)
            {
                Assert.NotEqual(true, result.IsError);
            }
            else
            {
                ToolCallTests.AssertRefused(result, ErrorCode.ConfirmationRequired, "confirm");
            }
        }
    }

    [Fact]
    public async Task A_session_is_refused_to_another_key()
    {
        using var begun = await Post(InitializeRequest, key: "good");
        string session = Assert.Single(begun.Headers.GetValues("Mcp-Session-Id"));
        using var other = await Post("""{"jsonrpc":"2.0","id":2,"method":"tools/list"}""", key: "other", headers: ("Mcp-Session-Id", session));
        Assert.False(other.IsSuccessStatusCode);
        using var same = await Post("""{"jsonrpc":"2.0","id":2,"method":"tools/list"}""", key: "good", headers: ("Mcp-Session-Id", session));
        Assert.Equal(HttpStatusCode.OK, same.StatusCode);
    }

    [Theory]
    [InlineData("Host", "evil.example.com", HttpStatusCode.Forbidden)]
    [InlineData("Host", "127.0.0.1.evil.example.com", HttpStatusCode.Forbidden)]
    [InlineData("Host", "billing.example.com", HttpStatusCode.OK)]
    [InlineData("Host", "localhost:1234", HttpStatusCode.OK)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://evil.example.com", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://localhost.evil.example.com", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "file://localhost", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "not an origin", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://localhost:6274", HttpStatusCode.OK)]
    [InlineData("Origin", "https://billing.example.com", HttpStatusCode.OK)]
    public async Task Host_and_origin_are_checked_before_the_key(string header, string value, HttpStatusCode expected)
    {
        using var keyed = await Post(InitializeRequest, key: "good", headers: (header, value));
        Assert.Equal(expected, keyed.StatusCode);
        if (expected != HttpStatusCode.OK)
        {
            using var keyless = await Post(InitializeRequest, key: null, headers: (header, value));
            Assert.Equal(expected, keyless.StatusCode);
        }
    }

    [Fact]
    public async Task Without_a_key_the_answer_says_where_to_learn_more()
    {
        using var refused = await Post(InitializeRequest, key: null);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        string challenge = refused.Headers.WwwAuthenticate.ToString();
        string metadata = new Uri(address, "/.well-known/oauth-protected-resource/mcp").ToString();
        Assert.Contains($"resource_metadata=\"{metadata}\"", challenge);
        Assert.Contains("scope=\"catalog:read customers:read usage:read\"", challenge);
        Assert.DoesNotContain("error=", challenge);
        Assert.Equal("unauthenticated", JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString());

        var described = JsonDocument.Parse(await http.GetStringAsync(new Uri(metadata))).RootElement;
        Assert.Equal(new Uri(address, "/mcp").ToString(), described.GetProperty("resource").GetString());
        Assert.True(described.GetProperty("authorization_servers").GetArrayLength() > 0);
    }

    [Fact]
    public async Task A_key_that_was_refused_says_why()
    {
        using var refused = await Post(InitializeRequest, key: "expired");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("key_expired", JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString());
    }

    private static async Task<(WebApplication App, Uri Address)> Start(McpSurface surface)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddBillingMcp(surface);
        var app = builder.Build();
        var gate = new FrontGate(new AllowedHosts(["billing.example.com"], ListenUrls.Parse("http://127.0.0.1:0", static _ => null)), NullLogger.Instance, TimeProvider.System);
        app.Use(next => context => gate.Run(context, next));
        app.Use((context, next) =>
        {
            switch (context.Request.Headers.Authorization.ToString())
            {
                case "Bearer good":
                    context.Items[typeof(Caller)] = TestOperations.Local with { KeyId = "key_good" };
                    break;
                case "Bearer other":
                    context.Items[typeof(Caller)] = TestOperations.Local with { KeyId = "key_other" };
                    break;
                case "Bearer expired":
                    context.Items[typeof(BillingException)] = new BillingException(ErrorCode.KeyExpired, "The key has expired.");
                    break;
                default:
                    break;
            }
            return next(context);
        });
        app.MapBillingMcp();
        await app.StartAsync();
        return (app, new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()));
    }

    private static Task<McpClient> Connect(Uri at, string era, string key, bool accept) => McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = new Uri(at, "/mcp"),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = "Bearer " + key },
        }),
        new McpClientOptions
        {
            ProtocolVersion = era,
            Capabilities = new ClientCapabilities { Elicitation = new ElicitationCapability { Form = new() } },
            Handlers = new McpClientHandlers { ElicitationHandler = (_, _) => ValueTask.FromResult(new ElicitResult { Action = accept ? "accept" : "decline" }) },
        });

    private async Task<HttpResponseMessage> Post(string body, string? key, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/mcp")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
        }
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return await http.SendAsync(request);
    }
}
