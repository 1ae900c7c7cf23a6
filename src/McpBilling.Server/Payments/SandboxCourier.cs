using System.Net.Http.Headers;
using System.Threading.Channels;
using McpBilling.Payments;
using McpBilling.Payments.Sandbox;

namespace McpBilling.Server.Payments;

/// <summary>How the sandbox delivers its webhooks, so that an app can be tried against what real ones do.</summary>
internal enum SandboxDelivery
{
    /// <summary>Each once, in order.</summary>
    Normal,

    /// <summary>Each twice.</summary>
    Twice,

    /// <summary>Each after the next one, or after a few seconds.</summary>
    Reordered,

    /// <summary>None: what happened is found by looking.</summary>
    Lost,
}

/// <summary>Carries the sandbox's webhooks to our own inbound address over HTTP, as a real processor's come. Where no door is open they stay undelivered, and are found by looking.</summary>
internal sealed class SandboxCourier : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(3);

    private readonly Channel<Parcel> _waiting = Channel.CreateBounded<Parcel>(
        new BoundedChannelOptions(10_000) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Uri?> _address;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Task _running;
    private volatile SandboxDelivery _delivery;

    /// <param name="address">Where this server listens; null: nowhere yet.</param>
    public SandboxCourier(Func<Uri?> address, TimeProvider time, ILogger log)
    {
        (_address, _time, _log) = (address, time, log);
        _running = Run();
    }

    /// <summary>How webhooks are delivered from now on.</summary>
    public SandboxDelivery Delivery
    {
        get => _delivery;
        set => _delivery = value;
    }

    public void Take(long workspaceKey, ReceivedWebhook webhook)
    {
        if (_delivery != SandboxDelivery.Lost)
        {
            _waiting.Writer.TryWrite(new Parcel(workspaceKey, webhook));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task Run()
    {
        HttpClient? http = null;
        try
        {
            while (true)
            {
                var first = await _waiting.Reader.ReadAsync(_stop.Token);
                // Made when there is something to deliver: most sessions pay nothing, and should not start slower for it.
                http ??= new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false }) { Timeout = Patience };
                if (_delivery == SandboxDelivery.Reordered && await Next() is { } second)
                {
                    await Deliver(http, second);
                }
                await Deliver(http, first);
                if (_delivery == SandboxDelivery.Twice)
                {
                    await Deliver(http, first);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            http?.Dispose();
        }
    }

    private async Task<Parcel?> Next()
    {
        using var limit = new CancellationTokenSource(Late, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        try
        {
            return await _waiting.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task Deliver(HttpClient http, Parcel parcel)
    {
        if (_address() is not { } here)
        {
            return;
        }
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(here, $"/webhooks/{SandboxProcessor.ProcessorName}/{parcel.Workspace}"))
            {
                Content = new ReadOnlyMemoryContent(parcel.Webhook.Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            };
            foreach (var (name, value) in parcel.Webhook.Headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
            using var response = await http.SendAsync(request, _stop.Token);
            if (!response.IsSuccessStatusCode)
            {
                _log.LogWarning("A webhook of the sandbox was answered with {Status}", (int)response.StatusCode);
            }
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !_stop.IsCancellationRequested))
        {
            _log.LogInformation("A webhook of the sandbox was not delivered; looking will find what it said: {Problem}", e.Message);
        }
    }

    private sealed record Parcel(long Workspace, ReceivedWebhook Webhook);
}
