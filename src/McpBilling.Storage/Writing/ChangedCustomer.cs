using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>What a batch does to one customer; written once, at the end of the batch.</summary>
/// <param name="before">The customer as the file has it; null for a new one.</param>
internal sealed class ChangedCustomer(CustomerRecord? before, bool isNew)
{
    public bool IsNew { get; } = isNew;

    /// <summary>The customer's own row changed: a name, or frozen.</summary>
    public bool CustomerRow { get; set; }

    /// <summary>The customer after the commands so far.</summary>
    public CustomerRecord Record { get; set; } = null!;

    public Dictionary<long, (Grant Grant, long AssetKey)> Grants { get; } = [];
    public Dictionary<long, (Hold Hold, bool IsNew)> Holds { get; } = [];
    public HashSet<RatingKey> Ratings { get; } = [];

    /// <summary>Writes each row that changed once.</summary>
    public void Flush(WriterSession session, long workspaceKey)
    {
        long customerKey = Record.Customer.Key;
        if (IsNew || CustomerRow || Record.NextDue != before?.NextDue || Record.LastEvent != before.LastEvent)
        {
            session.PutCustomer(workspaceKey, Record);
        }
        session.Limits.Put(workspaceKey, Record.Customer, before?.Customer.Limits ?? CustomerLimits.None);
        foreach (var (assetId, account) in Record.Wallet.Accounts)
        {
            var chain = Record.Chains[assetId];
            if (!IsAsBefore(assetId, account, chain))
            {
                session.PutAccount(workspaceKey, customerKey, account, chain);
            }
        }
        foreach (var (grant, assetKey) in Grants.Values)
        {
            session.PutGrant(workspaceKey, customerKey, assetKey, grant);
        }
        foreach (var (hold, isNewHold) in Holds.Values)
        {
            session.PutHold(workspaceKey, customerKey, hold, isNewHold);
        }
        foreach (var key in Ratings)
        {
            session.PutRating(workspaceKey, customerKey, key, Record.Ratings[key]!);
        }
    }

    /// <summary>Says which rows those are that a customer may have many of.</summary>
    public void AddTo(CustomerRows rows)
    {
        foreach (var (hold, _) in Holds.Values)
        {
            rows.Holds[hold.Key] = hold.Status == HoldStatus.Open;
        }
        rows.Grants.UnionWith(Grants.Keys);
    }

    /// <summary>What others need who have the customer as it was before; null where they must read it.</summary>
    public CustomerAfter? After()
    {
        if (before is null || CustomerRow || !ReferenceEquals(Record.Customer, before.Customer) || Record.AutoRecharges != before.AutoRecharges)
        {
            return null;
        }
        return new CustomerAfter
        {
            Key = Record.Customer.Key,
            LastEvent = Record.LastEvent,
            EventCount = Record.EventCount,
            NextDue = Record.NextDue,
            Accounts =
            [
                .. from account in Record.Wallet.Accounts.Values
                   let chain = Record.Chains[account.Asset.Id]
                   where !IsAsBefore(account.Asset.Id, account, chain)
                   select new AccountAfter(
                       chain.AssetKey, account.Debt, account.OverdraftLimit, account.OverdraftHeld, chain.LastEntry, chain.EntryCount, chain.ChainedAfter, UseTrail.Write(account.Settled), chain.Head),
            ],
            Grants = [.. Grants.Values.Select(g => new GrantAfter(g.Grant.Key, g.Grant.Status, g.Grant.Remaining, g.Grant.Held))],
            Holds = [.. Holds.Values.Select(h => new HoldAfter(h.Hold.Key, h.Hold.Status, h.Hold.CreatedAt, h.Hold.ExpiresAt, RowText.Lines(h.Hold.Lines)))],
            Ratings = [.. Ratings.Select(key => new RatingAfter(key, Record.Ratings[key]!.Charged, Record.Ratings[key]!.ToText()))],
        };
    }

    /// <summary>After the commit: the customer, and whose its open holds are.</summary>
    public void Publish(WriterMemory memory, long workspaceKey)
    {
        memory.Customers.Put(workspaceKey, Record);
        foreach (var (hold, _) in Holds.Values)
        {
            memory.NoteHold(workspaceKey, hold.Key, hold.Status == HoldStatus.Open, Record.Customer.Key);
        }
    }

    private bool IsAsBefore(string assetId, Account account, AccountChain chain) =>
        before is not null && before.Wallet.Accounts.TryGetValue(assetId, out var old) && ReferenceEquals(old, account)
        && before.Chains.TryGetValue(assetId, out var oldChain) && oldChain == chain;
}
