using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpBilling.Server.Tests.Operations;

/// <summary>Takes what is exported by OTLP over HTTP, and keeps it.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, byte[] Body)> taken = [];
    private readonly WebApplication app;

    private Collector(WebApplication app) => this.app = app;

    public string Url => app.Urls.First();

    public static async Task<Collector> Start()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var collector = new Collector(app);
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            collector.taken.Enqueue((context.Request.Path, body.ToArray()));
            context.Response.ContentType = "application/x-protobuf";
        });
        await app.StartAsync();
        return collector;
    }

    /// <summary>Whether bytes were in what was sent to a path.</summary>
    public bool Has(string path, ReadOnlySpan<byte> bytes)
    {
        foreach (var (at, body) in taken)
        {
            if (at == path && body.AsSpan().IndexOf(bytes) >= 0)
            {
                return true;
            }
        }
        return false;
    }

    public IEnumerable<byte[]> All => taken.Select(t => t.Body);

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
