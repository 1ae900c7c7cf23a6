using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Ledger;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Webhooks;

/// <summary>What <c>balance.low</c>, <c>balance.exhausted</c> and <c>balance.recovered</c> tell.</summary>
public sealed record BalanceData
{
    public required AccountFigures Account { get; init; }

    /// <summary>The threshold, in whole units of the asset.</summary>
    public required string Below { get; init; }
}

/// <summary>What <c>grant.expiring</c> tells.</summary>
public sealed record GrantData
{
    public required GrantView Grant { get; init; }
}

/// <summary>What <c>hold.expired</c> tells.</summary>
public sealed record HoldData
{
    public required HoldView Hold { get; init; }
}

/// <summary>
/// What a command did to a wallet that others want to know, from the wallet before and after it: only what crossed an edge. Pure; asked after every command,
/// so it looks at nothing unless somebody listens.
/// </summary>
public static class WalletMessages
{
    /// <param name="before">The wallet as it was stored, before anything fell due.</param>
    /// <param name="session">After the command; what is found goes into its outbox.</param>
    public static void Find(WalletState before, WalletSession session, WebhookListeners listeners)
    {
        if (listeners.IsEmpty || ReferenceEquals(before, session.State))
        {
            return;
        }
        if (session.Holds.Count > 0 && listeners.Wants(MessageTypes.HoldExpired))
        {
            FindExpired(before, session);
        }
        foreach (var alert in Thresholds(session))
        {
            var (old, now) = (before.Accounts.GetValueOrDefault(alert.Asset.Id), session.State.Accounts.GetValueOrDefault(alert.Asset.Id));
            if (now is not null && !ReferenceEquals(old, now) && Crossed(old?.Balance, now.Balance, alert.Below) is { } type && listeners.Wants(type))
            {
                Add(session, type, new BalanceData { Account = AccountFigures.Of(now), Below = new Money.Amount(alert.Asset, alert.Below).ToString() });
            }
        }
    }

    // What the customer set for themselves goes before what the builder set for everybody.
    private static IEnumerable<LowBalance> Thresholds(WalletSession session)
    {
        var (common, own) = (session.Facts.Catalog.LowBalances, session.Customer.Limits);
        foreach (var alert in common)
        {
            yield return own.Of(alert.Asset.Id)?.LowBalance is { } below ? alert with { Below = below } : alert;
        }
        foreach (var limits in own.ByAsset.Values)
        {
            if (limits.LowBalance is { } below && !common.Any(a => a.Asset.Id == limits.AssetId))
            {
                yield return new LowBalance(session.Facts.Catalog.RequireAsset(limits.AssetId), below);
            }
        }
    }

    /// <summary>The message of a balance that moved; null when it stayed on its side of both edges.</summary>
    /// <param name="before">Null: there was no account. It begins where it lands, unless that is below zero: nobody is told that a new customer is low.</param>
    /// <param name="below">The threshold, in units; a balance at it is not low.</param>
    public static string? Crossed(long? before, long after, long below)
    {
        string now = Level(after, below);
        string then = before is { } old ? Level(old, below) : after < 0 ? MessageTypes.BalanceRecovered : now;
        return now == then ? null : now;
    }

    /// <summary>A grant that is about to expire.</summary>
    public static OutboxMessage Expiring(string customerId, GrantView grant, Money.Instant now) =>
        new(MessageTypes.GrantExpiring, now, customerId, Text(new GrantData { Grant = grant }));

    // Each state is called by the message that tells that it began.
    private static string Level(long balance, long below) =>
        balance <= 0 ? MessageTypes.BalanceExhausted : balance < below ? MessageTypes.BalanceLow : MessageTypes.BalanceRecovered;

    // One that expired and was captured all the same in the same command has been captured.
    private static void FindExpired(WalletState before, WalletSession session)
    {
        foreach (var hold in session.Holds)
        {
            if (hold.Status == HoldStatus.Expired && before.Holds.ContainsKey(hold.Key))
            {
                Add(session, MessageTypes.HoldExpired, new HoldData { Hold = HoldView.Of(hold, session.Facts.Ids, session.Facts.WorkspaceKey) });
            }
        }
    }

    private static void Add<TData>(WalletSession session, string type, TData data) => session.Outbox.Add(new(type, session.Now, session.Customer.Id, Text(data)));

    private static string Text<TData>(TData data) => JsonSerializer.Serialize(data, BillingJson.TypeInfo<TData>());
}
