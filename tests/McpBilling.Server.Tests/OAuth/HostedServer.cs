using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Tests.Rest;
using McpBilling.Storage;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Server.Tests.OAuth;

/// <summary>The program behind its doors as someone hosts it: one data file, one or several processes' worth of doors, and a clock for tokens and keys.</summary>
internal sealed class HostedServer : IAsyncDisposable
{
    public const string InitializeRequest =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}""";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-hosted-");
    private readonly DataFile file;
    private readonly List<(HttpDoor Door, Engine Engine)> opened = [];

    public HostedServer()
    {
        file = DataFile.Locate(Path.Combine(folder.FullName, "billing.db"), _ => null);
        Migrator.Prepare(file, TimeProvider.System);
        Keys = new ApiKeys(file, TimeProvider.System);
    }

    /// <summary>What doors and tokens go by; the engine has the machine's own.</summary>
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

    public ApiKeys Keys { get; }

    public CapturedLogs Logs { get; } = new();

    public async Task<Uri> Open(Func<HttpDoorOptions, HttpDoorOptions> change)
    {
        var parts = Parts.OfProgram() with { Time = Clock };
        var engine = parts.OpenEngine(file, TimeProvider.System, Logs);
        var options = change(new HttpDoorOptions(ListenUrls.Parse("http://127.0.0.1:0", _ => null), [], AllowAnonymous: false) { ToolSets = Enum.GetValues<ToolSet>().ToHashSet() });
        var door = await HttpDoor.Open(options, parts, Keys, engine, Logs, CancellationToken.None);
        opened.Add((door, engine));
        return new Uri(door.Urls[0]);
    }

    public async Task<HttpReply> Get(Uri url, string? token, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        return await Send(request, token, headers);
    }

    /// <summary>Posts JSON as MCP clients do.</summary>
    public async Task<HttpReply> Post(Uri url, string body, string? token, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        return await Send(request, token, headers);
    }

    /// <summary>Calls a tool as a client of the 2026-07-28 revision does.</summary>
    /// <param name="capabilities">What the client says it can.</param>
    /// <param name="more">Further members of the call's params, each after a comma.</param>
    public Task<HttpReply> Call(Uri server, string tool, string arguments, string? token, string capabilities = "{}", string more = "") => Post(
        new Uri(server, "/mcp"),
        $$$$$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"{{{{{tool}}}}}","arguments":{{{{{arguments}}}}},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"x","version":"1"},"io.modelcontextprotocol/clientCapabilities":{{{{{capabilities}}}}}}{{{{{more}}}}}}}""",
        token, ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", tool));

    /// <summary>Begins a session as a client of the 2025-11-25 revision does.</summary>
    public async Task<string> Begin(Uri server, string token)
    {
        var begun = await Post(new Uri(server, "/mcp"), InitializeRequest, token);
        Assert.Equal(200, begun.Status);
        return begun.Header("Mcp-Session-Id");
    }

    /// <summary>Calls a tool in such a session.</summary>
    public Task<HttpReply> CallIn(Uri server, string session, string tool, string arguments, string token) => Post(
        new Uri(server, "/mcp"), $$$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}""",
        token, ("Mcp-Session-Id", session), ("MCP-Protocol-Version", "2025-11-25"));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        foreach (var (door, engine) in opened)
        {
            await door.DisposeAsync();
            await engine.DisposeAsync();
        }
        Keys.Dispose();
        folder.Delete(recursive: true);
    }

    private async Task<HttpReply> Send(HttpRequestMessage request, string? token, (string Name, string Value)[] headers)
    {
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using var response = await Http.SendAsync(request);
        return new HttpReply((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Concat(response.Content.Headers)
            .ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));
    }
}

/// <summary>What came back.</summary>
internal sealed record HttpReply(int Status, string Text, Dictionary<string, string> Headers)
{
    public string Challenge => Headers.GetValueOrDefault("WWW-Authenticate", "");

    public JsonElement Json => JsonElement.Parse(Text);

    public string? Code => Json.TryGetProperty("code", out var code) ? code.GetString() : null;

    /// <summary>The result of a JSON-RPC answer, whether it came alone or in a stream of events.</summary>
    public JsonElement Result => JsonElement.Parse(Text.StartsWith('{') ? Text : Text.Split('\n').Last(l => l.StartsWith("data: {", StringComparison.Ordinal))[6..]).GetProperty("result");

    public string Header(string name) => Headers.TryGetValue(name, out string? value) ? value : throw new InvalidOperationException($"no {name}: {Status} {Text}");
}
