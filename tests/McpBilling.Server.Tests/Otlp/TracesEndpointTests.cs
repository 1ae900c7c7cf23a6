using System.Collections.Frozen;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Otlp;

/// <summary><c>POST /v1/traces</c> as the OTLP specification says it, and what comes of bodies that are not as it says.</summary>
public sealed class TracesEndpointTests(LiveServer server) : IClassFixture<LiveServer>
{
    private const string Protobuf = "application/x-protobuf", Json = "application/json";
    private static int made;

    [Fact]
    public async Task A_success_is_an_empty_answer_in_the_encoding_of_the_request()
    {
        var json = await Send(Export(Span(Chat("ok"))));
        Assert.Equal((200, "{}", Json), (json.Status, json.Text, json.Headers["Content-Type"]));
        var protobuf = await Send([], Protobuf);
        Assert.Equal((200, "", Protobuf), (protobuf.Status, protobuf.Text, protobuf.Headers["Content-Type"]));
        Assert.Equal("{}", (await Send("{}")).Text);
        Assert.Single(await Costs("ok"));
    }

    [Fact]
    public async Task An_export_that_is_sent_again_costs_once()
    {
        string export = Export(Span(Chat("again")), Span(Chat("again")));
        await Send(export);
        Assert.Equal("{}", (await Send(export)).Text);
        Assert.Equal(2, (await Costs("again")).Count);
    }

    [Fact]
    public async Task A_response_that_the_app_reported_itself_is_not_booked_again()
    {
        await server.Client.Do("/v1/costs/llm", new
        {
            customer_id = "both",
            provider = "openai",
            api = "openai.chat",
            requested_at = "2026-07-01T10:00:00Z",
            response = new { id = "resp-both", model = "gpt-4o-2024-08-06", usage = new { prompt_tokens = 10, completion_tokens = 5 } },
        });
        Assert.Equal("{}", (await Send(Export(Span(Chat("both", ("gen_ai.response.id", "resp-both")))))).Text);
        Assert.Single(await Costs("both"));
    }

    [Fact]
    public async Task Nobodys_call_is_unattributed_and_an_unknown_model_unpriced()
    {
        await Send(Export(Span([("gen_ai.operation.name", "chat"), ("gen_ai.provider.name", "acme"), ("gen_ai.request.model", "acme-1"), ("gen_ai.usage.input_tokens", 10), ("gen_ai.usage.output_tokens", 5)])));
        var cost = Assert.Single(await Costs("unattributed"));
        Assert.Equal(("unpriced", "acme-1", JsonValueKind.Null), (cost.GetProperty("status").GetString(), cost.GetProperty("model").GetString(), cost.GetProperty("cost").ValueKind));
    }

    [Fact]
    public async Task A_span_that_is_refused_is_counted_and_named_and_holds_back_no_other()
    {
        string bad = Span(Chat("partly", ("gen_ai.usage.input_tokens", -1)));
        var answer = await Send(Export(Span(Chat("partly")), bad, Span(Chat("partly"))));
        var partial = answer.Json.GetProperty("partialSuccess");
        Assert.Equal((200, "1"), (answer.Status, partial.GetProperty("rejectedSpans").GetString()));
        Assert.Contains("gen_ai.usage.input_tokens", partial.GetProperty("errorMessage").GetString(), StringComparison.Ordinal);
        Assert.Contains(JsonElement.Parse(bad).GetProperty("spanId").GetString()!, partial.GetProperty("errorMessage").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, (await Costs("partly")).Count);
    }

