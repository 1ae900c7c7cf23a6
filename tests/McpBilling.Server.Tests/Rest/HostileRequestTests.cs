using System.Net;
using System.Net.Sockets;
using System.Text;

namespace McpBilling.Server.Tests.Rest;

public sealed class HostileRequestTests(PaintShop shop) : IClassFixture<PaintShop>
{
    private const string Path = "/v1/pots/red/mix";

    public static TheoryData<string, string, string?> BadBodies { get; } = new()
    {
        { "malformed", """{"litres":3,""", null },
        { "not JSON", "litres=3", null },
        { "cut", "{", null },
        { "two values", """{"litres":3,"idempotency_key":"k"} {}""", null },
        { "trailing comma", """{"litres":3,"idempotency_key":"k",}""", null },
        { "comment", """{"litres":3,/* */"idempotency_key":"k"}""", null },
        { "array", "[]", null },
        { "number", "7", null },
        { "text", "\"litres\"", null },
        { "null", "null", null },
        { "empty object", "{}", "litres" },
        { "empty", "", "litres" },
        { "blank", "   ", null },
        { "missing", """{"idempotency_key":"k"}""", "litres" },
        { "null field", """{"litres":null,"idempotency_key":"k"}""", "litres" },
        { "text for number", """{"litres":"3","idempotency_key":"k"}""", "litres" },
        { "fraction", """{"litres":3.5,"idempotency_key":"k"}""", "litres" },
        { "too small", """{"litres":0,"idempotency_key":"k"}""", "litres" },
        { "negative", """{"litres":-1,"idempotency_key":"k"}""", "litres" },
        { "too large", """{"litres":101,"idempotency_key":"k"}""", "litres" },
        { "huge", """{"litres":1e308,"idempotency_key":"k"}""", "litres" },
        { "beyond long", """{"litres":99999999999999999999999,"idempotency_key":"k"}""", "litres" },
        { "NaN", """{"litres":NaN,"idempotency_key":"k"}""", null },
        { "decimal NaN", """{"litres":3,"strength":"NaN","idempotency_key":"k"}""", "strength" },
        { "decimal words", """{"litres":3,"strength":"lots","idempotency_key":"k"}""", "strength" },
        { "decimal huge", """{"litres":3,"strength":1e400,"idempotency_key":"k"}""", "strength" },
        { "decimal digits", """{"litres":3,"strength":"0.1234567890123456789012345678901234567890123456789012345678901234567890","idempotency_key":"k"}""", "strength" },
        { "decimal object", """{"litres":3,"strength":{},"idempotency_key":"k"}""", "strength" },
        { "unknown field", """{"litres":3,"liters":3,"idempotency_key":"k"}""", "liters" },
        { "duplicate", """{"litres":3,"litres":4,"idempotency_key":"k"}""", null },
        { "wrong pot", """{"pot_id":"blue","litres":3,"idempotency_key":"k"}""", "pot_id" },
        { "pot as number", """{"pot_id":5,"litres":3,"idempotency_key":"k"}""", "pot_id" },
        { "empty key", """{"litres":3,"idempotency_key":""}""", "idempotency_key" },
        { "key with NUL", """{"litres":3,"idempotency_key":"a\u0000b"}""", "idempotency_key" },
        { "key with newline", """{"litres":3,"idempotency_key":"a\nb"}""", "idempotency_key" },
        { "key as object", """{"litres":3,"idempotency_key":{"$gt":""}}""", "idempotency_key" },
        { "half a surrogate pair", """{"litres":3,"idempotency_key":"\ud800"}""", "idempotency_key" },
        { "properties as text", """{"litres":3,"properties":"x","idempotency_key":"k"}""", "properties" },
        { "deep properties", """{"litres":3,"properties":""" + string.Concat(Enumerable.Repeat("{\"a\":", 500)) + "1" + new string('}', 500) + ""","idempotency_key":"k"}""", null },
        { "deep array", new string('[', 100_000), null },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task A_bad_body_is_400_and_does_nothing(string what, string body, string? field)
    {
        int before = shop.Mix.Calls;
        var answer = await shop.Post(Path, body);
        Assert.True((answer.Status, answer.Code, answer.Field) == (HttpStatusCode.BadRequest, "invalid_request", field), $"{what}: {answer.Text}");
        Assert.DoesNotContain("System.", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", answer.Text, StringComparison.Ordinal);
        Assert.Equal(before, shop.Mix.Calls);
    }

    [Theory]
    [InlineData(new byte[] { 0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d })]
    [InlineData(new byte[] { 0xff, 0xff })]
    [InlineData(new byte[] { 0, 0, 0 })]
    [InlineData(new byte[] { 0x1f, 0x8b, 8, 0 })]
    public async Task Bytes_that_are_no_text_are_400(byte[] body)
    {
        var answer = await shop.Send("POST", Path, body);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Invalid_UTF8_inside_a_text_is_400()
    {
        byte[] body = [.. "{\"litres\":3,\"properties\":{\"a\":\""u8, 0xc3, 0x28, .. "\"},\"idempotency_key\":\"k\"}"u8];
        var answer = await shop.Send("POST", Path, body);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/jsonp")]
    [InlineData("application/json; charset=utf-16")]
    public async Task What_is_not_called_JSON_is_415(string? contentType)
    {
        var answer = await shop.Send("POST", Path, """{"litres":3,"idempotency_key":"k"}"""u8.ToArray(), contentType: contentType);
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unsupported_media_type"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON")]
    public async Task JSON_may_be_called_so_in_any_way(string contentType)
    {
        Assert.Equal(HttpStatusCode.OK, (await shop.Send("POST", Path, """{"litres":3,"idempotency_key":"k"}"""u8.ToArray(), contentType: contentType)).Status);
    }

    [Theory]
    [InlineData("GET", "/", 404, "not_found")]
    [InlineData("GET", "/v1/nothing", 404, "not_found")]
    [InlineData("GET", "/v1/../etc/passwd", 404, "not_found")]
    [InlineData("PUT", Path, 405, "method_not_allowed")]
    [InlineData("DELETE", "/v1/stir", 405, "method_not_allowed")]
    [InlineData("OPTIONS", "/v1/stir", 405, "method_not_allowed")]
    [InlineData("GET", "/v1/pots/red?limit=51", 400, "invalid_request")]
    [InlineData("GET", "/v1/pots/red?limit=1000000000", 400, "invalid_request")]
    [InlineData("GET", "/v1/pots/red?limit=1&limit=2", 400, "invalid_request")]
    [InlineData("GET", "/v1/pots/red?limit=abc", 400, "invalid_request")]
    [InlineData("GET", "/v1/pots/red?newest=1", 400, "invalid_request")]
    [InlineData("GET", "/v1/pots/red?lmit=5", 400, "invalid_request")]
    [InlineData("GET", "/v1/pots/red?pot_id=blue", 400, "invalid_request")]
    [InlineData("GET", "/v1/pots/a%0Ab", 400, "invalid_request")]
    [InlineData("GET", "/v1/pots/%1B%5B31m", 400, "invalid_request")]
    [InlineData("GET", "/v1/pots/a-name-that-is-too-long", 400, "invalid_request")]
    [InlineData("GET", "/v1/pots/red?key=mb_test_abc", 400, "invalid_request")]
    [InlineData("GET", "/v1/pots/red?key=mb%5Flive_abc", 400, "invalid_request")]
    [InlineData("GET", "/v1/mb_test_abc", 400, "invalid_request")]
    public async Task Wrong_addresses_are_told_apart(string method, string path, int status, string code)
    {
        var answer = await shop.Send(method, path);
        Assert.Equal((status, code), ((int)answer.Status, answer.Code));
        Assert.Equal(status == 405, answer.Headers.ContainsKey("Allow"));
    }

    [Fact]
    public async Task Keys_decide_who_may_what()
    {
        string body = """{"litres":3,"idempotency_key":"k"}""";
        int before = shop.Mix.Calls;
        (string? Header, int Status, string Code)[] cases =
        [
            (null, 401, "unauthenticated"),
            ("Bearer", 401, "unauthenticated"),
            ("Bearer ", 401, "unauthenticated"),
            ("Basic dTpw", 401, "unauthenticated"),
            (shop.Key, 401, "unauthenticated"),
            ($"Bearer {shop.Key[..^1]}", 401, "unauthenticated"),
            ($"Bearer {shop.Key}x", 401, "unauthenticated"),
            ($"Bearer mb_live_{shop.Key[8..]}", 401, "unauthenticated"),
            ($"Bearer {shop.Key} {shop.Key}", 401, "unauthenticated"),
            ($"Bearer {new string('x', 5000)}", 401, "unauthenticated"),
            ($"Bearer {shop.RevokedKey}", 401, "unauthenticated"),
            ($"Bearer {shop.ExpiredKey}", 401, "key_expired"),
            ($"Bearer {shop.ReadOnlyKey}", 403, "forbidden"),
        ];
        foreach (var (header, status, code) in cases)
        {
            var answer = await shop.Post(Path, body, r =>
            {
                r.Headers.Authorization = null;
                if (header is not null)
                {
                    r.Headers.TryAddWithoutValidation("Authorization", header);
                }
            });
            Assert.Equal((status, code), ((int)answer.Status, answer.Code));
            Assert.Equal(status == 401, answer.Headers.ContainsKey("WWW-Authenticate"));
            Assert.DoesNotContain(shop.Key[8..20], answer.Text, StringComparison.Ordinal);
        }
        Assert.Equal(before, shop.Mix.Calls);
        Assert.Equal(HttpStatusCode.OK, (await shop.Send("GET", "/v1/pots/red", change: r => r.Headers.Authorization = new("bearer", shop.ReadOnlyKey))).Status);
    }

    [Theory]
    [InlineData("Host", "evil.example", 403)]
    [InlineData("Host", "127.0.0.1.evil.example:80", 403)]
    [InlineData("Host", "10.0.0.1", 403)]
    [InlineData("Host", "localhost", 200)]
    [InlineData("Host", "LOCALHOST:9999", 200)]
    [InlineData("Host", "[::1]:80", 200)]
    [InlineData("Host", "paint.example", 200)]
    [InlineData("Origin", "http://evil.example", 403)]
    [InlineData("Origin", "http://localhost.evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Origin", "file://", 403)]
    [InlineData("Origin", "", 403)]
    [InlineData("Origin", "http://localhost:3000", 200)]
    [InlineData("Origin", "https://paint.example", 200)]
    public async Task Foreign_hosts_and_pages_are_refused_everywhere(string header, string value, int status)
    {
        foreach (string path in (string[])["/v1/pots/red", "/healthz", "/openapi/v1.json"])
        {
            var answer = await shop.Send("GET", path, change: r => r.Headers.TryAddWithoutValidation(header, value));
            Assert.Equal(status, (int)answer.Status);
        }
    }

    [Theory]
    [InlineData("Content-Length: 10485760\r\n\r\n")]
    [InlineData("Content-Length: 9223372036854775807\r\n\r\n")]
    public async Task A_body_that_says_it_is_too_large_is_413_before_it_is_sent(string headers)
    {
        string answer = await Raw($"POST {Path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {shop.Key}\r\nContent-Type: application/json\r\n{headers}");
        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("\"too_large\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_grows_too_large_is_413()
    {
        var request = new StringBuilder($"POST {Path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {shop.Key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 17; i++)
        {
            request.Append("10000\r\n").Append(' ', 0x10000).Append("\r\n");
        }
        string answer = await Raw(request.ToString());
        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("\"too_large\"", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /v1/pots/red HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /v1/pots/red HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400")]
    [InlineData("GET /v1/pots/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", "400")]
    [InlineData("nonsense\r\n\r\n", "400")]
    [InlineData("POST /v1/stir HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "4")]
    public async Task What_is_not_HTTP_is_refused_without_words_of_ours(string request, string status)
    {
        string answer = await Raw(request);
        Assert.StartsWith("HTTP/1.1 " + status, answer, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_answer_carries_the_headers_that_keep_browsers_quiet()
    {
        foreach (string path in (string[])["/v1/pots/red", "/nothing", "/healthz"])
        {
            var answer = await shop.Send("GET", path);
            Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
            Assert.Equal("no-store", answer.Headers["Cache-Control"]);
            Assert.Contains("frame-ancestors 'none'", answer.Headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.DoesNotContain("Server", answer.Headers.Keys);
        }
    }

    private async Task<string> Raw(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(shop.Url.Host, shop.Url.Port);
        var stream = socket.GetStream();
        var bytes = new byte[4096];
        int count = 0;
        var reading = Task.Run(async () =>
        {
            int read;
            while (count < bytes.Length && (read = await stream.ReadAsync(bytes.AsMemory(count))) > 0)
            {
                count += read;
                string soFar = Encoding.Latin1.GetString(bytes, 0, count);
                int end = soFar.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (end >= 0 && (soFar.Contains("Content-Length: 0", StringComparison.Ordinal) || count > end + 4))
                {
                    break;
                }
            }
        });
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        await reading.WaitAsync(TimeSpan.FromSeconds(20));
        return Encoding.Latin1.GetString(bytes, 0, count);
    }
}
