using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Portal;

/// <summary>A line of the ledger, as far as a chart needs it.</summary>
/// <param name="Amount">Signed effect on the balance.</param>
/// <param name="Spent">What it adds to what was spent; below zero for what came back.</param>
/// <param name="BalanceAfter">The account's balance after it.</param>
public readonly record struct ActivityEntry(Asset Asset, Instant Time, long Amount, long Spent, long BalanceAfter);

/// <summary>What one usage event was charged in one asset for one product, less what was given back of it.</summary>
/// <param name="Feature">As the app named it; null: not said.</param>
/// <param name="Model">The event's property <c>model</c>, else the model of the cost that came with it; null: not said.</param>
public readonly record struct ActivityCharge(Asset Asset, Instant Time, string Product, string? Feature, string? Model, long Amount);

/// <summary>A customer's recent past, as stored.</summary>
/// <param name="Wallet">As <see cref="IWalletReads.Wallet"/> gives it.</param>
/// <param name="Entries">Newest first.</param>
/// <param name="Charges">Newest first.</param>
/// <param name="IsWhole">False: there was more than is looked through, so the oldest days lack some.</param>
public sealed record StoredActivity(StoredWallet Wallet, CatalogSnapshot Catalog, IReadOnlyList<ActivityEntry> Entries, IReadOnlyList<ActivityCharge> Charges, bool IsWhole);

/// <summary>A grant that was paid for.</summary>
public sealed record PaidGrant(Asset Asset, Grant Grant);

/// <summary>Reads what only the customer's own view asks for.</summary>
public interface IPortalReads
{
    /// <summary>The customer's entries and charges since a time; null when there is no such customer.</summary>
    /// <param name="since">Of the workspace's present and catalog the earliest time that is asked for.</param>
    ValueTask<StoredActivity?> Activity(Caller caller, string customerId, Func<Instant, CatalogSnapshot, Instant> since, CancellationToken cancellation);

    /// <summary>The latest grants that the customer paid for, newest first; null when there is no such customer.</summary>
    /// <param name="before">Only those older than the grant of this key; null for the newest.</param>
    ValueTask<(IReadOnlyList<PaidGrant> Grants, StoredWallet Wallet)?> PaidGrants(Caller caller, string customerId, long? before, int limit, CancellationToken cancellation);

    /// <summary>One of them, by the grant's public id; no grant when this customer has none of that id, null when there is no such customer.</summary>
    ValueTask<(PaidGrant? Grant, StoredWallet Wallet)?> PaidGrant(Caller caller, string customerId, string grantId, CancellationToken cancellation);
}
