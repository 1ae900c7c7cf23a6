using System.Diagnostics;

namespace McpBilling.Server.Telemetry;

/// <summary>The doors' spans. They are our own and not the framework's: its spans carry whole addresses, and a link into the portal is a secret.</summary>
internal static class Spans
{
    private static readonly ActivitySource Source = new(ServerMeter.Name);

    /// <summary>Whether anybody traces.</summary>
    public static bool AreTaken => Source.HasListeners();

    /// <summary>Begins the span of a request; null while nobody traces, or this one is not sampled.</summary>
    /// <param name="parent">The caller's; default: what encloses it here, if that is a span of ours.</param>
    public static Activity? Begin(string name, ActivityKind kind, ActivityContext parent = default)
    {
        if (!Source.HasListeners())
        {
            return null;
        }
        // The framework's own activity is never recorded, and a span below it would not be either.
        if (parent == default && Activity.Current is { } enclosing && enclosing.Source.Name != Source.Name)
        {
            Activity.Current = null;
        }
        return Source.StartActivity(name, kind, parent);
    }

    /// <summary>The caller's context as W3C Trace Context writes it; default where there is none, or it is none.</summary>
    public static ActivityContext ParentOf(string? traceParent, string? traceState) =>
        traceParent is { Length: > 0 and < 256 } && ActivityContext.TryParse(traceParent, traceState is { Length: < 512 } ? traceState : null, isRemote: true, out var parent) ? parent : default;
}
