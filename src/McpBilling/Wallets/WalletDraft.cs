using System.Collections.Immutable;
using McpBilling.Ledger;
using McpBilling.Money;

namespace McpBilling.Wallets;

/// <summary>A wallet while one command works on it: accounts opened as needed, and everything that has to be written.</summary>
internal sealed class WalletDraft(WalletState before)
{
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<long, (Asset Asset, Grant Grant)> _grants = [];
    private readonly Dictionary<long, Hold> _holds = [];
    private readonly List<(string AssetId, AccountDraft Draft)> _accounts = new(2);
    private ImmutableDictionary<long, Hold> _open = before.Holds;
    private ImmutableSortedSet<(Instant ExpiresAt, long Key)> _expiries = before.HoldExpiries;

    public IEnumerable<Account> Accounts => before.Accounts.Values;

    public AccountDraft Account(Asset asset)
    {
        foreach (var (id, open) in _accounts)
        {
            if (id == asset.Id)
            {
                return open;
            }
        }
        var draft = new AccountDraft(before.Accounts.GetValueOrDefault(asset.Id) ?? Wallets.Account.Empty(asset), this);
        _accounts.Add((asset.Id, draft));
        return draft;
    }

    public Hold? OpenHold(long key) => _open.GetValueOrDefault(key);

    public (Instant ExpiresAt, long Key)? FirstExpiry => _expiries.IsEmpty ? null : _expiries.Min;

    public void Write(Entry entry) => _entries.Add(entry);

    public void Touch(Asset asset, Grant grant) => _grants[grant.Key] = (asset, grant);

    public void Put(Hold hold)
    {
        if (_open.TryGetValue(hold.Key, out var old))
        {
            if (old.ExpiresAt != hold.ExpiresAt || hold.Status != HoldStatus.Open)
            {
                _expiries = _expiries.Remove((old.ExpiresAt, old.Key));
            }
        }
        if (hold.Status == HoldStatus.Open)
        {
            _open = _open.SetItem(hold.Key, hold);
            if (old is null || old.ExpiresAt != hold.ExpiresAt)
            {
                _expiries = _expiries.Add((hold.ExpiresAt, hold.Key));
            }
        }
        else
        {
            _open = _open.Remove(hold.Key);
        }
        _holds[hold.Key] = hold;
    }

    /// <summary>Throws away what this draft did.</summary>
    public Transition Abandon(Refusal refusal) => new(before, [], [], [], refusal, null, [], []);

    public Transition Finish(Refusal? refusal, Hold? hold, ImmutableArray<ImmutableArray<Share>> debits, ImmutableArray<ImmutableArray<Share>> returns)
    {
        var accounts = before.Accounts;
        foreach (var (id, draft) in _accounts)
        {
            if (draft.Changed)
            {
                accounts = accounts.SetItem(id, draft.Freeze());
            }
        }
        var state = ReferenceEquals(accounts, before.Accounts) && ReferenceEquals(_open, before.Holds) && ReferenceEquals(_expiries, before.HoldExpiries)
            ? before
            : new WalletState(accounts, _open, _expiries);
        return new Transition(state, [.. _entries], [.. _grants.Values], [.. _holds.Values], refusal, hold, debits, returns);
    }
}
