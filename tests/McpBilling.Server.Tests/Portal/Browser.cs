using System.Net;

namespace McpBilling.Server.Tests.Portal;

/// <summary>A browser without eyes: keeps one cookie jar, follows nothing, and sends what it is told.</summary>
internal sealed class Browser : IDisposable
{
    private readonly HttpClient http;

    public Browser(Uri server)
    {
        var jar = new CookieContainer();
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, CookieContainer = jar, UseCookies = true }) { BaseAddress = server };
    }

    public void Dispose() => http.Dispose();

    public async Task<Page> Get(string address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        return await Send(request, headers);
    }

    public async Task<Page> Post(string address, Dictionary<string, string> form, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(form) };
        return await Send(request, headers);
    }

    /// <summary>Goes in by a link.</summary>
    public async Task<Page> Enter(string link)
    {
        var entered = await Get(link);
        Assert.True(entered.Status == 303 && entered.Header("Location") == "/portal", $"{entered.Status} {entered.Text}");
        return await Get("/portal");
    }

    private async Task<Page> Send(HttpRequestMessage request, (string Name, string Value)[] headers)
    {
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using var response = await http.SendAsync(request);
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join('\n', h.Value), StringComparer.OrdinalIgnoreCase);
        return new Page((int)response.StatusCode, await response.Content.ReadAsStringAsync(), all);
    }
}

/// <summary>What came back.</summary>
internal sealed record Page(int Status, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public string Header(string name) => Headers.TryGetValue(name, out string? value) ? value : "";

    /// <summary>What the page's forms prove themselves with.</summary>
    public string Token => System.Text.RegularExpressions.Regex.Match(Text, "name=\"_token\" value=\"([0-9a-f]{64})\"").Groups[1].Value;
}
