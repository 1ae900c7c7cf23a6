using System.Text.RegularExpressions;

namespace McpBilling.Server.Tests.Hostile;

/// <summary>
/// Two readers of one connection (a proxy and this server) must never disagree where a request ends. What can be read in two ways is refused, the connection
/// is closed, and whatever came behind on it is never carried out.
/// </summary>
public sealed partial class SmugglingTests(HostileShop shop) : IClassFixture<HostileShop>
{
    private const string Body = """{"customer_id":"alice","asset":"usd","amount":"1000","idempotency_key":"smuggled"}""";

    /// <summary>What, and the request before the smuggled one; {host} and {key} are filled in.</summary>
    public static TheoryData<string, string> Requests { get; } = new()
    {
        // Two lengths
        { "a length and chunks", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "chunks and a length", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" },
        { "two lengths", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}" },
        { "two lengths in one", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Content-Length: 2, 3\r\n\r\n{}" },
        { "a length below zero", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Content-Length: -1\r\n\r\n{}" },
        { "a length in hexadecimal", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Content-Length: 0x2\r\n\r\n{}" },
        { "a length of more than 64 bits", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Content-Length: 18446744073709551618\r\n\r\n{}" },
        { "a length that is a word", "GET /v1/catalog HTTP/1.1\r\n{host}{key}Content-Length: two\r\n\r\n" },
        // Encodings that one side may not know
        { "an encoding almost chunked", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" },
        { "chunked, then something else", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" },
        { "chunked twice", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" },
        { "chunked behind a control character", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n" },
        { "chunks in HTTP/1.0 with a length", "POST /v1/usage HTTP/1.0\r\n{host}{key}{json}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" },
        // Lines
        { "a folded length", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Content-Length:\r\n 2\r\n\r\n{}" },
        { "a folded encoding", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" },
        { "a folded header that hides a length", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}X-Note: a\r\n\tContent-Length: 2\r\n\r\n{}" },
        { "a blank before the colon", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Content-Length : 2\r\n\r\n{}" },
        { "a blank before a name", "POST /v1/usage HTTP/1.1\r\n Content-Length: 2\r\n{host}{key}{json}\r\n{}" },
        { "a line feed alone behind a header", "GET /v1/catalog HTTP/1.1\r\n{host}{key}X-Note: a\nContent-Length: 5\r\n\r\n" },
        { "line feeds alone", "GET /v1/catalog HTTP/1.1\nHost: localhost\n\n" },
        { "a carriage return alone in a header", "GET /v1/catalog HTTP/1.1\r\n{host}{key}X-Note: a\rContent-Length: 5\r\n\r\n" },
        { "NUL in a header", "GET /v1/catalog HTTP/1.1\r\n{host}{key}X-Note: a\0b\r\n\r\n" },
        { "a header without a name", "GET /v1/catalog HTTP/1.1\r\n{host}{key}: a\r\n\r\n" },
        { "two hosts", "GET /v1/catalog HTTP/1.1\r\n{host}{host}{key}\r\n" },
        { "a host in the address and another in the header", "GET http://evil.example/v1/catalog HTTP/1.1\r\n{host}{key}\r\n" },
        // Chunks
        { "a chunk of a size that is none", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n" },
        { "a chunk below zero", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n" },
        { "a chunk of more than 64 bits", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n" },
        { "a chunk that is longer than it says", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n" },
        { "a line feed alone behind a chunk's size", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n" },
        { "a line feed alone in a chunk's extension", "POST /v1/usage HTTP/1.1\r\n{host}{key}{json}Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\n{}\r\n0\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task What_can_be_read_in_two_ways_is_refused_with_all_behind_it(string what, string first)
    {
        string before = shop.Server.Fingerprint();
        await using var connection = await RawConnection.To(shop.Server.Url);
        await connection.Send(Fill(first) + Smuggled());
        string answers = await connection.UntilClosed();
        Assert.True(StatusLines().Count(answers) == 1, $"{what}: {answers}");
        Assert.Matches("^HTTP/1.1 4[0-9][0-9] ", answers);
        Assert.DoesNotContain("   at ", answers, StringComparison.Ordinal);
        Assert.Equal(before, shop.Server.Fingerprint());
    }

    /// <summary>The other side of it: two requests of which nobody can doubt where they end are both answered, whatever the first one's body looks like.</summary>
    [Theory]
    [InlineData("Content-Length: {length}\r\n\r\n{smuggled}")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n{hex}\r\n{smuggled}\r\n0\r\n\r\n")]
    public async Task A_request_inside_a_body_is_a_body(string rest)
    {
        string before = shop.Server.Fingerprint();
        await using var connection = await RawConnection.To(shop.Server.Url);
        string inside = Smuggled();
        await connection.Send(
            Fill("POST /v1/usage HTTP/1.1\r\n{host}{key}{json}" + rest)
                .Replace("{length}", $"{inside.Length}", StringComparison.Ordinal).Replace("{hex}", $"{inside.Length:x}", StringComparison.Ordinal).Replace("{smuggled}", inside, StringComparison.Ordinal)
            + Fill("GET /v1/test-clock HTTP/1.1\r\n{host}{key}Connection: close\r\n\r\n"));
        string answers = await connection.UntilClosed();
        Assert.Equal(["400", "200"], StatusLines().Matches(answers).Select(m => m.Groups[1].Value));
        Assert.Equal(before, shop.Server.Fingerprint());
    }

    private string Smuggled() => Fill($"POST /v1/grants HTTP/1.1\r\n{{host}}{{key}}{{json}}Content-Length: {Body.Length}\r\n\r\n{Body}");

    private string Fill(string text) => text
        .Replace("{host}", "Host: localhost\r\n", StringComparison.Ordinal)
        .Replace("{key}", $"Authorization: Bearer {shop.Server.Key}\r\n", StringComparison.Ordinal)
        .Replace("{json}", "Content-Type: application/json\r\n", StringComparison.Ordinal);

    [GeneratedRegex("HTTP/1\\.1 ([0-9]{3}) ")]
    private static partial Regex StatusLines();
}
