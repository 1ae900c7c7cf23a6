namespace McpBilling.Ledger;

/// <summary>One account's figures as its entries alone tell them.</summary>
public sealed class ReplayedAccount(string assetId)
{
    private readonly Dictionary<long, (long Remaining, long Held)> _grants = [];

    /// <summary>What is left of each begun grant, of which so much is held; grants with nothing left are forgotten.</summary>
    public IReadOnlyDictionary<long, (long Remaining, long Held)> Grants => _grants;

    public string AssetId => assetId;

    /// <summary>Sum of all lines.</summary>
    public long Balance { get; private set; }

    public long Debt { get; private set; }

    /// <summary>Overdraft promised to open holds.</summary>
    public long OverdraftHeld { get; private set; }

    /// <summary>Sum of the lines between buckets, which have no counter-account: zero after each whole command (law 1).</summary>
    public long Internal { get; private set; }

    /// <summary>Takes the next line; null, or what is wrong with it, in words.</summary>
    internal string? Take(Entry entry)
    {
        Balance = checked(Balance + entry.Amount);
        if (entry.Counter == CounterAccount.None)
        {
            Internal = checked(Internal + entry.Amount);
        }
        string? problem = entry.GrantKey is { } key ? TakeGrant(key, entry) : TakeOverdraft(entry);
        if (problem is null && Balance != entry.BalanceAfter)
        {
            problem = Replay.Words($"the {assetId} balance is {entry.BalanceAfter} as written, {Balance} as replayed");
        }
        return problem;
    }

    private string? TakeGrant(long key, Entry entry)
    {
        var (remaining, held) = _grants.GetValueOrDefault(key);
        remaining = checked(remaining + entry.Amount);
        held = checked(held + entry.Held);
        if (remaining == 0 && held == 0)
        {
            _grants.Remove(key);
        }
        else
        {
            _grants[key] = (remaining, held);
        }
        return remaining >= held && held >= 0 ? null : Replay.Words($"grant {key} has {remaining} remaining, of which {held} held");
    }

    private string? TakeOverdraft(Entry entry)
    {
        Debt = checked(Debt - entry.Amount);
        OverdraftHeld = checked(OverdraftHeld + entry.Held);
        return Debt >= 0 && OverdraftHeld >= 0 ? null : Replay.Words($"the {assetId} debt is {Debt}, the overdraft held {OverdraftHeld}");
    }
}
