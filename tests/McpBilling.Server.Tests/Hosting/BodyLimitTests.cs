using System.Net.Sockets;
using System.Text;
using McpBilling.Operations;
using McpBilling.Server.Tests.Hostile;
using McpBilling.Server.Tests.OAuth;

namespace McpBilling.Server.Tests.Hosting;

/// <summary>The bounds on what a request may bring hold for MCP as for the runtime API.</summary>
public sealed class BodyLimitTests : IAsyncLifetime
{
    private readonly HostedServer server = new();
    private Uri url = null!;
    private string key = "";

    public async ValueTask InitializeAsync()
    {
        url = await server.Open(o => o);
        key = server.Keys.Create("app", Mode.Test, Scopes.All, null).Key;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Theory]
    [InlineData("/mcp")]
    [InlineData("/v1/usage")]
    public async Task A_body_over_the_bound_is_refused(string path)
    {
        string body = $$$"""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"padding":"{{{new string('x', 1024 * 1024)}}}"}}""";
        var refused = await server.Post(new Uri(url, path), body, key);
        Assert.Equal((413, "too_large"), (refused.Status, refused.Code));
    }

    // To be read by the MCP library, by us, by nobody (no key, nothing there, another method), as a form, and as a processor's webhook.
    [Theory]
    [InlineData("POST", "/mcp", true)]
    [InlineData("POST", "/v1/usage", true)]
    [InlineData("POST", "/mcp", false)]
    [InlineData("POST", "/v1/usage", false)]
    [InlineData("POST", "/nothing", true)]
    [InlineData("PUT", "/v1/usage", true)]
    [InlineData("GET", "/livez", false)]
    [InlineData("POST", "/portal/topup", false)]
    [InlineData("POST", "/webhooks/1/stripe", false)]
    public async Task Behind_a_body_over_the_bound_the_connection_takes_the_next_request(string method, string path, bool withKey)
    {
        await using var connection = await RawConnection.To(url);
        string health = $"GET /livez HTTP/1.1\r\nHost: {url.Authority}\r\n";
        for (int i = 0; i < 3; i++)
        {
            Assert.True(await connection.Send(Start(method, path, withKey) + "Content-Length: 3000000\r\n\r\n" + new string(' ', 3_000_000) + health + "\r\n"));
        }
        Assert.True(await connection.Send(health + "Connection: close\r\n\r\n"));
        string text = await connection.UntilClosed();
        Assert.True(text.Split("HTTP/1.1 ").Length == 1 + 7, text);
        Assert.Equal(4, text.Split("HTTP/1.1 200").Length - 1 - (path == "/livez" ? 3 : 0));
    }

    [Theory]
    [InlineData("POST", "/mcp")]
    [InlineData("POST", "/v1/usage")]
    [InlineData("POST", "/nothing")]
    [InlineData("POST", "/portal/topup")]
    public async Task An_answer_to_a_body_that_is_not_even_dropped_is_the_last_and_says_so(string method, string path)
    {
        foreach (string length in (string[])["Content-Length: 20000000", "Transfer-Encoding: chunked"])
        {
            await using var connection = await RawConnection.To(url);
            // Of a body whose length is not told, a chunk that nothing follows: only who reads it knows that it breaks off.
            string rest = length.StartsWith('T') ? "FFFFFFFFFFFFFFFFF\r\n" : "";
            await connection.Send(Start(method, path, withKey: true) + $"{length}\r\n\r\n{rest}");
            string text = await connection.UntilClosed();
            Assert.StartsWith("HTTP/1.1 4", text, StringComparison.Ordinal);
            if (length.StartsWith('C') || path is "/mcp" or "/v1/usage")
            {
                Assert.Contains("\r\nConnection: close\r\n", text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_body_over_the_bound_is_refused_when_its_length_is_not_told()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, "/mcp")) { Content = new StreamContent(new Endless()) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        request.Headers.Authorization = new("Bearer", key);
        try
        {
            using var response = await server.Http.SendAsync(request);
            Assert.Equal(413, (int)response.StatusCode);
        }
        catch (HttpRequestException)
        {
            // The server hung up while more was being sent: that is a refusal too.
        }
    }

    [Fact]
    public async Task Headers_over_the_bound_are_refused()
    {
        var refused = await server.Get(new Uri(url, "/v1/catalog"), key, ("X-Padding", new string('x', 20_000)));
        Assert.Equal(431, refused.Status);
    }

    [Theory]
    [InlineData("/mcp")]
    [InlineData("/v1/usage")]
    public async Task A_body_that_does_not_come_is_not_waited_for(string path)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(url.Host, url.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {url.Authority}\r\nAuthorization: Bearer {key}\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{{"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer, limit.Token);
        string text = Encoding.ASCII.GetString(answer.ToArray());
        Assert.True(text.Length == 0 || text.StartsWith("HTTP/1.1 408", StringComparison.Ordinal), text);
    }

    private string Start(string method, string path, bool withKey) =>
        $"{method} {path} HTTP/1.1\r\nHost: {url.Authority}\r\n{(withKey ? $"Authorization: Bearer {key}\r\n" : "")}Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n";

    private sealed class Endless : Stream
    {
        private long position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => position; set => throw new NotSupportedException(); }

        // Four times the bound, so that a server without one answers something else in the end.
        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = (int)Math.Min(count, (4 * 1024 * 1024) - position);
            buffer.AsSpan(offset, read).Fill((byte)' ');
            position += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
