using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>The simplest balancer: each request goes to the next server, whoever sends it. A client that needs its session would be lost.</summary>
internal sealed class TurnTaker : IAsyncDisposable
{
    // What belongs to one connection and not to the request.
    private static readonly HashSet<string> OfTheConnection = new(StringComparer.OrdinalIgnoreCase) { "Connection", "Transfer-Encoding", "Content-Length", "Keep-Alive", "Upgrade" };

    private readonly HttpClient onward = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Uri[] servers;
    private readonly int[] counts;
    private WebApplication listener = null!;
    private int turn;

    private TurnTaker(string[] servers) => (this.servers, counts) = ([.. servers.Select(s => new Uri(s))], new int[servers.Length]);

    public string Url => listener.Urls.First();

    /// <summary>How many requests each server got.</summary>
    public IReadOnlyList<int> Counts => counts;

    public static async Task<TurnTaker> Start(params string[] servers)
    {
        var taker = new TurnTaker(servers);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        taker.listener = builder.Build();
        taker.listener.Run(taker.Pass);
        await taker.listener.StartAsync();
        return taker;
    }

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync();
        onward.Dispose();
    }

    private async Task Pass(HttpContext context)
    {
        int which = (int)((uint)Interlocked.Increment(ref turn) % servers.Length);
        Interlocked.Increment(ref counts[which]);
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(servers[which], context.Request.Path + context.Request.QueryString));
        if (context.Request.Headers.ContentType.Count > 0 || context.Request.ContentLength > 0)
        {
            request.Content = new StreamContent(context.Request.Body);
        }
        foreach (var (name, values) in context.Request.Headers.Where(h => !OfTheConnection.Contains(h.Key)))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }
        try
        {
            using var response = await onward.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
            foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(h => !OfTheConnection.Contains(h.Key)))
            {
                context.Response.Headers[name] = values.ToArray();
            }
            await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
            byte[] buffer = new byte[16 * 1024];
            for (int read; (read = await body.ReadAsync(buffer, context.RequestAborted)) > 0;)
            {
                // A stream of events is passed on as it comes.
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The client has gone.
        }
    }
}
