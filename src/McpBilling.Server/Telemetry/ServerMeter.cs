using System.Diagnostics.Metrics;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using McpBilling.Webhooks;

namespace McpBilling.Server.Telemetry;

/// <summary>
/// What the doors and jobs of this process tell, beside the writer's figures (<c>McpBilling.Storage</c>). Labels are names of our own code, so there are few: no
/// customer, key, workspace or text of a request is ever one.
/// </summary>
internal static class ServerMeter
{
    public const string Name = "McpBilling";

    // As the conventions for MCP have it.
    private static readonly double[] CallSeconds = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

    private static readonly Meter Meter = new(Name);
    private static readonly Tally Problems = new("code", ErrorCode.Internal.Name, ErrorCode.TryAgain.Name, ErrorCode.StorageFull.Name);
    private static readonly Tally Attempts = new("outcome", Enum.GetValues<AttemptOutcome>().Select(NameOf));

    private static long refusedConnections;

    /// <summary>Of MCP requests: <c>mcp.method.name</c>, <c>gen_ai.tool.name</c>, <c>network.transport</c>, <c>error.type</c>.</summary>
    public static readonly Histogram<double> McpCalls = Meter.CreateHistogram(
        "mcp.server.operation.duration", "s", "How long an MCP request took, from its arrival to its answer.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = CallSeconds });

    static ServerMeter()
    {
        Meter.CreateObservableCounter("mcp_billing.problems", Problems.Read, "{problem}", "Refusals and failures told to callers, by code, over REST and MCP.");
        Meter.CreateObservableCounter("mcp_billing.webhook.attempts", Attempts.Read, "{attempt}", "Attempts to deliver a webhook, by outcome.");
        Meter.CreateObservableCounter("mcp_billing.connections.refused", static () => Interlocked.Read(ref refusedConnections), "{connection}", "Connections that were closed at once, because there were as many as there may be.");
        Meter.CreateObservableGauge("mcp_billing.build", static () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", BillingServer.Version)), null, "1, with the version of the program.");
    }

    /// <summary>A caller was refused, or something failed.</summary>
    public static void Problem(ErrorCode code) => Problems.Add(code.Name);

    /// <summary>A webhook was sent, or it was tried to.</summary>
    public static void Attempted(AttemptOutcome outcome) => Attempts.Add(NameOf(outcome));

    /// <summary>A connection was closed because there were as many as there may be.</summary>
    public static void ConnectionRefused() => Interlocked.Increment(ref refusedConnections);

    private static string NameOf(AttemptOutcome outcome) => JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString());
}
