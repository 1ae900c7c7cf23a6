using McpBilling.Operations;
using McpBilling.Server.Commands;
using McpBilling.Server.Mcp;
using McpBilling.Server.OAuth;
using McpBilling.Server.Otlp;
using McpBilling.Server.Payments;
using McpBilling.Server.Portal;
using McpBilling.Server.Rest;
using McpBilling.Server.Telemetry;

namespace McpBilling.Server.Hosting;

/// <summary>How the HTTP side is to be opened.</summary>
/// <param name="AllowedHosts">Names besides loopback and the bound ones.</param>
internal sealed record HttpDoorOptions(ListenUrls Urls, IReadOnlyList<string> AllowedHosts, bool AllowAnonymous)
{
    /// <summary>The tools that MCP over HTTP offers.</summary>
    public IReadOnlySet<ToolSet> ToolSets { get; init; } = McpSurface.DefaultToolSets;

    /// <summary>Offer no tool that changes anything.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Under which clients know this server, without a path: <c>https://billing.example.com</c>. Null: what their requests say.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>Know no MCP sessions.</summary>
    public bool Stateless { get; init; }

    /// <summary>Per key; 0 for no limit.</summary>
    public int RequestsPerSecond { get; init; }

    /// <summary>Connections that may be open at once; null for as many as <see cref="ConnectionLimit"/> finds.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Whose access tokens to take; null for none.</summary>
    public OAuthOptions? OAuth { get; init; }

    /// <exception cref="CommandException">Requests without a key would come from other machines.</exception>
    public void RequireSafe()
    {
        if (AllowAnonymous && !Urls.IsLoopbackOnly)
        {
            throw new CommandException($"--allow-anonymous is for loopback addresses only, not for {string.Join(", ", Urls.Urls)}.", ExitCodes.Usage);
        }
    }
}

/// <summary>The running HTTP side: runtime API, OpenAPI, health, MCP.</summary>
internal sealed class HttpDoor : IAsyncDisposable
{
    /// <summary>How long requests in flight may take to end when the server stops; the rest of the ten seconds is the writer's.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(6);

    private readonly WebApplication app;
    private readonly IReadOnlyList<IDisposable> own;

    private HttpDoor(WebApplication app, IReadOnlyList<IDisposable> own) => (this.app, this.own) = (app, own);

    /// <summary>Where it listens, with the ports that were really taken.</summary>
    public IReadOnlyList<string> Urls => [.. app.Urls];

    /// <exception cref="CommandException">It must not or cannot listen there.</exception>
    public static async Task<HttpDoor> Open(HttpDoorOptions options, Composition parts, IApiKeys keys, Engine engine, ILoggerFactory logs, CancellationToken cancellation)
    {
        options.RequireSafe();
        List<IDisposable> own = [];
        var app = Build(options, parts, keys, engine, logs, own);
        await options.Urls.Start(app, "--urls", cancellation);
        Announce(app, options, engine);
        return new HttpDoor(app, own);
    }

