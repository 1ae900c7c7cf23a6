using System.Text;
using System.Text.Json;
using McpBilling.Server.Tests.Usage;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Hostile;

/// <summary>The same over MCP: a tool call with bad arguments answers <c>isError</c> with the code, the field and what to do, and changes nothing.</summary>
public sealed class HostileToolCallsTests(HostileShop shop) : IClassFixture<HostileShop>
{
    /// <summary>What, tool, arguments, code, field.</summary>
    public static TheoryData<string, string, string, string, string?> Calls { get; } = new()
    {
        { "nothing", "record_usage", "{}", "invalid_request", "events" },
        { "events that are no list", "record_usage", """{"events":{}}""", "invalid_request", "events" },
        { "no events", "record_usage", """{"events":[]}""", "invalid_request", "events" },
        { "an event without a customer", "record_usage", """{"events":[{"id":"x","event_type":"image.generated"}]}""", "invalid_request", "events[0].customer_id" },
        { "a mistyped field", "record_usage", """{"events":[{"id":"x","customer_id":"alice","event_type":"image.generated","quantitty":"1"}]}""", "invalid_request", "events[0].quantitty" },
        { "13 decimals", "record_usage", """{"events":[{"id":"x","customer_id":"alice","event_type":"image.generated","quantity":"0.1234567890123"}]}""", "invalid_request", "events[0].quantity" },
        { "NaN", "record_usage", """{"events":[{"id":"x","customer_id":"alice","event_type":"image.generated","quantity":"NaN"}]}""", "invalid_request", "events[0].quantity" },
        { "1e400", "record_usage", """{"events":[{"id":"x","customer_id":"alice","event_type":"image.generated","quantity":1e400}]}""", "invalid_request", "events[0].quantity" },
        { "nested properties", "record_usage", """{"events":[{"id":"x","customer_id":"alice","event_type":"image.generated","properties":{"a":[1]}}]}""", "invalid_request", "events[0].properties.a" },
        { "no time", "record_usage", """{"events":[{"id":"x","customer_id":"alice","event_type":"image.generated","timestamp":"soon"}]}""", "invalid_request", "events[0].timestamp" },
        { "an unknown argument", "get_wallet", """{"customer_id":"alice","verbose":true}""", "invalid_request", "verbose" },
        { "a number for a text", "get_wallet", """{"customer_id":5}""", "invalid_request", "customer_id" },
        { "null for a customer", "get_wallet", """{"customer_id":null}""", "invalid_request", "customer_id" },
        { "SQL for a customer", "get_wallet", """{"customer_id":"alice' OR '1'='1"}""", "invalid_request", "customer_id" },
        { "nobody", "get_wallet", """{"customer_id":"nobody"}""", "customer_not_found", "customer_id" },
        { "a customer of the live workspace", "get_wallet", """{"customer_id":"only-live"}""", "customer_not_found", "customer_id" },
        { "control characters", "save_customer", """{"id":"al\u0007ice"}""", "invalid_request", "id" },
        { "metadata that is a list", "save_customer", """{"id":"alice","metadata":[1]}""", "invalid_request", "metadata" },
        { "a grant below zero", "grant_credit", """{"customer_id":"alice","asset":"usd","amount":"-5","idempotency_key":"k"}""", "amount_invalid", "amount" },
        { "an amount that is an object", "grant_credit", """{"customer_id":"alice","asset":"usd","amount":{"value":1},"idempotency_key":"k"}""", "invalid_request", "amount" },
        { "a grant without a key", "grant_credit", """{"customer_id":"alice","asset":"usd","amount":"5"}""", "invalid_request", "idempotency_key" },
        { "an asset that is mistyped", "grant_credit", """{"customer_id":"alice","asset":"credit","amount":"5","idempotency_key":"k"}""", "asset_not_found", "asset" },
        { "a priority of -1", "grant_credit", """{"customer_id":"alice","asset":"usd","amount":"5","priority":-1,"idempotency_key":"k"}""", "invalid_request", "priority" },
        { "the same key for other input", "grant_credit", """{"customer_id":"alice","asset":"usd","amount":"11","idempotency_key":"welcome"}""", "idempotency_conflict", "idempotency_key" },
        { "a correction by nothing", "adjust_balance", """{"customer_id":"alice","asset":"usd","amount":"0","reason":"r","idempotency_key":"k","confirm":true}""", "amount_invalid", "amount" },
        { "neither event nor amount", "authorize_usage", """{"customer_id":"alice","idempotency_key":"k"}""", "invalid_request", "asset" },
        { "both", "authorize_usage", """{"customer_id":"alice","asset":"usd","amount":"1","event":{"event_type":"image.generated"},"idempotency_key":"k"}""", "invalid_request", "asset" },
        { "a hold for longer than a day", "authorize_usage", """{"customer_id":"alice","asset":"usd","amount":"1","ttl_seconds":"100000","idempotency_key":"k"}""", "invalid_request", "ttl_seconds" },
        { "the hold of another workspace", "capture_hold", """{"hold_id":"{live alice's hold}","amount":"1","idempotency_key":"k"}""", "hold_not_found", "hold_id" },
        { "a hold that is a word", "void_hold", """{"hold_id":"x","idempotency_key":"k"}""", "hold_not_found", "hold_id" },
        { "a hold captured before", "void_hold", """{"hold_id":"{captured hold}","idempotency_key":"k"}""", "hold_already_captured", "hold_id" },
        { "to reverse more than there is", "reverse_usage", """{"event_id":"e1","customer_id":"alice","quantity":"6","idempotency_key":"k"}""", "reversal_too_large", "quantity" },
        { "a cursor of one's own", "list_usage", """{"cursor":"next"}""", "invalid_request", "cursor" },
        { "a page of everything", "list_entries", """{"customer_id":"alice","limit":100000}""", "invalid_request", "limit" },
        { "a document that is a text", "apply_catalog", """{"document":"{}"}""", "invalid_request", "document" },
        { "a price below zero", "define_price", """{"product":"pictures","id":"y","meter":"images","asset":"usd","model":"per_unit","unit_price":"-1","where":{"size":["1"]}}""", "invalid_catalog", "unit_price" },
        { "time going back", "advance_test_clock", """{"now":"2020-01-01T00:00:00Z"}""", "clock_conflict", "now" },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Is_told_what_is_wrong_and_changes_nothing(string what, string tool, string arguments, string code, string? field)
    {
        await using var client = await Connect(shop.Server.Key);
        var given = JsonDocument.Parse(shop.Fill(arguments)).RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        var result = await client.CallToolAsync(new CallToolRequestParams { Name = tool, Arguments = given });
        string text = string.Join('\n', result.Content.OfType<TextContentBlock>().Select(t => t.Text));
        Assert.True(result.IsError == true && text.StartsWith(code + ": ", StringComparison.Ordinal), $"{what}: {text}");
        Assert.True(field is null || text.Contains($"\nfield: {field}", StringComparison.Ordinal), $"{what}: {text}");
        Assert.Contains("\nhint: ", text, StringComparison.Ordinal);
        Unharmed(text);
    }

    [Fact]
    public async Task A_tool_that_is_not_there_is_refused_by_name()
    {
        await using var client = await Connect(shop.Server.Key);
        var refusal = await Assert.ThrowsAsync<McpProtocolException>(async () => await client.CallToolAsync(new CallToolRequestParams { Name = "get_walet" }));
        Assert.Contains("get_wallet", refusal.Message, StringComparison.Ordinal);
        Unharmed(refusal.Message);
    }

    [Theory]
    [InlineData("malformed", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_wallet" "arguments":{}}}""")]
    [InlineData("cut off", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"na""")]
    [InlineData("a list", "[]")]
    [InlineData("a number", "7")]
    [InlineData("nothing", "")]
    [InlineData("no method", """{"jsonrpc":"2.0","id":1}""")]
    [InlineData("another protocol", """{"jsonrpc":"1.0","id":1,"method":"tools/call"}""")]
    [InlineData("arguments that are a list", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"grant_credit","arguments":["alice","usd","5"]}}""")]
    [InlineData("params that are a text", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"grant_credit"}""")]
    [InlineData("a name that is a number", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":5,"arguments":{}}}""")]
    [InlineData("an argument twice", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"grant_credit","arguments":{"customer_id":"alice","asset":"usd","amount":"1","amount":"1000","idempotency_key":"k","idempotency_key":"welcome"}}}""")]
    public async Task What_is_no_call_changes_nothing(string what, string message)
    {
        var reply = await Raw(shop.Server.Key, message);
        Assert.True(reply.Status is >= 200 and < 500, $"{what}: {reply.Status} {reply.Text}");
        Unharmed(reply.Text);
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("{expired key}", 401)]
    [InlineData("{revoked key}", 401)]
    [InlineData("mb_test_0000000000000000000000000000000000000000000", 401)]
    public async Task Without_a_good_key_there_is_no_conversation(string? key, int status)
    {
        var reply = await Raw(key is null ? null : shop.Fill(key), """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_wallet","arguments":{"customer_id":"alice"}}}""");
        Assert.Equal(status, reply.Status);
        Assert.True(reply.Headers.ContainsKey("WWW-Authenticate"));
        Unharmed(reply.Text);
    }

    [Theory]
    [InlineData("grant_credit", """{"customer_id":"alice","asset":"usd","amount":"5","idempotency_key":"k"}""")]
    [InlineData("record_usage", """{"events":[{"id":"x","customer_id":"alice","event_type":"image.generated"}]}""")]
    [InlineData("apply_catalog", """{"document":{}}""")]
    [InlineData("save_customer", """{"id":"dave"}""")]
    public async Task A_read_only_key_changes_nothing(string tool, string arguments)
    {
        await using var client = await Connect(shop.Names["read-only key"]);
        var given = JsonDocument.Parse(arguments).RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        var result = await client.CallToolAsync(new CallToolRequestParams { Name = tool, Arguments = given });
        Assert.True(result.IsError);
        Unharmed(((TextContentBlock)result.Content[0]).Text, "forbidden: ");
    }

    private void Unharmed(string text, string start = "")
    {
        Assert.StartsWith(start, text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("internal_error", text, StringComparison.Ordinal);
        Assert.Equal(shop.Before, shop.Server.Fingerprint());
    }

    private async Task<McpClient> Connect(string key)
    {
        var options = new HttpClientTransportOptions { Endpoint = new Uri(shop.Server.Url, "/mcp"), AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = "Bearer " + key } };
        return await McpClient.CreateAsync(new HttpClientTransport(options, shop.Server.Http, ownsHttpClient: false));
    }

    private Task<Reply> Raw(string? key, string message) => shop.Server.With(key).Send(HttpMethod.Post, "/mcp", Encoding.UTF8.GetBytes(message), r =>
    {
        r.Headers.Accept.ParseAdd("application/json, text/event-stream");
        r.Headers.Add("MCP-Protocol-Version", "2026-07-28");
    });
}
