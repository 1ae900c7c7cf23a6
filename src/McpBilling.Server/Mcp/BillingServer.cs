using System.Reflection;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Telemetry;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>
/// The MCP server of a surface: its handlers, the same for every transport and protocol era. A session may begin while its data is being opened: greeting and
/// tools need none, everything else waits for it.
/// </summary>
internal sealed class BillingServer
{
    /// <summary>How long a client may keep a list that only a new version of the program changes.</summary>
    public static readonly TimeSpan ListsStayFor = TimeSpan.FromMinutes(10);

    private readonly McpSurface listing;
    private readonly Lazy<ListToolsResult> tools;
    private readonly Task<McpServerHandlers> handlers;

    public BillingServer(McpSurface surface)
        : this(surface, Task.FromResult(surface))
    {
    }

    /// <param name="listing">What there is to list.</param>
    /// <param name="opened">The same with its data. Requests that need it wait as long as it takes.</param>
    public BillingServer(McpSurface listing, Task<McpSurface> opened)
    {
        this.listing = listing;
        tools = new(() => new ListToolsResult
        {
            Tools = [.. ToolsFile.DefinitionsOf(listing.Tools, listing.Json), .. listing.Conversation.Tools.Select(t => t.Definition)],
            TimeToLive = ListsStayFor,
            CacheScope = CacheScope.Public,
        });
        handlers = Handlers(opened);
    }

    public static string Version =>
        typeof(BillingServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    /// <summary>The project's page, as in server.json.</summary>
    public const string Website = "https://github.com/mcp-billing/mcp-billing";

    public static string Instructions => Embedded.Text("mcp/instructions.md");

    /// <summary>What a client is told of who serves it.</summary>
    public static Implementation Program => new()
    {
        Name = "mcp-billing",
        Title = "McpBilling",
        Description = "Real-time billing for AI products: prices, wallets, usage and charges.",
        Version = Version,
        WebsiteUrl = Website,
        Icons = Icons.OfProgram,
    };

    public void Configure(McpServerOptions options)
    {
        options.ServerInfo = Program;
        options.ServerInstructions = Instructions;
        options.ScopeRequests = false;
        options.Capabilities = new ServerCapabilities { Tools = new(), Prompts = new(), Resources = new(), Completions = new() };
        // A watched call tells whose it was, which the data knows.
        options.Handlers.ListToolsHandler = listing.IsWatched ? Opened(h => h.ListToolsHandler) : ListTools;
        options.Handlers.CallToolHandler = Opened(h => h.CallToolHandler);
        options.Handlers.ListPromptsHandler = Opened(h => h.ListPromptsHandler);
        options.Handlers.GetPromptHandler = Opened(h => h.GetPromptHandler);
        options.Handlers.ListResourcesHandler = Opened(h => h.ListResourcesHandler);
        options.Handlers.ListResourceTemplatesHandler = Opened(h => h.ListResourceTemplatesHandler);
        options.Handlers.ReadResourceHandler = Opened(h => h.ReadResourceHandler);
        options.Handlers.CompleteHandler = Opened(h => h.CompleteHandler);
        listing.Conversation.Configure(options);
    }

    private McpRequestHandler<TParams, TResult> Opened<TParams, TResult>(Func<McpServerHandlers, McpRequestHandler<TParams, TResult>?> which)
        where TParams : RequestParams =>
        handlers.IsCompletedSuccessfully ? which(handlers.Result)! : async (request, cancellation) => await which(await handlers.WaitAsync(cancellation))!(request, cancellation);

    private async Task<McpServerHandlers> Handlers(Task<McpSurface> opened)
    {
        var surface = await opened;
        var reads = new OperationReads(surface);
        var calls = new ToolCalls(surface);
        var prompts = new Prompts(surface);
        var resources = new Resources(surface, reads);
        var completions = new Completions(surface, prompts, surface.Completions ?? new OperationCompletions(reads));
        var made = new McpServerHandlers
        {
            ListToolsHandler = ListTools,
            CallToolHandler = calls.Call,
            ListPromptsHandler = prompts.List,
            GetPromptHandler = prompts.Get,
            ListResourcesHandler = resources.List,
            ListResourceTemplatesHandler = resources.ListTemplates,
            ReadResourceHandler = resources.Read,
            CompleteHandler = completions.Complete,
        };
        if (surface.IsWatched)
        {
            Watch(made, new CallWatch(surface), calls);
        }
        return made;
    }

    private ValueTask<ListToolsResult> ListTools(RequestContext<ListToolsRequestParams> request, CancellationToken cancellation) => ValueTask.FromResult(tools.Value);

    private static void Watch(McpServerHandlers handlers, CallWatch watch, ToolCalls calls)
    {
        handlers.ListToolsHandler = watch.Of("tools/list", handlers.ListToolsHandler!);
        handlers.CallToolHandler = watch.Of("tools/call", handlers.CallToolHandler!, call => calls.Known(call?.Name));
        handlers.ListPromptsHandler = watch.Of("prompts/list", handlers.ListPromptsHandler!);
        handlers.GetPromptHandler = watch.Of("prompts/get", handlers.GetPromptHandler!);
        handlers.ListResourcesHandler = watch.Of("resources/list", handlers.ListResourcesHandler!);
        handlers.ListResourceTemplatesHandler = watch.Of("resources/templates/list", handlers.ListResourceTemplatesHandler!);
        handlers.ReadResourceHandler = watch.Of("resources/read", handlers.ReadResourceHandler!);
        handlers.CompleteHandler = watch.Of("completion/complete", handlers.CompleteHandler!);
    }

    /// <summary>Makes ready what a client usually asks for first, and writes it once to nobody: on a core that has nothing else to do, while the session begins on another.</summary>
    public void Prepare() => JsonSerializer.SerializeToNode(tools.Value, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ListToolsResult)));

    /// <summary>Serves one client over a transport until it goes.</summary>
    public async Task Run(ITransport transport, CancellationToken cancellation)
    {
        var options = new McpServerOptions();
        Configure(options);
        await using var server = McpServer.Create(transport, options, listing.Logs);
        await server.RunAsync(cancellation);
    }
}
