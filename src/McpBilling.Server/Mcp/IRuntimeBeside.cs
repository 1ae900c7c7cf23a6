namespace McpBilling.Server.Mcp;

/// <summary>The runtime API beside a session that began before it listens.</summary>
public interface IRuntimeBeside
{
    /// <summary>Where it listens, without a path; null before <see cref="Open"/> has completed, and when there is none.</summary>
    string? Url { get; }

    /// <summary>Begins to listen where nobody asked before; completes when <see cref="Url"/> is settled. Never fails: a session works without it.</summary>
    Task Open();
}
