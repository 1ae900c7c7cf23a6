using McpBilling.Ledger;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>A command that rates, and therefore needs a <see cref="UsageSession"/>.</summary>
public abstract class UsageCommand<TOutput> : CustomerCommand<TOutput>
    where TOutput : CommandOutput
{
    public sealed override TOutput Decide(WalletSession session) => Decide((UsageSession)session);

    public abstract TOutput Decide(UsageSession session);

    /// <exception cref="BillingException"><c>hold_not_found</c>.</exception>
    protected static long HoldKey(UsageSession session, string holdId) =>
        session.Facts.Ids.Parse(IdKind.Hold, session.Facts.WorkspaceKey, holdId)
        ?? throw new BillingException(ErrorCode.HoldNotFound, $"There is no hold {WalletSession.Shown(holdId)}.", "hold_id");

    /// <summary>The hold as it stands now; null when this customer has none of that key.</summary>
    protected static Hold? FindHold(UsageSession session, long key) => session.FindHold(key);

    protected static IReadOnlyList<AccountFigures> Balances(UsageSession session, IEnumerable<string> assetIds) =>
        [.. assetIds.Distinct(StringComparer.Ordinal).Select(id => AccountFigures.Of(session.Account(session.Facts.Catalog.RequireAsset(id))))];
}
