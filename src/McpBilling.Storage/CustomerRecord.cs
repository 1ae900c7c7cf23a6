using System.Collections.Immutable;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Payments;
using McpBilling.Storage.Chains;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage;

/// <summary>Where an account's chain of entries stands.</summary>
/// <param name="AssetKey">The asset's integer key.</param>
/// <param name="LastEntry">The newest entry's sequence; 0 for none.</param>
internal sealed record AccountChain(long AssetKey, long LastEntry, long EntryCount)
{
    /// <summary>The last entry that has no hash, since it is older than the chains; 0 for none.</summary>
    public long ChainedAfter { get; init; }

    /// <summary>The newest entry's hash; null while none is chained.</summary>
    public ChainHash? Head { get; init; }
}

/// <summary>A customer with everything that commands need: immutable, so that a batch that fails leaves no trace in memory.</summary>
/// <param name="Chains">Per asset id.</param>
/// <param name="Ratings">Rating rows that were looked at, as stored; absent ones were not looked at.</param>
/// <param name="NextDue">As stored.</param>
internal sealed record CustomerRecord(
    Customer Customer, WalletState Wallet, ImmutableDictionary<string, AccountChain> Chains, ImmutableDictionary<RatingKey, RatingRow?> Ratings,
    long LastEvent, long EventCount, Instant NextDue)
{
    /// <summary>What the customer allowed in advance.</summary>
    public ImmutableArray<AutoRecharge> AutoRecharges { get; init; } = [];

    public static CustomerRecord New(Customer customer) => new(
        customer, WalletState.Empty, ImmutableDictionary<string, AccountChain>.Empty, ImmutableDictionary<RatingKey, RatingRow?>.Empty, 0, 0, Instant.Never);
}
