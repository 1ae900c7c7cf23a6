namespace McpBilling.Operations;

/// <summary>Rebuilds every balance from the ledger and compares: the command <c>verify</c>.</summary>
public interface IVerifier
{
    Task<Verification> Verify(CancellationToken cancellation);
}

/// <summary>What a verification found.</summary>
/// <param name="Summary">What was looked at, with counts, a line each.</param>
/// <param name="Differences">Everything that does not add up; empty when the ledger is right.</param>
public sealed record Verification(IReadOnlyList<string> Summary, IReadOnlyList<string> Differences);
