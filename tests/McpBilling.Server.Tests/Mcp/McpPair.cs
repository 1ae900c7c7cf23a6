using System.IO.Pipelines;
using McpBilling.Server.Mcp;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>A client and our server, joined by two pipes in memory.</summary>
internal sealed class McpPair : IAsyncDisposable
{
    public const string Initialize = "2025-11-25";
    public const string Discover = "2026-07-28";

    private readonly CancellationTokenSource stop;
    private readonly Task serving;

    private McpPair(McpClient client, Task serving, CancellationTokenSource stop) => (Client, this.serving, this.stop) = (client, serving, stop);

    public McpClient Client { get; }

    public static async Task<McpPair> Connect(McpSurface surface, string era, Func<ElicitRequestParams, ElicitResult>? elicit = null, string[]? roots = null)
    {
        Pipe up = new(), down = new();
        var stop = new CancellationTokenSource();
        var transport = new StreamServerTransport(up.Reader.AsStream(), down.Writer.AsStream(), "mcp-billing");
        var serving = new BillingServer(surface).Run(transport, stop.Token);
        var options = new McpClientOptions { ProtocolVersion = era, ClientInfo = new Implementation { Name = "test", Version = "1" } };
        if (elicit is not null)
        {
            options.Capabilities = new ClientCapabilities { Elicitation = new ElicitationCapability { Form = new() } };
            options.Handlers.ElicitationHandler = (asked, _) => ValueTask.FromResult(elicit(asked!));
        }
        if (roots is not null)
        {
#pragma warning disable MCP9005 // Deprecated, and what coding tools still have (ClientRoots).
            options.Capabilities = new ClientCapabilities { Elicitation = options.Capabilities?.Elicitation, Roots = new RootsCapability() };
            options.Handlers.RootsHandler = (_, _) => ValueTask.FromResult(new ListRootsResult { Roots = [.. roots.Select(r => new Root { Uri = r })] });
#pragma warning restore MCP9005
        }
        var client = await McpClient.CreateAsync(new StreamClientTransport(up.Writer.AsStream(), down.Reader.AsStream()), options);
        return new McpPair(client, serving, stop);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await stop.CancelAsync();
        await serving.WaitAsync(TimeSpan.FromSeconds(10)).ContinueWith(_ => { }, TaskScheduler.Default);
        stop.Dispose();
    }
}
