using McpBilling.Operations;

namespace McpBilling.Integration;

/// <summary>Keeps the evidence of a verification, and answers the proof's id. Proofs are only ever added, and belong to a workspace.</summary>
/// <param name="kind">What was verified: <see cref="Verification"/>.</param>
/// <param name="subject">Which part of it: a product's id, or <c>all products</c>.</param>
/// <param name="verdict">pass, fail or not_seen_yet.</param>
/// <param name="document">One JSON object: what was found, expected and charged.</param>
public sealed class ProofCommand(string kind, string subject, string verdict, string document) : Command<string>
{
    public const string Verification = "verification";

    public string Kind { get; } = kind;
    public string Subject { get; } = subject;
    public string Verdict { get; } = verdict;
    public string Document { get; } = document;
}

/// <summary>Reads proofs.</summary>
public interface IProofReads
{
    /// <summary>A page of proofs, newest first; <c>Next</c> is the key of its last one when there are older ones.</summary>
    /// <param name="before">Only older ones than the proof of this key.</param>
    ValueTask<(IReadOnlyList<ProofLine> Proofs, long? Next, long Total)> Proofs(Caller caller, long? before, int limit, CancellationToken cancellation);

    /// <summary>Null when there is none of that id in the caller's workspace.</summary>
    ValueTask<GetProofOutput?> Proof(Caller caller, string proofId, CancellationToken cancellation);
}
