namespace McpBilling.Operations;

/// <summary>Whether the program can do its work now: <c>GET /readyz</c>.</summary>
public interface IHealth
{
    /// <summary>True when a write can be expected to succeed. Must be cheap: it is asked every second by whoever watches.</summary>
    bool Ready { get; }

    /// <summary>Why not, in one line without secrets; null when ready.</summary>
    string? Reason { get; }

    /// <summary>Tells one data file from another: <c>GET /healthz</c>. Null where there is none.</summary>
    string? Data => null;
}