    /// <summary>Takes no more connections, and lets requests in flight end.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(DrainTime);
        await app.StopAsync(limit.Token);
        await app.DisposeAsync();
        foreach (var part in own)
        {
            part.Dispose();
        }
    }

    // The empty builder reads no files and no ASPNETCORE_ variables: what the command line says is all there is, and starting costs less.
    private static WebApplication Build(HttpDoorOptions options, Composition parts, IApiKeys keys, Engine engine, ILoggerFactory logs, List<IDisposable> own)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "mcp-billing", ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, EndsWhenTold>();
        builder.Services.AddRoutingCore();
        var longOperations = new LongOperations();
        WebApplication? opened = null;
        string? Address() => options.PublicUrl ?? opened?.Urls.FirstOrDefault();
        engine = engine with { Billing = new AddressedBilling(engine.Billing, Address) };
        builder.Services.AddBillingMcp(parts.Listing(logs).With(engine) with
        {
            ApiKeys = keys,
            RuntimeUrl = options.PublicUrl ?? options.Urls.Urls.First(),
            PublicUrl = options.PublicUrl,
            ToolSets = options.ToolSets,
            ReadOnly = options.ReadOnly,
            Stateless = options.Stateless,
            AuthorizationServers = options.OAuth is { } oauth ? [oauth.Issuer] : [],
            LongOperations = longOperations,
            IsWatched = true,
        });
        // A line ends with CR LF. Where one reader also takes LF alone, a proxy and this server can disagree where a request ends (request smuggling).
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        builder.WebHost.UseKestrelCore();
        // Handlers wait for the writer and for nothing else, and the writer answers on the pool: to hand each request, and each answer, to yet another thread of the pool
        // takes a tenth of the throughput. Whoever does block (a report on a file) blocks a thread of the pool either way.
        LimitedConnections.Use(builder, options.MaxConnections ?? ConnectionLimit.OfThisProcess(), static sockets => sockets.UnsafePreferInlineScheduling = true, logs);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBody.MaxBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MaxRequestLineSize = 8 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        });
        var app = opened = builder.Build();
        foreach (string url in options.Urls.Urls)
        {
            app.Urls.Add(url);
        }
        IEnumerable<string> publicHost = options.PublicUrl is { } address ? [new Uri(address).Host] : [];
        var http = logs.CreateLogger("McpBilling.Http");
        var gate = new FrontGate(new AllowedHosts([.. options.AllowedHosts, .. publicHost], options.Urls), http, parts.Time);
        var authentication = new Authentication(keys, options.AllowAnonymous, parts.Time)
        {
            Tokens = options.OAuth is null ? null : Own(own, TokensOf(options.OAuth, parts, keys, logs)),
            Limits = options.RequestsPerSecond == 0 ? null : Own(own, new RequestLimits(options.RequestsPerSecond)),
        };
        app.Use(next => context => gate.Run(context, next));
        app.UseRouting();
        app.Use(next => context => authentication.Identify(context, next));
        app.MapHealth(engine.Health);
        app.MapCatalogSchema();
        app.MapOpenApi(parts.Operations, parts.Json);
        app.MapOperations(parts.Operations, engine.Billing, authentication, longOperations, parts.Json, operation => AppWatch.Of(operation, engine.Signals, parts.Time),
            RequestWatch.IsWanted(http));
        MetricsEndpoint.Map(app);
        new PortalDoor(engine.Billing, PortalForms.Of(engine.SharedSecret), Address, logs.CreateLogger("McpBilling.Portal")).Map(app);
        TracesEndpoint.Map(app, parts.Operations, engine.Billing, parts.Json);
        if (engine.Payments is { } payments)
        {
            WebhookEndpoint.Map(app, payments);
            SandboxPage.Map(app, payments);
            DonePage.Map(app, payments);
            PaymentPage.MapStyles(app);
        }
        app.MapGroup("").WithMetadata(AnswersUnauthenticated.Itself).MapBillingMcp();
        app.UseEndpoints(static _ => { });
        return app;
    }

    // Only now it is known which port was taken: pages of payments are there, and the sandbox delivers its webhooks to it.
    private static void Announce(WebApplication app, HttpDoorOptions options, Engine engine)
    {
        if (engine.Payments is { } payments)
        {
            payments.Address = new Uri(app.Urls.First().Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal).Replace("//[::]", "//[::1]", StringComparison.Ordinal));
            payments.PublicAddress = options.PublicUrl is { } known ? new Uri(known) : null;
        }
    }

    // A method of its own, so that the token library is loaded only where tokens are taken.
    private static AccessTokens TokensOf(OAuthOptions options, Composition parts, IApiKeys keys, ILoggerFactory logs) =>
        new(options, new IssuerKeys(options.Issuer, parts.Time, logs.CreateLogger("McpBilling.OAuth")), keys.OwnerCaller, parts.Time);

    private static T Own<T>(List<IDisposable> own, T part)
        where T : IDisposable
    {
        own.Add(part);
        return part;
    }

    // Signals are StopSignals' business, the same with and without HTTP.
    private sealed class EndsWhenTold : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
