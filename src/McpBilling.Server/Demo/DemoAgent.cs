using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Server.Commands;
using McpBilling.Server.Mcp;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Demo;

/// <summary>What a coding tool does when it is told "charge 4 cents per image, 100 free credits at sign-up": an MCP client over HTTP.</summary>
internal sealed class DemoAgent : IAsyncDisposable
{
    private readonly McpClient client;

    private DemoAgent(McpClient client) => this.client = client;

    public string Protocol => client.NegotiatedProtocolVersion ?? "";

    /// <summary>Tools that were called, in order.</summary>
    public List<string> Called { get; } = [];

    public static async Task<DemoAgent> Connect(Uri server, string key, CancellationToken cancellation)
    {
        var transport = new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = new Uri(server, BillingMcp.Path),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = "Bearer " + key },
        });
        return new(await McpClient.CreateAsync(transport, cancellationToken: cancellation));
    }

    public async Task<int> CountTools(CancellationToken cancellation) => (await client.ListToolsAsync(cancellationToken: cancellation)).Count;

    /// <summary>Free credits are used before dollars, since their price is defined first.</summary>
    public async Task DefineCatalog(CancellationToken cancellation)
    {
        await Call("define_asset", """{"id":"credits","name":"Image credits"}""", cancellation);
        await Call("define_meter", """{"id":"images","event_type":"image.generated","aggregation":"sum"}""", cancellation);
        await Call("define_product", """{"id":"image-generation","name":"Image generation","charge":"first_affordable"}""", cancellation);
        await Call("define_price", """{"product":"image-generation","id":"image-credits","meter":"images","asset":"credits","model":"per_unit","unit_price":"1"}""", cancellation);
        await Call("define_price", """{"product":"image-generation","id":"image-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04"}""", cancellation);
        var catalog = await Call("get_catalog", "{}", cancellation);
        var document = (JsonObject)catalog["document"]!.DeepClone();
        document["signup"] = JsonNode.Parse("""{"grants":[{"asset":"credits","amount":"100","expires_after_days":90}]}""");
        await Call("apply_catalog", new JsonObject { ["document"] = document }.ToJsonString(), cancellation);
    }

    public ValueTask DisposeAsync() => client.DisposeAsync();

    private async Task<JsonNode> Call(string tool, string arguments, CancellationToken cancellation)
    {
        using var parsed = JsonDocument.Parse(arguments);
        var named = parsed.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => (object?)p.Value);
        var result = await client.CallToolAsync(tool, named, cancellationToken: cancellation);
        string text = string.Join(' ', result.Content.OfType<TextContentBlock>().Select(c => c.Text));
        if (result.IsError == true)
        {
            throw new CommandException($"the tool {tool} answered: {text}");
        }
        Called.Add(tool);
        return JsonNode.Parse(text)!;
    }
}
