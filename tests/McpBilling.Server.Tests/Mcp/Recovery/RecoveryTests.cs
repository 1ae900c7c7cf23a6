using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Server.Mcp;
using McpBilling.Server.Tests.Usage;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp.Recovery;

/// <summary>
/// Mistakes that models make when they call our tools (<c>mistakes.json</c>). Of each, the refusal's hint, followed to the letter, leads to success:
/// nobody has to read documentation to get out again.
/// </summary>
public sealed class RecoveryTests(LiveServer server) : IClassFixture<LiveServer>
{
    /// <summary>Some calls have two mistakes, and an id in the wrong place may need a second look; more would be wandering.</summary>
    private const int MaxTries = 5;

    private const string Catalog =
        """
        {"assets":[{"id":"credits","scale":2}],
         "meters":[{"id":"images","event_type":"image.generated","aggregation":"sum"},{"id":"seconds","event_type":"video.generated","aggregation":"sum","property":"seconds"}],
         "products":[{"id":"pictures","prices":[{"id":"picture","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04"}]},
           {"id":"films","prices":[{"id":"film","meter":"seconds","asset":"credits","model":"per_unit","unit_price":"1"}]}]}
        """;

    private static readonly JsonArray All = JsonNode.Parse(File.ReadAllText(Repository.PathTo("tests", "McpBilling.Server.Tests", "Mcp", "Recovery", "mistakes.json")))!.AsArray();

    private static int customers;

    public static TheoryData<string> Mistakes => [.. All.Select(m => (string)m!["mistake"]!)];

