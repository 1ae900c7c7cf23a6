using System.Globalization;
using System.Runtime.InteropServices;

namespace McpBilling.Ledger;

/// <summary>
/// Rebuilds one customer's accounts and open holds from the ledger's lines alone, taken one by one in order, and says in words where lines contradict each
/// other or the holds as stored. Nothing is read from a wallet: this is the second witness.
/// </summary>
public sealed class Replay
{
    // A broken ledger breaks at every later line too; the first few tell the story.
    private const int MaxProblems = 20;

    private readonly Dictionary<string, ReplayedAccount> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string AssetId, long Hold, long Grant), long> _holds = [];
    private readonly List<string> _problems = [];
    private long _line;

    /// <summary>The figures per asset id.</summary>
    public IReadOnlyDictionary<string, ReplayedAccount> Accounts => _accounts;

    /// <summary>Where the lines taken so far contradict each other; at most twenty.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Takes the next line of the customer.</summary>
    public void Take(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        _line++;
        ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_accounts, entry.Asset.Id, out _);
        var account = slot ??= new ReplayedAccount(entry.Asset.Id);
        if (account.Take(entry) is { } problem)
        {
            Report(problem);
        }
        if (entry.Held != 0)
        {
            TakeHeld(entry);
        }
    }

    /// <summary>Compares with the customer's open holds as stored: every share of every one of them, and that there are no others.</summary>
    public IReadOnlyList<string> DifferencesFrom(IEnumerable<Hold> openHolds)
    {
        ArgumentNullException.ThrowIfNull(openHolds);
        var differences = new List<string>();
        var left = new Dictionary<(string AssetId, long Hold, long Grant), long>(_holds);
        foreach (var hold in openHolds)
        {
            var shares = hold.Lines.SelectMany(l => l.Shares.Select(s => (Bucket: (l.Asset.Id, hold.Key, s.GrantKey), s.Amount)));
            foreach (var share in shares.GroupBy(s => s.Bucket))
            {
                left.Remove(share.Key, out long replayed);
                long stored = share.Sum(s => s.Amount);
                if (replayed != stored)
                {
                    differences.Add(Words($"hold {hold.Key} keeps {stored} of {Bucket(share.Key.GrantKey)} in {share.Key.Id}; its entries say {replayed}"));
                }
            }
        }
        differences.AddRange(left.Select(l => Words($"hold {l.Key.Hold} is not open or keeps nothing of {Bucket(l.Key.Grant)} in {l.Key.AssetId}; its entries say {l.Value}")));
        return differences;
    }

    internal static string Bucket(long grantKey) => grantKey == Share.Overdraft ? "the overdraft" : Words($"grant {grantKey}");

    internal static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void TakeHeld(Entry entry)
    {
        if (entry.HoldKey is not { } holdKey)
        {
            Report(Words($"{entry.Held} were held or released in {entry.Asset.Id} without a hold"));
            return;
        }
        var bucket = (entry.Asset.Id, holdKey, entry.GrantKey ?? Share.Overdraft);
        long held = _holds.GetValueOrDefault(bucket) + entry.Held;
        if (held < 0)
        {
            Report(Words($"hold {holdKey} gave back more of {Bucket(bucket.Item3)} in {entry.Asset.Id} than it kept"));
        }
        // Ended holds are forgotten, so that a long history takes no more room than what is open.
        if (held == 0)
        {
            _holds.Remove(bucket);
        }
        else
        {
            _holds[bucket] = held;
        }
    }

    private void Report(string problem)
    {
        if (_problems.Count < MaxProblems)
        {
            _problems.Add(Words($"line {_line}: {problem}"));
        }
    }
}