    public static TheoryData<string, string> RefusedSpans { get; } = new()
    {
        { "negative", Span(Chat("refused", ("gen_ai.usage.output_tokens", -5))) },
        { "fractional", Span(Chat("refused", ("gen_ai.usage.output_tokens", 1.5))) },
        { "words", Span(Chat("refused", ("gen_ai.usage.output_tokens", "many"))) },
        { "more cached than there is", Span(Chat("refused", ("gen_ai.usage.cache_read.input_tokens", 1_000_000))) },
        { "customer with a space", Span(Chat("two words")) },
        { "customer too long", Span(Chat(new string('x', 129))) },
        { "session too long", Span(Chat("refused", ("session.id", new string('x', 129)))) },
        { "no model", Span([("gen_ai.operation.name", "chat"), ("gen_ai.usage.input_tokens", 1)]) },
        { "attempt", Span(Chat("refused", ("mcp_billing.attempt", "first"))) },
        { "no time", Span(Chat("refused")).Replace("UnixNano\":\"1", "UnixNano\":\"0", StringComparison.Ordinal).Replace("TimeUnixNano", "Time", StringComparison.Ordinal) },
        { "short trace id", Span(Chat("refused")).Replace("\"traceId\":\"", "\"traceId\":\"a", StringComparison.Ordinal) },
        { "zeros", Span(Chat("refused"), traceId: new string('0', 32)) },
    };

    [Theory]
    [MemberData(nameof(RefusedSpans))]
    public async Task A_span_that_cannot_be_booked_is_refused_and_nothing_of_it_is_kept(string what, string span)
    {
        string before = server.Fingerprint();
        var answer = await Send(Export(span));
        Assert.True(answer.Status == 200 && answer.Text.Contains("\"rejectedSpans\":\"1\"", StringComparison.Ordinal), $"{what}: {answer.Text}");
        Assert.Equal(before, server.Fingerprint());
    }

    public static TheoryData<string, byte[], string, int> BadBodies { get; } = new()
    {
        { "no protobuf", "not a protobuf"u8.ToArray(), Protobuf, 400 },
        { "cut", [0x0a, 0x7f, 0x01], Protobuf, 400 },
        { "endless number", [0x08, .. Enumerable.Repeat((byte)0xff, 20)], Protobuf, 400 },
        { "a group", [0x0b], Protobuf, 400 },
        { "field zero", [0x02, 0x00], Protobuf, 400 },
        { "length beyond all", [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], Protobuf, 400 },
        { "another type in a field", [0x08, 0x01], Protobuf, 400 },
        { "no JSON", "{"u8.ToArray(), Json, 400 },
        { "a list", "[]"u8.ToArray(), Json, 400 },
        { "spans as text", """{"resourceSpans":"x"}"""u8.ToArray(), Json, 400 },
        { "a span as number", """{"resourceSpans":[{"scopeSpans":[{"spans":[7]}]}]}"""u8.ToArray(), Json, 400 },
        { "an id as number", """{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":7}]}]}]}"""u8.ToArray(), Json, 400 },
        { "time as words", """{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"soon"}]}]}]}"""u8.ToArray(), Json, 400 },
        { "a count as words", """{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"gen_ai.usage.input_tokens","value":{"intValue":"x"}}]}]}]}]}"""u8.ToArray(), Json, 400 },
        { "half a surrogate pair", """{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"\ud800"}]}]}]}"""u8.ToArray(), Json, 400 },
        { "no UTF-8", [.. "{\"a\":\""u8, 0xc3, 0x28, .. "\"}"u8], Json, 400 },
        { "deep", Encoding.ASCII.GetBytes(new string('[', 100_000)), Json, 400 },
        { "1 MiB and more", new byte[1024 * 1024 + 1], Protobuf, 413 },
        { "too many spans", Repeat([0x0a, 0x04, 0x12, 0x02, 0x12, 0x00], 10_001), Protobuf, 413 },
        { "text", "hello"u8.ToArray(), "text/plain", 415 },
        { "form", "a=b"u8.ToArray(), "application/x-www-form-urlencoded", 415 },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task A_body_that_is_no_export_changes_nothing(string what, byte[] body, string type, int status)
    {
        string before = server.Fingerprint();
        var answer = await Send(body, type);
        Assert.True(answer.Status == status, $"{what}: {answer.Status} {answer.Text}");
        Assert.Equal(type == Protobuf ? Protobuf : "application/problem+json", answer.Headers["Content-Type"]);
        Assert.DoesNotContain("System.", answer.Text, StringComparison.Ordinal);
        Assert.Equal(before, server.Fingerprint());
    }

    [Fact]
    public async Task After_a_body_that_is_too_long_the_connection_is_good_for_the_next()
    {
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(413, (await Send(new byte[1024 * 1024 + 1], Protobuf)).Status);
            Assert.Equal(400, (await Send("not a protobuf"u8.ToArray(), Protobuf)).Status);
        }
    }