    [Fact]
    public void There_are_at_least_sixty_different_mistakes()
    {
        Assert.True(All.Count >= 60, $"{All.Count}");
        Assert.Equal(All.Count, All.Select(m => (string)m!["mistake"]!).Distinct().Count());
        Assert.True(All.Select(m => (string)m!["tool"]!).Distinct().Count() >= 14);
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task The_hint_leads_out_of_it(string mistake)
    {
        await using var client = await Connect();
        var names = await Prepare(client);
        var told = (JsonObject)JsonNode.Parse(names.Aggregate(All.Single(m => (string)m!["mistake"]! == mistake)!.ToJsonString(), (text, n) => text.Replace("{" + n.Key + "}", n.Value)))!;
        var attempt = new Attempt((string)told["tool"]!, (JsonObject)told["arguments"]!.DeepClone());
        var knows = told["knows"] as JsonObject ?? [];
        var story = new List<string>();

        JsonNode? answer = null;
        for (int tries = 0; answer is null; tries++)
        {
            var refusals = await Try(client, attempt, story, done => answer = done);
            Assert.False(tries == 0 && answer is not null, $"{mistake}: nothing was refused: {story[^1]}");
            Assert.True(tries <= MaxTries, $"{mistake}: still refused\n{string.Join('\n', story)}");
            foreach (var (pointer, message, hint) in refusals)
            {
                var reader = new HintReader(attempt, knows);
                Assert.True(reader.Follow(pointer, message, hint), $"{mistake}: no way out of {pointer}: {message} ({hint})\n{string.Join('\n', story)}");
                foreach (var (tool, arguments) in reader.CallFirst)
                {
                    var result = await Call(client, tool, arguments);
                    Assert.True(result.IsError != true, $"{mistake}: {tool} {arguments.ToJsonString()}: {Text(result)}");
                    if (tool == "get_catalog")
                    {
                        attempt.Set("/expected_version", result.StructuredContent!.Value.GetProperty("version").GetInt64());
                    }
                }
            }
        }
        foreach (var (place, meant) in told["becomes"] as JsonObject ?? [])
        {
            Assert.True(JsonNode.DeepEquals(meant, attempt.At(place)), $"{mistake}: {place} became {attempt.At(place)?.ToJsonString()}\n{string.Join('\n', story)}");
        }
    }

    /// <summary>What was refused: of a whole call its problems or its one refusal, of a batch those of each event.</summary>
    private static async Task<List<(string Pointer, string Message, string Hint)>> Try(McpClient client, Attempt attempt, List<string> story, Action<JsonNode> done)
    {
        story.Add($"{attempt.Tool} {attempt.Arguments.ToJsonString()}");
        CallToolResult result;
        try
        {
            result = await Call(client, attempt.Tool, attempt.Arguments);
        }
        catch (McpProtocolException unknown) when (unknown.Message.Contains("Unknown tool", StringComparison.Ordinal))
        {
            story.Add("  " + unknown.Message);
            var near = System.Text.RegularExpressions.Regex.Match(unknown.Message, "Did you mean \"([a-z_]+)\"\\?");
            Assert.True(near.Success, unknown.Message);
            attempt.Tool = near.Groups[1].Value;
            return [];
        }
        story.Add("  " + Text(result));
        if (result.IsError != true)
        {
            var answer = JsonNode.Parse(result.StructuredContent!.Value.GetRawText())!;
            var failed = (answer["results"] as JsonArray ?? []).Index().Where(r => r.Item!["problem"] is not null).ToArray();
            if (failed.Length == 0)
            {
                done(answer);
            }
            return [.. failed.Select(f => ($"/events/{f.Index}{Attempt.PointerTo((string?)f.Item!["problem"]!["field"] ?? "")}", (string)f.Item["problem"]!["detail"]!, $"{f.Item["problem"]!["detail"]} {f.Item["problem"]!["hint"]}"))];
        }
        var error = result.Meta![ToolResults.ErrorMeta]!;
        if (error["problems"] is JsonArray problems)
        {
            // Problems of a document are named by their place in it.
            string within = attempt.Tool == "apply_catalog" && (string?)error["code"] == "invalid_catalog" ? "/document" : "";
            return [.. problems.Select(p => (within + ((string?)p!["pointer"] ?? Attempt.PointerTo((string)p["field"]!)), (string)p["message"]!, (string?)p["hint"] ?? ""))];
        }
        return [(Attempt.PointerTo((string?)error["field"] ?? ""), (string)error["detail"]!, $"{error["detail"]} {error["hint"]}")];
    }

    /// <summary>The catalog as every case finds it, and a customer of its own with credit, three holds (open, captured, void) and an event.</summary>
    private static async Task<Dictionary<string, string>> Prepare(McpClient client)
    {
        string customer = $"alice-{Interlocked.Increment(ref customers)}";
        async Task<JsonElement> Do(string tool, string arguments)
        {
            var result = await Call(client, tool, (JsonObject)JsonNode.Parse(arguments.Replace("{customer}", customer))!);
            Assert.True(result.IsError != true, $"{tool}: {Text(result)}");
            return result.StructuredContent!.Value;
        }
        await Do("apply_catalog", $$"""{"document":{{Catalog}}}""");
        await Do("save_customer", """{"id":"{customer}"}""");
        await Do("grant_credit", """{"customer_id":"{customer}","asset":"usd","amount":"10","idempotency_key":"first"}""");
        await Do("grant_credit", """{"customer_id":"{customer}","asset":"credits","amount":"100","idempotency_key":"second"}""");
        string[] holds = new string[3];
        for (int i = 0; i < holds.Length; i++)
        {
            holds[i] = (await Do("authorize_usage", $$"""{"customer_id":"{customer}","asset":"usd","amount":"1","idempotency_key":"hold-{{i}}"}""")).GetProperty("hold_id").GetString()!;
        }
        await Do("capture_hold", $$"""{"hold_id":"{{holds[1]}}","amount":"0.5","idempotency_key":"c"}""");
        await Do("void_hold", $$"""{"hold_id":"{{holds[2]}}","idempotency_key":"v"}""");
        await Do("record_usage", """{"events":[{"id":"e1","customer_id":"{customer}","event_type":"image.generated","quantity":"5"}]}""");
        return new() { ["customer"] = customer, ["open hold"] = holds[0], ["captured hold"] = holds[1], ["void hold"] = holds[2], ["nobody"] = customer + "-new" };
    }

    private async Task<McpClient> Connect()
    {
        var options = new HttpClientTransportOptions { Endpoint = new Uri(server.Url, "/mcp"), AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = "Bearer " + server.Key } };
        return await McpClient.CreateAsync(new HttpClientTransport(options, server.Http, ownsHttpClient: false));
    }

    private static async Task<CallToolResult> Call(McpClient client, string tool, JsonObject arguments) =>
        await client.CallToolAsync(new CallToolRequestParams { Name = tool, Arguments = arguments.ToDictionary(a => a.Key, a => JsonElement.Parse(a.Value?.ToJsonString() ?? "null")) });

    private static string Text(CallToolResult result) => string.Join(' ', result.Content.OfType<TextContentBlock>().Select(t => t.Text));
}
