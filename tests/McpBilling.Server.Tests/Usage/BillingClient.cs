using System.Collections.Frozen;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpBilling.Server.Tests.Usage;

/// <summary>The runtime API as an app calls it: bodies as it would write them, answers as they came.</summary>
internal sealed class BillingClient(HttpClient http, Uri url, string? key)
{
    private int made;

    public string? Key { get; } = key;

    public Task<Reply> Get(string path) => Send(HttpMethod.Get, path, null);

    public Task<Reply> Post(string path, object body, string contentType = "application/json") =>
        Send(HttpMethod.Post, path, Encoding.UTF8.GetBytes(body as string ?? JsonSerializer.Serialize(body)), r => r.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType));

    /// <summary>As <see cref="Post"/>, of a body that must be taken.</summary>
    public async Task<Reply> Do(string path, object body)
    {
        var reply = await Post(path, body);
        Assert.True(reply.Status is 200 or 201, $"POST {path} {body as string ?? JsonSerializer.Serialize(body)}: {reply.Status} {reply.Text}");
        return reply;
    }

    /// <summary>An idempotency key that was not used before.</summary>
    public string NextKey() => $"k-{Interlocked.Increment(ref made)}";

    /// <summary>Sets the catalog; a live one as it must be, with the token of a preview.</summary>
    public async Task<Reply> Apply(object document)
    {
        if (Key?.StartsWith("mb_live_", StringComparison.Ordinal) != true)
        {
            return await Do("/v1/catalog/apply", new { document });
        }
        var preview = (await Do("/v1/catalog/apply", new { document, dry_run = true })).Json;
        string? token = preview.TryGetProperty("preview_token", out var issued) ? issued.GetString() : null;
        return await Do("/v1/catalog/apply", new { document, expected_version = preview.GetProperty("version").GetInt64(), preview_token = token });
    }

    public Task<Reply> Clock(string now) => Do("/v1/test-clock", new { now });

    public async Task<Reply> Wallet(string customer)
    {
        var reply = await Get($"/v1/customers/{Uri.EscapeDataString(customer)}/wallet");
        Assert.True(reply.Status == 200, reply.Text);
        return reply;
    }

    /// <summary>Every entry of a customer, newest first, page by page.</summary>
    public async Task<List<JsonElement>> Entries(string customer, string query = "")
    {
        var entries = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await Get($"/v1/customers/{Uri.EscapeDataString(customer)}/entries?limit=200{query}{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}");
            Assert.True(page.Status == 200, page.Text);
            entries.AddRange(page.Json.GetProperty("entries").EnumerateArray());
            cursor = page.Json.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
        return entries;
    }

    public async Task<Reply> Send(HttpMethod method, string path, byte[]? body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(url, path));
        if (Key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        }
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        change?.Invoke(request);
        using var response = await http.SendAsync(request);
        return new Reply((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Concat(response.Content.Headers)
            .ToFrozenDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));
    }
}

/// <summary>What came back.</summary>
internal sealed record Reply(int Status, string Text, FrozenDictionary<string, string> Headers)
{
    private JsonElement? json;

    public JsonElement Json => json ??= JsonDocument.Parse(Text).RootElement;

    public JsonNode Node => JsonNode.Parse(Text)!;

    public string? Code => Member("code");

    public string? Field => Member("field");

    private string? Member(string name) => Text.StartsWith('{') && Json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
}

/// <summary>The case files that lie beside the project, not in it: absent, their tests are skipped, except under CI.</summary>
internal static class SharedData
{
    public static JsonElement? Load(string name)
    {
        var folders = new List<string?> { Environment.GetEnvironmentVariable("MCP_BILLING_SHARED") };
        for (var up = new DirectoryInfo(AppContext.BaseDirectory); up is not null; up = up.Parent)
        {
            if (File.Exists(Path.Combine(up.FullName, "McpBilling.sln")))
            {
                folders.Add(Path.Combine(up.FullName, "..", "shared"));
            }
        }
        string? path = folders.OfType<string>().Select(f => Path.Combine(f, "data", name)).FirstOrDefault(File.Exists);
        return path is null ? null : JsonDocument.Parse(File.ReadAllText(path)).RootElement;
    }

    public static void SkipOrFail(string name)
    {
        Assert.False(Environment.GetEnvironmentVariable("CI") == "true", $"{name} was not found; set MCP_BILLING_SHARED to the folder that has data/{name}");
        Assert.Skip($"{name} was not found");
    }
}
