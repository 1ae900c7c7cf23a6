using System.Security.Cryptography;
using McpBilling.Server.Mcp;

namespace McpBilling.Server.Hosting;

/// <summary>What the MCP side is shown of the program.</summary>
internal static class SurfaceOfParts
{
    public static McpSurface Surface(this Composition parts, Engine engine, ILoggerFactory logs) => new()
    {
        Operations = parts.Operations,
        Billing = engine.Billing,
        Signals = engine.Signals,
        Json = parts.Json,
        Clock = parts.Time,
        Logs = logs,
        Conversation = parts.Conversation,
        // Shared and lasting, so that an answer may come to another process than the one that asked, or after a restart.
        StateKey = engine.SharedSecret?.Invoke("confirmation state") ?? RandomNumberGenerator.GetBytes(32),
    };
}
