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
    };
}
