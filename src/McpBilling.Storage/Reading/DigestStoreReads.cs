using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Chains;

namespace McpBilling.Storage.Reading;

/// <summary>The port of ledger digests on one data file.</summary>
internal sealed class DigestStoreReads(ReaderPool pool, TimeProvider time, DatabaseSecrets secrets) : ILedgerDigestReads, IDisposable
{
    private readonly Lazy<DigestKey> _key = new(() => new DigestKey(secrets));

    public ValueTask<Instant> Now(Caller caller, CancellationToken cancellation) => new(pool.Answer(r => pool.Workspace(r, caller.WorkspaceKey).Now(time)));

    public ValueTask<LedgerDigest> Make(Caller caller, DateOnly day, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var blank = Blank(caller);
        long from = DigestTable.Before(r.Connection, DigestTable.NumberOf(day), 1, blank) is [var before] ? before.ThroughEntry : 0;
        long through = Through(r, caller.WorkspaceKey, from, LedgerDigest.EndOf(day));
        using var root = new HeadsRoot();
        foreach (var head in Heads(r, caller.WorkspaceKey, through))
        {
            cancellation.ThrowIfCancellationRequested();
            root.Add(head);
        }
        var digest = blank with
        {
            Day = LedgerDigest.Written(day),
            TakenAt = pool.Workspace(r, caller.WorkspaceKey).Now(time),
            ThroughEntry = through,
            Accounts = root.Accounts,
            Entries = root.Entries,
            Root = root.Finish(),
        };
        return digest with { Signature = _key.Value.Sign(digest.Statement()) };
    }));

    public ValueTask<LedgerDigest?> Kept(Caller caller, DateOnly day, CancellationToken cancellation) => new(pool.Answer(r =>
        DigestTable.Before(r.Connection, DigestTable.NumberOf(day) + 1, 1, Blank(caller)) is [var newest] && newest.Day == LedgerDigest.Written(day) ? newest : null));

    public ValueTask<(IReadOnlyList<LedgerDigest> Digests, long? Next, long Total)> List(Caller caller, long? before, int limit, CancellationToken cancellation) => new(pool.Answer(r =>
    {
        var found = DigestTable.Before(r.Connection, before ?? long.MaxValue, limit + 1, Blank(caller));
        long? next = found.Count > limit ? DigestTable.NumberOf(found[limit - 1]) : null;
        return ((IReadOnlyList<LedgerDigest>)[.. found.Take(limit)], next, DigestTable.Count(r.Connection, caller.WorkspaceKey));
    }));

    public void Dispose()
    {
        if (_key.IsValueCreated)
        {
            _key.Value.Dispose();
        }
    }

    private LedgerDigest Blank(Caller caller) => DigestTable.Blank(secrets.Fingerprint, _key.Value, caller.WorkspaceKey, caller.Mode);

    // Entries are written in the order of their numbers, and at real time none bears a time that is still to come: those of the day that are noticed after its
    // end have numbers behind the first one of a later day, and belong to the next digest.
    private static long Through(PooledReader reader, long workspace, long from, Instant end)
    {
        using var later = reader.Connection.Statement("SELECT seq FROM entry WHERE workspace_id = ? AND seq > ? AND at >= ? ORDER BY seq LIMIT 1");
        later.Bind(1, workspace).Bind(2, from).Bind(3, end.Microseconds);
        return later.Next() ? later.Long(0) - 1 : reader.Connection.Scalar<long>("SELECT COALESCE(MAX(seq), 0) FROM entry WHERE workspace_id = @ws", ("@ws", workspace));
    }

    // From each account's present end back to where it was: what came after the day is what is read.
    private static IEnumerable<ChainHead> Heads(PooledReader reader, long workspace, long through)
    {
        if (through == 0)
        {
            // The ledger began later: going back to where nothing was would read all of it.
            yield break;
        }
        using var rows = reader.Connection.Statement("SELECT customer_id, asset_id, last_entry_seq, entry_count, chained_after FROM account WHERE workspace_id = ? ORDER BY customer_id, asset_id");
        using var chain = new ChainRows(reader.Connection, "entry", "hash_1, hash_2, hash_3, hash_4");
        var accounts = rows.Bind(1, workspace).All(a => (Customer: a.Long(0), Asset: a.Long(1), Last: a.Long(2), Count: a.Long(3), After: a.Long(4)));
        // Most accounts have no entry after the day.
        using var newest = reader.Connection.Statement("SELECT hash_1, hash_2, hash_3, hash_4 FROM entry WHERE workspace_id = ? AND seq = ?");
        var ends = new ExpectedRows<ChainHash?>(
            accounts.Where(a => a.Last > a.After && a.Last <= through).Select(a => a.Last), seq => newest.Bind(1, workspace).Bind(2, seq), (_, row) => ChainHash.Read(row, 0)).Found;
        foreach (var (customer, asset, last, entries, after) in accounts.Where(a => a.Last > a.After))
        {
            (long Seq, long Count, ChainHash? Hash)? head = ends.TryGetValue(last, out var hash) ? (last, entries, hash) : HeadOf(chain, workspace, through, last, entries, after);
            if (head is var (seq, count, found))
            {
                yield return new ChainHead(
                    customer, asset, after, seq, count, found ?? throw new BillingException(ErrorCode.Internal, $"Entry {seq} has no hash; mcp-billing verify says more. No digest was signed."));
            }
        }
    }

    // The newest of an account's entries that the digest is of; null when there is none.
    private static (long Seq, long Count, ChainHash? Hash)? HeadOf(ChainRows chain, long workspace, long through, long last, long count, long after)
    {
        long next = last;
        foreach (var entry in chain.From(workspace, last))
        {
            (long seq, next) = (entry.Long(0), entry.Long(1));
            if (seq <= through)
            {
                return (seq, count, ChainHash.Read(entry, ChainRows.Columns));
            }
            if (next <= after)
            {
                return null;
            }
            count--;
        }
        throw new BillingException(ErrorCode.Internal, $"Entry {next} of an account's chain is not there; mcp-billing verify says more. No digest was signed.");
    }
}
