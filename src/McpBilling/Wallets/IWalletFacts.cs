using McpBilling.Catalog;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>What a command may look up beside the wallet, inside the writer's transaction.</summary>
public interface IWalletFacts
{
    long WorkspaceKey { get; }
    Mode Mode { get; }

    /// <summary>The workspace's present: real time, or its test clock.</summary>
    Instant Now { get; }

    CatalogSnapshot Catalog { get; }
    PublicIds Ids { get; }

    long NextGrantKey();

    /// <summary>The key that the command's own row gets, and the hold that it places.</summary>
    long OperationKey { get; }

    /// <summary>A grant as stored, also when it is over; null when this customer has none of that key.</summary>
    Grant? FindGrant(long customerKey, long grantKey);

    /// <summary>A hold as stored, also when it has ended; null when this customer has none of that key.</summary>
    Hold? FindHold(long customerKey, long holdKey);

    /// <summary>What usage was charged by the ledger since <paramref name="from"/>, less what was returned since, in units of the asset. Reads every entry since.</summary>
    long Spent(long customerKey, Asset asset, Instant from);
}
