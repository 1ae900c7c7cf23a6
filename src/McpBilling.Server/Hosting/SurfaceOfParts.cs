using McpBilling.Operations;
using McpBilling.Server.Mcp;

namespace McpBilling.Server.Hosting;

/// <summary>What the MCP side is shown of the program.</summary>
internal static class SurfaceOfParts
{
    /// <summary>What can be listed of it while its data is not open yet.</summary>
    public static McpSurface Listing(this Composition parts, ILoggerFactory logs) => new()
    {
        Operations = parts.Operations,
        Billing = new NotOpen(),
        Json = parts.Json,
        Clock = parts.Time,
        Logs = logs,
        Conversation = parts.Conversation,
    };

    /// <summary>What was listed, with the data behind it.</summary>
    public static McpSurface With(this McpSurface listing, Engine engine) => listing with
    {
        Billing = engine.Billing,
        Signals = engine.Signals,
        // Shared and lasting, so that an answer may come to another process than the one that asked, or after a restart.
        StateKey = engine.SharedSecret is { } secret ? new(() => secret("confirmation state")) : listing.StateKey,
    };

    private sealed class NotOpen : IBilling
    {
        public ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation) => throw Refusal();

        public TPort Reads<TPort>()
            where TPort : class => throw Refusal();

        private static InvalidOperationException Refusal() => new("what is only listed has no data");
    }
}
