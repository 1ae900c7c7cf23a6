using System.Text.Json;
using Dapper;
using McpBilling.Integration;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage.Reading;

/// <summary>The ports of verification and proof on one data file.</summary>
/// <param name="flush">Writes what the doors noted and is still in memory.</param>
internal sealed class IntegrationStoreReads(ReaderPool pool, TimeProvider time, PublicIds ids, Func<Task> flush) : IIntegrationReads, IProofReads
{
    private static readonly TimeSpan UsualWindow = TimeSpan.FromHours(24);

    public async ValueTask<Arrivals> Arrived(Caller caller, Instant? since, CancellationToken cancellation)
    {
        await flush();
        return await pool.Answer(r =>
        {
            var workspace = pool.Workspace(r, caller.WorkspaceKey);
            var now = workspace.Now(time);
            return new ArrivalReader(r, workspace, ids, now).Read(since ?? now - UsualWindow);
        });
    }

    public ValueTask<(IReadOnlyList<ProofLine> Proofs, long? Next, long Total)> Proofs(Caller caller, long? before, int limit, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var rows = r.Connection.Query<(long Key, long At, string Who, string Kind, string Subject, string Verdict)>(
            "SELECT seq, at, who, kind, subject, verdict FROM proof WHERE workspace_id = @ws AND seq < @before AND kind = @kind ORDER BY seq DESC LIMIT @limit",
            new { ws = caller.WorkspaceKey, before = before ?? long.MaxValue, limit = limit + 1, kind = ProofCommand.Verification }).AsList();
        long total = r.Connection.ExecuteScalar<long>("SELECT COUNT(*) FROM proof WHERE workspace_id = @ws AND kind = @kind", new { ws = caller.WorkspaceKey, kind = ProofCommand.Verification });
        IReadOnlyList<ProofLine> proofs = [.. rows.Take(limit).Select(p => new ProofLine
        {
            Id = ids.Format(IdKind.Proof, caller.WorkspaceKey, p.Key, new Instant(p.At)),
            At = new Instant(p.At),
            Who = p.Who,
            Kind = p.Kind,
            Subject = p.Subject,
            Verdict = p.Verdict,
        })];
        return (proofs, rows.Count > limit ? rows[limit - 1].Key : (long?)null, total);
    }));

    public ValueTask<GetProofOutput?> Proof(Caller caller, string proofId, CancellationToken cancellation) => new(pool.Answer(r =>
        ids.Parse(IdKind.Proof, caller.WorkspaceKey, proofId) is { } key
            ? r.Connection.Query<(long At, string Who, string Kind, string Subject, string Verdict, string Document)>(
                "SELECT at, who, kind, subject, verdict, document FROM proof WHERE workspace_id = @ws AND seq = @key", new { ws = caller.WorkspaceKey, key })
                .Select(p => new GetProofOutput
                {
                    Id = ids.Format(IdKind.Proof, caller.WorkspaceKey, key, new Instant(p.At)),
                    At = new Instant(p.At),
                    Who = p.Who,
                    Kind = p.Kind,
                    Subject = p.Subject,
                    Verdict = p.Verdict,
                    Document = JsonElement.Parse(p.Document),
                }).FirstOrDefault()
            : null));
}
