using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using McpBilling.Server.Commands;

namespace McpBilling.Server.Demo;

/// <summary>What the builder's app does: it asks <c>/v1</c> before it spends and reports after, over real HTTP.</summary>
internal sealed class DemoApp : IDisposable
{
    /// <summary>Requests under way at one moment, each on a connection of its own; thousands more wait for their turn.</summary>
    public const int Connections = 256;

    private readonly HttpClient http;
    private readonly TimeProvider time;

    public DemoApp(Uri server, string key, TimeProvider time)
    {
        this.time = time;
        http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections, UseProxy = false, UseCookies = false }) { BaseAddress = server };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public Task<JsonObject> Get(string path, CancellationToken cancellation) => Send(new HttpRequestMessage(HttpMethod.Get, path), cancellation);

    public Task<JsonObject> Post(string path, JsonObject body, CancellationToken cancellation) =>
        Send(new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/json")) }, cancellation);

    /// <summary>Sends all of them at once; each connection takes the next as soon as it has its answer.</summary>
    public async Task<DemoLoad> PostAll(int count, Func<int, (string Path, JsonObject Body)> request, CancellationToken cancellation)
    {
        var answers = new JsonObject[count];
        var waits = new TimeSpan[count];
        using var turns = new SemaphoreSlim(Connections);
        long started = time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, count).Select(One));
        return new DemoLoad(answers, waits, time.GetElapsedTime(started));

        async Task One(int i)
        {
            await turns.WaitAsync(cancellation);
            try
            {
                var (path, body) = request(i);
                long sent = time.GetTimestamp();
                answers[i] = await Post(path, body, cancellation);
                waits[i] = time.GetElapsedTime(sent);
            }
            finally
            {
                turns.Release();
            }
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<JsonObject> Send(HttpRequestMessage request, CancellationToken cancellation)
    {
        using (request)
        using (var response = await http.SendAsync(request, cancellation))
        {
            string text = await response.Content.ReadAsStringAsync(cancellation);
            return response.IsSuccessStatusCode
                ? (JsonObject)JsonNode.Parse(text)!
                : throw new CommandException($"{request.Method} {request.RequestUri!.AbsolutePath} answered {(int)response.StatusCode}: {text}");
        }
    }
}

/// <summary>The answers to many requests, in the order of the requests, and how long each was waited for.</summary>
internal sealed record DemoLoad(IReadOnlyList<JsonObject> Answers, TimeSpan[] Waits, TimeSpan Elapsed)
{
    public double PerSecond => Answers.Count / Elapsed.TotalSeconds;

    /// <param name="share">Such as 0.99: so many of the requests were answered within the time.</param>
    public TimeSpan Within(double share)
    {
        var sorted = Waits.Order().ToArray();
        return sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}
