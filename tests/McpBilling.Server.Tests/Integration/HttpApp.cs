using System.Net.Http.Json;
using System.Text.Json;
using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests.Integration;

/// <summary>An app that is a server.</summary>
internal sealed class HttpApp(ProgramProcess process, FaultProxy proxy, string outbox) : IApp
{
    // A connection each: an app's server may close one just when the next request goes out on it (Python's does, after every answer), and no client retries a
    // POST then. A request's "Connection: close" does not keep the handler from using it again.
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });

    /// <summary>Milliseconds: an answer that is late because the machine is busy is not the failure that a test makes.</summary>
    public const string Patience = "8000";

    public FaultProxy Proxy => proxy;
    public string Outbox => outbox;

    public static async Task<IApp> Start(string program, string[] arguments, AppFolder folder, string door, FaultProxy proxy, string key, string environmentVariable)
    {
        string outbox = Path.Combine(folder.Path, "outbox-" + door);
        var process = await ProgramProcess.Start(program, arguments, folder.Path,
        [
            ("MCP_BILLING_URL", proxy.Url), ("MCP_BILLING_KEY", key), ("MCP_BILLING_OUTBOX", outbox), ("STYLE", folder.Style), ("FRAMEWORK", door),
            (environmentVariable, "staging"), ("MCP_BILLING_TIMEOUT_MS", Patience),
        ]);
        return new HttpApp(process, proxy, outbox);
    }

    public async Task<Outcome> Call(Work work)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{process.Url}/{work.Door}")
        {
            Content = JsonContent.Create(new { estimate = work.Estimate, used = work.Used, fail = work.Fail }, options: new JsonSerializerOptions(JsonSerializerDefaults.Web)
            {
                DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
            }),
        };
        // Some of the servers want to know the length beforehand.
        await request.Content.LoadIntoBufferAsync();
        request.Headers.Add("X-Customer", work.Customer);
        request.Headers.Add("X-Request-Id", work.Request);
        request.Headers.Add("X-End-User", "gina");
        request.Headers.Add("X-Session", "visit-7");
        request.Headers.Add("X-Task", "task-9");
        try
        {
            using var answer = await http.SendAsync(request);
            string text = await answer.Content.ReadAsStringAsync();
            return new Outcome((int)answer.StatusCode, text.StartsWith('{') ? JsonElement.Parse(text) : default);
        }
        catch (HttpRequestException failure)
        {
            // What it writes of it takes a moment to arrive.
            await Task.Delay(TimeSpan.FromSeconds(1));
            throw new InvalidOperationException($"the app gave no answer; it said:\n{process.Said}", failure);
        }
    }

    public async Task<int> Worked() => int.Parse(await http.GetStringAsync(process.Url + "/worked"));

    public Task Nudge() => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await process.DisposeAsync();
    }
}
