using System.Globalization;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Chains;
using McpBilling.Storage.Reading;
using McpBilling.Wallets;

namespace McpBilling.Storage.Verifying;

/// <summary>
/// Follows every account's chain of a workspace through its entries, in their order: each entry must follow the account's entry before it and bear the hash
/// that its columns and that entry's hash make, and the account's own row must know its end. What does not fit is named with its customer, asset and id. An
/// entry that does not fit is taken as it stands, so that only it, and not all after it, is reported.
/// </summary>
internal sealed class ChainWalk
{
    private readonly WorkspaceRecord _workspace;
    private readonly PublicIds _ids;
    private readonly Action<string> _report;
    private readonly Queue<DigestCheck> _digests;
    private readonly Dictionary<(long Customer, long Asset), Account> _accounts = [];

    /// <param name="digests">What the ledger is held against, of this workspace.</param>
    public ChainWalk(PooledReader reader, WorkspaceRecord workspace, PublicIds ids, IEnumerable<DigestCheck> digests, Action<string> report)
    {
        (_workspace, _ids, _report) = (workspace, ids, report);
        _digests = new Queue<DigestCheck>(digests.OrderBy(d => d.Digest.ThroughEntry));
        using var s = reader.Connection.Statement("""
            SELECT a.customer_id, a.asset_id, a.last_entry_seq, a.entry_count, a.chained_after, a.head_1, a.head_2, a.head_3, a.head_4, c.id, s.id, s.scale FROM account a
            LEFT JOIN customer c ON c.workspace_id = a.workspace_id AND c.customer_id = a.customer_id
            LEFT JOIN asset s ON s.workspace_id = a.workspace_id AND s.asset_id = a.asset_id
            WHERE a.workspace_id = ?
            """);
        s.Bind(1, workspace.Key);
        while (s.Next())
        {
            _accounts[(s.Long(0), s.Long(1))] = new Account(s.TextOrNull(9) ?? "", s.TextOrNull(10) ?? "", s.Int(11))
            {
                IsStored = true,
                StoredLast = s.Long(2),
                StoredCount = s.Long(3),
                ChainedAfter = s.Long(4),
                StoredHead = ChainHash.Read(s, 5),
            };
        }
    }

    /// <summary>Entries so far.</summary>
    public long Entries { get; private set; }

    /// <summary>Takes the workspace's next entry.</summary>
    /// <param name="hash">As stored.</param>
    public void Take(in EntryRow row, ChainHash? hash)
    {
        while (_digests.TryPeek(out var digest) && digest.Digest.ThroughEntry < row.Seq)
        {
            Hold(_digests.Dequeue());
        }
        Entries++;
        if (!_accounts.TryGetValue((row.Customer, row.Asset), out var account))
        {
            _accounts[(row.Customer, row.Asset)] = account = new Account("", "", 0);
        }
        bool follows = row.Previous == account.Last;
        if (!follows)
        {
            _report(Words($"{Name(row, account)} follows entry {row.Previous}; the account's entry before it is {account.Last}: one was removed, added, moved or edited"));
        }
        // What was due is posted at its time before anything later (wallets.md, Time comes first).
        if (row.At < account.At)
        {
            _report(Words($"{Name(row, account)} is of {Time(row.At)}; the account's entry before it is of {Time(account.At)}"));
        }
        if (row.Seq > account.ChainedAfter)
        {
            Link(row, hash, account, follows);
        }
        else if (hash is not null)
        {
            _report(Words($"{Name(row, account)} has a hash, though the account's chain begins after entry {account.ChainedAfter}"));
        }
        (account.Last, account.At) = (row.Seq, row.At);
        account.Count++;
    }

    /// <summary>After the last entry: the ends of all chains.</summary>
    public void Finish()
    {
        foreach (var digest in _digests)
        {
            Hold(digest);
        }
        foreach (var ((customer, asset), a) in _accounts.OrderBy(a => a.Key))
        {
            string name = Words($"{Where(customer, asset, a)}: ");
            if (!a.IsStored)
            {
                _report(Words($"{name}there are {a.Count} entries, until {a.Last}, of an account that does not exist"));
                continue;
            }
            if ((a.Last, a.Count) != (a.StoredLast, a.StoredCount))
            {
                _report(Words($"{name}the account ends at entry {a.StoredLast} of {a.StoredCount}; the ledger has {a.Last} of {a.Count}"));
            }
            if (a.Head != a.StoredHead)
            {
                _report(Words($"{name}the account's row knows another end of its chain than entry {a.Last}: an entry was removed, added or edited, or the row"));
            }
        }
    }

    private void Link(in EntryRow row, ChainHash? hash, Account account, bool follows)
    {
        if (account.Head is null && account.Last != account.ChainedAfter)
        {
            _report(Words($"{Name(row, account)} is the first of the chain, which should begin after entry {account.ChainedAfter}; the account's entry before it is {account.Last}"));
        }
        var before = account.Head ?? ChainBeginning.Of(
            _workspace.Key, row.Customer, account.CustomerId, row.Asset, account.AssetId, account.Scale, account.ChainedAfter, account.Count);
        if (hash is null)
        {
            _report(Words($"{Name(row, account)} has no hash: it was not written by this program, or by one from before its chains"));
        }
        else if (follows && hash != row.After(before))
        {
            _report(Words($"{Name(row, account)} is not what was written: it, or the hash of the account's entry before it, was edited"));
        }
        account.Head = hash ?? account.Head ?? before;
    }

    private void Hold(DigestCheck check)
    {
        using var root = new HeadsRoot();
        foreach (var ((customer, asset), a) in _accounts.Where(a => a.Value.Head is not null).OrderBy(a => a.Key))
        {
            root.Add(new ChainHead(customer, asset, a.ChainedAfter, a.Last, a.Count, a.Head!.Value));
        }
        var (accounts, entries) = (root.Accounts, root.Entries);
        if (check.Difference(root.Finish(), accounts, entries) is { } difference)
        {
            _report(Workspaces.NameOf(_workspace.Mode) + " " + difference);
        }
    }

    private string Where(long customer, long asset, Account account) =>
        Words($"{Workspaces.NameOf(_workspace.Mode)} customer {(account.CustomerId.Length > 0 ? WalletSession.Shown(account.CustomerId) : Words($"number {customer}"))}, asset {(account.AssetId.Length > 0 ? account.AssetId : Words($"number {asset}"))}");

    private string Name(in EntryRow row, Account account) =>
        Words($"{Where(row.Customer, row.Asset, account)}: entry {row.Seq} ({_ids.Format(IdKind.Entry, _workspace.Key, row.Seq, new Instant(row.At))})");

    // A time that was tampered with may be none that has a name.
    private static string Time(long microseconds) =>
        new Instant(microseconds) is var time && time >= Instant.Earliest && time <= Instant.Latest ? time.ToString() : Words($"{microseconds} µs");

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Account(string customerId, string assetId, int scale)
    {
        public string CustomerId => customerId;
        public string AssetId => assetId;
        public int Scale => scale;

        public bool IsStored { get; init; }
        public long StoredLast { get; init; }
        public long StoredCount { get; init; }
        public ChainHash? StoredHead { get; init; }
        public long ChainedAfter { get; init; }

        public long Last { get; set; }
        public long Count { get; set; }
        public long At { get; set; } = long.MinValue;
        public ChainHash? Head { get; set; }
    }
}
