using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpBilling.Server.Tests.Webhooks;

/// <summary>What was received.</summary>
internal sealed record ReceivedMessage(string Path, string Host, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string Id => Headers["webhook-id"];
}

/// <summary>A real receiver on this machine that remembers everything and answers as it is told.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;

    private WebhookReceiver(WebApplication app) => this.app = app;

    public string Url { get; private set; } = "";

    public int Port => new Uri(Url).Port;

    public ConcurrentQueue<ReceivedMessage> Received { get; } = [];

    /// <summary>Answers a message; by default 204.</summary>
    public Func<ReceivedMessage, HttpContext, Task> Answer { get; set; } = static (_, context) =>
    {
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    };

    public static async Task<WebhookReceiver> Start(string url = "http://127.0.0.1:0", Action<IWebHostBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        configure?.Invoke(builder.WebHost);
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        app.Run(receiver.Take);
        await app.StartAsync();
        receiver.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return receiver;
    }

    /// <summary>Answers everything with a status.</summary>
    public void AnswerWith(int status, string? header = null, string value = "") => Answer = (_, context) =>
    {
        context.Response.StatusCode = status;
        if (header is not null)
        {
            context.Response.Headers[header] = value;
        }
        return Task.CompletedTask;
    };

    /// <summary>Takes messages and answers nothing, until it is told otherwise or the sender gives up.</summary>
    public TaskCompletionSource Hold()
    {
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Answer = (_, context) => Task.WhenAny(released.Task, Task.Delay(Timeout.Infinite, context.RequestAborted));
        return released;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await app.StopAsync(limit.Token);
        await app.DisposeAsync();
    }

    private async Task Take(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var message = new ReceivedMessage(
            context.Request.Path, context.Request.Host.Value ?? "", context.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()), await reader.ReadToEndAsync());
        Received.Enqueue(message);
        await Answer(message, context);
    }
}
