using System.Text;
using System.Text.Json;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Operations;

/// <summary>The real program with everything on that watches it, after a busy morning: charges, denials, refusals, tools, a portal link, a webhook endpoint, wrong keys.</summary>
public sealed class WatchedShop : IAsyncLifetime
{
    internal const string Customer = "customer-that-no-label-names", Trace = "0af7651916cd43dd8448eb211c80319c";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-watched-");
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    private ProgramProcess server = null!;

    internal Collector Collector { get; private set; } = null!;

    internal string TestKey { get; private set; } = "";
    internal string LiveKey { get; private set; } = "";
    internal string LiveReader { get; private set; } = "";

    /// <summary>What must not be told by a line, a label or a span.</summary>
    internal List<string> Secrets { get; } = [];

    internal Uri Url => new(server.Url);

    internal Uri Metrics { get; private set; } = null!;

    internal IReadOnlyList<string> Lines => server.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public async ValueTask InitializeAsync()
    {
        string data = Path.Combine(folder.FullName, "billing.db");
        TestKey = await NewKey(data);
        LiveKey = await NewKey(data, "--mode", "live");
        LiveReader = await NewKey(data, "--mode", "live", "--scopes", "usage:read");
        Secrets.AddRange([TestKey, LiveKey, LiveReader]);
        Collector = await Collector.Start();
        server = await ProgramProcess.Start(
            "dotnet", [ProgramProcess.Dll, "serve", "--urls", "http://127.0.0.1:0", "--metrics-urls", "http://127.0.0.1:0", "--log-format", "json", "--log-level", "trace", "--webhooks-to-loopback"], null,
            [
                ("MCP_BILLING_DATA", data), ("OTEL_EXPORTER_OTLP_ENDPOINT", Collector.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
                ("OTEL_BSP_SCHEDULE_DELAY", "200"),
            ]);
        string ready = JsonElement.Parse(server.Ready).GetProperty("message").GetString()!;
        Metrics = new Uri(ready[(ready.IndexOf("metrics on ", StringComparison.Ordinal) + "metrics on ".Length)..]);
        // The first scrape begins the counting.
        await Scraped();
        await Work(new BillingClient(http, Url, TestKey));
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await Collector.DisposeAsync();
        http.Dispose();
        folder.Delete(recursive: true);
    }

    internal async Task<Scrape> Scraped() => Scrape.Read(await http.GetStringAsync(new Uri(Metrics, "/metrics")));

    internal async Task<Reply> Get(Uri from, string path, string? key = null) => await new BillingClient(http, from, key).Get(path);

    private static async Task<string> NewKey(string data, params string[] options)
    {
        var (exit, key, error) = await ProgramProcess.Run(data, ["keys", "create", "--name", "watched", .. options]);
        Assert.True(exit == 0, error);
        return key.Trim();
    }

    private async Task Work(BillingClient client)
    {
        await client.Apply(JsonElement.Parse(
            """
            {"assets":[{"id":"credits","scale":0}],"meters":[{"id":"calls","event_type":"call","aggregation":"count"}],
             "products":[{"id":"calls","prices":[{"id":"calls","meter":"calls","asset":"credits","model":"per_unit","unit_price":"1"}]}]}
            """));
        await client.Do("/v1/customers", new { id = Customer, email = "somebody@example.com" });
        await client.Do("/v1/grants", new { customer_id = Customer, asset = "credits", amount = "3", idempotency_key = "g" });
        for (int i = 0; i < 3; i++)
        {
            await client.Send(HttpMethod.Post, "/v1/usage", Body(new { id = $"call-{i}", customer_id = Customer, event_type = "call" }), r => r.Headers.TryAddWithoutValidation("traceparent", $"00-{Trace}-b7ad6b7169203331-01"));
        }
        await client.Do("/v1/usage", new { id = "call-0", customer_id = Customer, event_type = "call" });
        await client.Do("/v1/usage/authorize", new { customer_id = Customer, asset = "credits", amount = "5", idempotency_key = "denied" });
        Assert.Equal(422, (await client.Post("/v1/usage", new { id = "call-9", customer_id = Customer, event_type = "call", on_insufficient = "reject" })).Status);
        Assert.Equal(404, (await client.Get("/v1/customers/nobody/wallet")).Status);
        string wrong = TestKey[..^4] + "zzzz";
        Secrets.Add(wrong);
        Assert.Equal(401, (await new BillingClient(http, Url, wrong).Get("/v1/catalog")).Status);
        await client.Get("/v1/catalog?key=" + TestKey);
        await client.Get("/" + TestKey);
        var endpoint = await client.Do("/v1/webhook-endpoints", new { url = "http://127.0.0.1:9/hooks/a-secret-path", idempotency_key = "e" });
        Secrets.AddRange([endpoint.Json.GetProperty("secret").GetString()!, "a-secret-path"]);
        await client.Post($"/v1/webhook-endpoints/{endpoint.Json.GetProperty("endpoint").GetProperty("id").GetString()}/test", new { });
        var session = await client.Do("/v1/portal-sessions", new { customer_id = Customer });
        string link = session.Json.GetProperty("url").GetString()!;
        Secrets.Add(link[(link.LastIndexOf('/') + 1)..]);
        var entered = await client.Get(new Uri(link).AbsolutePath);
        Assert.Contains("Set-Cookie", entered.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Secrets.Add(entered.Headers["Set-Cookie"].Split('=', ';')[1]);
        await Call(client, "get_wallet", new { customer_id = Customer });
        await Call(client, "get_wallet", new { customer_id = "nobody" });
        await Call(client, TestKey, new { });
    }

    private static byte[] Body(object body) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(body));

    private static async Task Call(BillingClient client, string tool, object arguments)
    {
        var body = new
        {
            jsonrpc = "2.0",
            id = 1,
            method = "tools/call",
            @params = new
            {
                name = tool,
                arguments,
                _meta = new Dictionary<string, object>
                {
                    ["traceparent"] = $"00-{Trace}-b7ad6b7169203331-01",
                    ["io.modelcontextprotocol/protocolVersion"] = "2026-07-28",
                    ["io.modelcontextprotocol/clientInfo"] = new { name = "tests", version = "1" },
                    ["io.modelcontextprotocol/clientCapabilities"] = new { },
                },
            },
        };
        await client.Send(HttpMethod.Post, "/mcp", Body(body), r =>
        {
            r.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
            r.Headers.TryAddWithoutValidation("MCP-Protocol-Version", "2026-07-28");
            r.Headers.TryAddWithoutValidation("Mcp-Method", "tools/call");
            r.Headers.TryAddWithoutValidation("Mcp-Name", tool);
        });
    }
}