    [Fact]
    public async Task Gzip_is_unpacked_and_a_bomb_is_not()
    {
        Assert.Equal("{}", (await Send(Pack(Encoding.UTF8.GetBytes(Export(Span(Chat("packed"))))), Json, "gzip")).Text);
        Assert.Single(await Costs("packed"));
        byte[] bomb = Pack(Encoding.UTF8.GetBytes($$"""{"resourceSpans":[],"pad":"{{new string(' ', 100 * 1024 * 1024)}}"}"""));
        Assert.True(bomb.Length < 1024 * 1024);
        Assert.Equal(413, (await Send(bomb, Json, "gzip")).Status);
        Assert.Equal(400, (await Send("{}"u8.ToArray(), Json, "gzip")).Status);
        Assert.Equal(400, (await Send([0x1f, 0x8b, 8, 0, 1, 2], Json, "gzip")).Status);
        Assert.Equal(415, (await Send("{}"u8.ToArray(), Json, "br")).Status);
    }

    [Fact]
    public async Task Unknown_fields_and_values_of_other_kinds_are_skipped_in_protobuf()
    {
        byte[] attributes = [.. Attribute("gen_ai.request.model", [.. Bytes(1, "gpt-4o"u8)]), .. Attribute("customer.id", [.. Bytes(1, "wire"u8)]), .. Attribute("gen_ai.operation.name", [.. Bytes(1, "chat"u8)]),
            .. Attribute("gen_ai.usage.input_tokens", [0x18, 100]), .. Attribute("gen_ai.usage.output_tokens", [0x21, .. BitConverter.GetBytes(20.0)]), .. Attribute("gen_ai.prompt", [.. Bytes(1, "the-secret"u8)]),
            .. Attribute("user.id", [.. Bytes(5, [])])];
        byte[] span = [.. Bytes(1, Guid.Parse("00000000-0000-0000-0000-0000000000a1").ToByteArray()), .. Bytes(2, "12345678"u8), .. Bytes(5, "chat"u8), 0x39, .. BitConverter.GetBytes(1_780_000_000_000_000_000UL),
            .. attributes, .. Bytes(15, [0x18, 0x02]), 0x85, 0x01, 1, 2, 3, 4, .. Bytes(11, "an event"u8), 0xf8, 0x3f, 0x07];
        byte[] request = [.. Bytes(1, [.. Bytes(2, [.. Bytes(1, "scope"u8), .. Bytes(2, span)]), .. Bytes(3, "schema"u8), .. Bytes(1, [])]), .. Bytes(99, "later"u8)];
        Assert.Equal("", (await Send(request, Protobuf)).Text);
        var cost = Assert.Single(await Costs("wire"));
        Assert.Equal(("0.00045", "failed"), (cost.GetProperty("cost").GetProperty("amount").GetString(), cost.GetProperty("outcome").GetString()));
        byte[] nameless = [.. Bytes(1, [.. Bytes(2, [.. Bytes(2, [.. attributes])])])];
        string partial = (await Send(nameless, Protobuf)).Text;
        Assert.StartsWith("\n", partial, StringComparison.Ordinal);
        Assert.Contains("\u0008\u0001", partial, StringComparison.Ordinal);
        Assert.Contains("without a trace id", partial, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_needed_and_the_scope_of_costs()
    {
        string export = Export(Span(Chat("closed")));
        foreach (string type in new[] { Json, Protobuf })
        {
            var without = await Send(server.With(null), Encoding.UTF8.GetBytes(export), type);
            Assert.Equal(401, without.Status);
            Assert.Contains("Bearer", without.Headers["WWW-Authenticate"], StringComparison.Ordinal);
            Assert.Equal(401, (await Send(server.With(server.RevokedKey()), Encoding.UTF8.GetBytes(export), type)).Status);
            var reader = await Send(server.With(server.NewKey(scopes: FrozenSet.Create(Scopes.UsageRead))), Encoding.UTF8.GetBytes(export), type);
            Assert.Equal(403, reader.Status);
            Assert.Contains("usage:write", reader.Text, StringComparison.Ordinal);
        }
        Assert.Equal(405, (await server.Client.Get("/v1/traces")).Status);
    }

    private static (string Name, object Value)[] Chat(string customer, params (string Name, object Value)[] more)
    {
        var attributes = new Dictionary<string, object>
        {
            ["customer.id"] = customer,
            ["gen_ai.operation.name"] = "chat",
            ["gen_ai.provider.name"] = "openai",
            ["gen_ai.request.model"] = "gpt-4o",
            ["gen_ai.usage.input_tokens"] = 10,
            ["gen_ai.usage.output_tokens"] = 5,
        };
        foreach (var (name, value) in more)
        {
            attributes[name] = value;
        }
        return [.. attributes.Select(a => (a.Key, a.Value))];
    }

    private static string Span((string Name, object Value)[] attributes, string? traceId = null) => JsonSerializer.Serialize(new
    {
        traceId = traceId ?? Interlocked.Increment(ref made).ToString("x32"),
        spanId = Interlocked.Increment(ref made).ToString("x16"),
        name = "call",
        kind = 3,
        startTimeUnixNano = "1780000000000000000",
        endTimeUnixNano = "1780000001000000000",
        attributes = attributes.Select(a => new { key = a.Name, value = Value(a.Value) }),
        droppedAttributesCount = 0,
        aFieldOfTomorrow = new { deep = new[] { 1, 2 } },
        status = new { code = 0 },
    });

    private static Dictionary<string, object> Value(object value) => value switch
    {
        string text => new() { ["stringValue"] = text },
        double number => new() { ["doubleValue"] = number },
        var number => new() { ["intValue"] = number.ToString()! },
    };

    private static string Export(params string[] spans) => $$"""{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":{"name":"test"},"spans":[{{string.Join(",", spans)}}]}]}]}""";

    private static byte[] Attribute(string name, byte[] value) => Bytes(9, [.. Bytes(1, Encoding.ASCII.GetBytes(name)), .. Bytes(2, value)]);

    private static byte[] Bytes(int field, ReadOnlySpan<byte> value) => [.. Number((uint)(field << 3 | 2)), .. Number((uint)value.Length), .. value];

    private static byte[] Number(uint value) => value < 0x80 ? [(byte)value] : [(byte)(value | 0x80), .. Number(value >> 7)];

    private static byte[] Repeat(byte[] part, int times) => [.. Enumerable.Repeat(part, times).SelectMany(p => p)];

    private static byte[] Pack(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(plain);
        }
        return packed.ToArray();
    }

    private Task<Reply> Send(string json) => Send(Encoding.UTF8.GetBytes(json), Json);

    private Task<Reply> Send(byte[] body, string type, string? encoding = null) => Send(server.Client, body, type, encoding);

    private static Task<Reply> Send(BillingClient client, byte[] body, string type, string? encoding = null) => client.Send(HttpMethod.Post, "/v1/traces", body, request =>
    {
        request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }
    });

    private async Task<List<JsonElement>> Costs(string customer) => [.. (await server.Client.Get($"/v1/costs?customer_id={customer}")).Json.GetProperty("costs").EnumerateArray()];
}
