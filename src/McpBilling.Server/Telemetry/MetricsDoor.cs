using McpBilling.Operations;
using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;

namespace McpBilling.Server.Telemetry;

/// <summary>
/// <c>--metrics-urls</c>: an address of its own for machines that watch, where <c>/metrics</c> and health want no key. Nothing else is there, so that it can be let into a network in
/// which the runtime API must not be, and a proxy before the API does not publish it.
/// </summary>
internal sealed class MetricsDoor : IAsyncDisposable
{
    private const int MaxConnections = 100;

    private readonly WebApplication app;

    private MetricsDoor(WebApplication app) => this.app = app;

    /// <summary>Where it listens, with the ports that were really taken.</summary>
    public IReadOnlyList<string> Urls => [.. app.Urls];

    /// <exception cref="CommandException">It cannot listen there.</exception>
    public static async Task<MetricsDoor> Open(ListenUrls urls, IReadOnlyList<string> allowedHosts, IHealth health, ILoggerFactory logs, TimeProvider time, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "mcp-billing", ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddSingleton(logs);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        LimitedConnections.Use(builder, MaxConnections, static _ => { }, logs);
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1_024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        });
        var app = builder.Build();
        foreach (string url in urls.Urls)
        {
            app.Urls.Add(url);
        }
        var gate = new FrontGate(new AllowedHosts(allowedHosts, urls), logs.CreateLogger("McpBilling.Http"), time);
        app.Use(next => context => gate.Run(context, next));
        app.UseRouting();
        app.MapHealth(health);
        app.MapGet(MetricsEndpoint.Path, (RequestDelegate)MetricsEndpoint.Write);
        app.UseEndpoints(static _ => { });
        // From now on everything is counted.
        _ = MetricBook.OfProcess;
        await urls.Start(app, "--metrics-urls", cancellation);
        return new MetricsDoor(app);
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await app.StopAsync(limit.Token);
        await app.DisposeAsync();
    }
}
