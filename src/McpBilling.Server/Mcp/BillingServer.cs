using System.Reflection;
using McpBilling.Operations;
using McpBilling.Server.Telemetry;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>The MCP server of a surface: its handlers, the same for every transport and protocol era.</summary>
internal sealed class BillingServer
{
    /// <summary>How long a client may keep a list that only a new version of the program changes.</summary>
    public static readonly TimeSpan ListsStayFor = TimeSpan.FromMinutes(10);

    private readonly McpSurface surface;
    private readonly ToolCalls calls;
    private readonly Prompts prompts;
    private readonly Resources resources;
    private readonly Completions completions;
    private readonly Lazy<List<Tool>> tools;

    public BillingServer(McpSurface surface)
    {
        this.surface = surface;
        var reads = new OperationReads(surface);
        calls = new ToolCalls(surface);
        prompts = new Prompts(surface);
        resources = new Resources(surface, reads);
        completions = new Completions(surface, prompts, surface.Completions ?? new OperationCompletions(reads));
        tools = new(() => [.. ToolsFile.DefinitionsOf(surface.Tools, surface.Json), .. surface.Conversation.Tools.Select(t => t.Definition)]);
    }

    public static string Version =>
        typeof(BillingServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    /// <summary>The project's page, as in server.json.</summary>
    public const string Website = "https://github.com/mcp-billing/mcp-billing";

    public static string Instructions => Embedded.Text("mcp/instructions.md");

    public void Configure(McpServerOptions options)
    {
        options.ServerInfo = new Implementation
        {
            Name = "mcp-billing",
            Title = "McpBilling",
            Description = "Real-time billing for AI products: prices, wallets, usage and charges.",
            Version = Version,
            WebsiteUrl = Website,
            Icons = Icons.OfProgram,
        };
        options.ServerInstructions = Instructions;
        options.ScopeRequests = false;
        options.Capabilities = new ServerCapabilities { Tools = new(), Prompts = new(), Resources = new(), Completions = new() };
        options.Handlers.ListToolsHandler = (_, _) =>
            ValueTask.FromResult(new ListToolsResult { Tools = tools.Value, TimeToLive = ListsStayFor, CacheScope = CacheScope.Public });
        options.Handlers.CallToolHandler = calls.Call;
        options.Handlers.ListPromptsHandler = prompts.List;
        options.Handlers.GetPromptHandler = prompts.Get;
        options.Handlers.ListResourcesHandler = resources.List;
        options.Handlers.ListResourceTemplatesHandler = resources.ListTemplates;
        options.Handlers.ReadResourceHandler = resources.Read;
        options.Handlers.CompleteHandler = completions.Complete;
        surface.Conversation.Configure(options);
        if (surface.IsWatched)
        {
            Watch(options.Handlers);
        }
    }

    private void Watch(McpServerHandlers handlers)
    {
        var watch = new CallWatch(surface);
        handlers.ListToolsHandler = watch.Of("tools/list", handlers.ListToolsHandler!);
        handlers.CallToolHandler = watch.Of("tools/call", handlers.CallToolHandler!, call => calls.Known(call?.Name));
        handlers.ListPromptsHandler = watch.Of("prompts/list", handlers.ListPromptsHandler!);
        handlers.GetPromptHandler = watch.Of("prompts/get", handlers.GetPromptHandler!);
        handlers.ListResourcesHandler = watch.Of("resources/list", handlers.ListResourcesHandler!);
        handlers.ListResourceTemplatesHandler = watch.Of("resources/templates/list", handlers.ListResourceTemplatesHandler!);
        handlers.ReadResourceHandler = watch.Of("resources/read", handlers.ReadResourceHandler!);
        handlers.CompleteHandler = watch.Of("completion/complete", handlers.CompleteHandler!);
    }

    /// <summary>Serves one client over a transport until it goes.</summary>
    public async Task Run(ITransport transport, CancellationToken cancellation)
    {
        var options = new McpServerOptions();
        Configure(options);
        await using var server = McpServer.Create(transport, options, surface.Logs);
        await server.RunAsync(cancellation);
    }
}
