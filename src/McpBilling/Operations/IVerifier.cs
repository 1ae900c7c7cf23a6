namespace McpBilling.Operations;

/// <summary>Rebuilds every balance from the ledger and compares: the command <c>verify</c>.</summary>
public interface IVerifier
{
    Task<Verification> Verify(CancellationToken cancellation);

    /// <summary>The same, and holds the ledger against digests that were exported earlier.</summary>
    /// <param name="exported">What to hold it against.</param>
    Task<Verification> Verify(ExportedDigests exported, CancellationToken cancellation);
}

/// <summary>Digests of the ledger from outside the database.</summary>
/// <param name="Documents">Each the JSON of one digest, with the name by which it is reported.</param>
/// <param name="PublicKey">The key (PEM) that must have signed them; null: this database's own.</param>
public sealed record ExportedDigests(IReadOnlyList<(string Name, string Json)> Documents, string? PublicKey)
{
    public static readonly ExportedDigests None = new([], null);
}

/// <summary>What a verification found.</summary>
/// <param name="Summary">What was looked at, with counts, a line each.</param>
/// <param name="Differences">Everything that does not add up; empty when the ledger is right.</param>
public sealed record Verification(IReadOnlyList<string> Summary, IReadOnlyList<string> Differences);
