using McpBilling.Operations;
using McpBilling.Server.Tests.Mcp;
using McpBilling.Server.Tests.OAuth;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Hosting;

/// <summary>Two servers without sessions on the same data, and a client whose every request goes to the other one.</summary>
public sealed class ScaleOutTests : IAsyncLifetime
{
    private readonly HostedServer server = new();
    private Uri one = null!;
    private Uri two = null!;

    public async ValueTask InitializeAsync()
    {
        one = await server.Open(o => o with { Stateless = true });
        two = await server.Open(o => o with { Stateless = true });
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_question_of_one_server_is_answered_at_the_other()
    {
        string key = server.Keys.Create("app", Mode.Test, Scopes.All, null).Key;
        var route = new TurnByTurn(one, two);
        using var http = new HttpClient(route);
        int asked = 0;
        await using var client = await McpClient.CreateAsync(
            new HttpClientTransport(
                new HttpClientTransportOptions
                {
                    Endpoint = new Uri(one, "/mcp"),
                    TransportMode = HttpTransportMode.StreamableHttp,
                    AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = "Bearer " + key },
                },
                http),
            new McpClientOptions
            {
                ProtocolVersion = McpPair.Discover,
                // A starved machine must not look like an old server.
                DiscoverProbeTimeout = TimeSpan.FromMinutes(1),
                Capabilities = new ClientCapabilities { Elicitation = new ElicitationCapability { Form = new() } },
                Handlers = new McpClientHandlers
                {
                    ElicitationHandler = (_, _) =>
                    {
                        asked++;
                        return ValueTask.FromResult(new ElicitResult { Action = "accept" });
                    },
                },
            });
        await Good(client, "save_customer", """{"id":"anna"}""");
        await Good(client, "grant_credit", """{"customer_id":"anna","asset":"usd","amount":"10","idempotency_key":"g"}""");
        await Good(client, "adjust_balance", """{"customer_id":"anna","asset":"usd","amount":"-4","reason":"test","idempotency_key":"a"}""");
        Assert.Equal(1, asked);
        Assert.True(route.Both);
    }

    private static async Task Good(McpClient client, string tool, string arguments)
    {
        var result = await ToolCallTests.Call(client, tool, arguments);
        Assert.False(result.IsError == true, string.Join('\n', result.Content.OfType<TextContentBlock>().Select(c => c.Text)));
    }

    private sealed class TurnByTurn(Uri one, Uri two) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        private int turns;

        public bool Both => turns > 1;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new Uri(Interlocked.Increment(ref turns) % 2 == 0 ? one : two, request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
