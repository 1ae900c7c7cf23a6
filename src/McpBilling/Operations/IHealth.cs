namespace McpBilling.Operations;

/// <summary>Whether the program can do its work now: <c>GET /readyz</c>.</summary>
public interface IHealth
{
    /// <summary>Looks. Answers within a second, and is cheap: it is asked every second by whoever watches.</summary>
    ValueTask<Readiness> Look();

    /// <summary>Tells one data file from another: <c>GET /healthz</c>. Null where there is none.</summary>
    string? Data => null;
}

/// <summary>What works. Reads go on where writes do not: on a full disk, or beside a program that holds the data.</summary>
/// <param name="Readable">A read can be expected to succeed.</param>
/// <param name="Writable">A write can be expected to succeed, and a read too.</param>
/// <param name="Reason">Why not, in one line without secrets; null when everything works.</param>
public sealed record Readiness(bool Readable, bool Writable, string? Reason)
{
    /// <summary>What a request that needs it would be refused with.</summary>
    public ErrorCode Code { get; init; } = ErrorCode.TryAgain;
}
