using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpBilling.Server.Tests.Integration;

/// <summary>Stands between an app and billing, and fails as networks do.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly HttpClient onward = new(new SocketsHttpHandler { UseProxy = false });
    private readonly string target;
    private readonly Queue<(string Path, Fault Fault)> faults = [];
    private readonly List<(string Path, string? Environment)> seen = [];
    private WebApplication listener = null!;
    private int port;

    private FaultProxy(string target) => this.target = target;

    public enum Fault
    {
        /// <summary>Billing has done it, but its answer never arrives.</summary>
        LoseReply,

        /// <summary>The answer comes after the app has given up.</summary>
        Slow,

        /// <summary>503 with Retry-After, as from a busy database; nothing reaches billing.</summary>
        Busy,
    }

    public string Url => $"http://127.0.0.1:{port}";

    /// <summary>What went to billing until now, in order: the path and X-Billing-Environment.</summary>
    public IReadOnlyList<(string Path, string? Environment)> Seen
    {
        get
        {
            lock (seen)
            {
                return [.. seen];
            }
        }
    }

    public static async Task<FaultProxy> Start(string target)
    {
        var proxy = new FaultProxy(target);
        await proxy.Up();
        return proxy;
    }

    /// <summary>Each of the next requests whose path ends so fails so, in this order; then all is well again.</summary>
    public void Next(string path, params Fault[] inOrder)
    {
        lock (faults)
        {
            foreach (var fault in inOrder)
            {
                faults.Enqueue((path, fault));
            }
        }
    }

    /// <summary>Nobody listens.</summary>
    public async Task Down()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await listener.StopAsync(soon.Token);
        await listener.DisposeAsync();
    }

    public async Task Up()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        listener = builder.Build();
        listener.Run(Pass);
        await listener.StartAsync();
        port = new Uri(listener.Urls.First()).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await Down();
        onward.Dispose();
    }

    private async Task Pass(HttpContext http)
    {
        string path = http.Request.Path + http.Request.QueryString;
        var fault = Take(path);
        if (fault is Fault.Busy)
        {
            http.Response.StatusCode = 503;
            http.Response.Headers.RetryAfter = "1";
            return;
        }
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), target + path) { Content = new StreamContent(http.Request.Body) };
        foreach (var (name, value) in http.Request.Headers.Where(h => h.Key is "Authorization" or "X-Billing-Environment"))
        {
            request.Headers.TryAddWithoutValidation(name, (string?)value);
        }
        request.Content.Headers.TryAddWithoutValidation("Content-Type", http.Request.ContentType);
        using var answer = await onward.SendAsync(request);
        byte[] body = await answer.Content.ReadAsByteArrayAsync();
        lock (seen)
        {
            seen.Add((path, http.Request.Headers["X-Billing-Environment"].FirstOrDefault()));
        }
        if (fault is Fault.LoseReply)
        {
            http.Abort();
            return;
        }
        if (fault is Fault.Slow)
        {
            // Until the app hangs up, which its own timeout makes it do.
            await Task.Delay(TimeSpan.FromSeconds(30), http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }
        http.Response.StatusCode = (int)answer.StatusCode;
        http.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await http.Response.Body.WriteAsync(body);
    }

    private Fault? Take(string path)
    {
        lock (faults)
        {
            return faults.Count > 0 && path.EndsWith(faults.Peek().Path, StringComparison.Ordinal) ? faults.Dequeue().Fault : null;
        }
    }
}
